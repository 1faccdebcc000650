"""A real browser on the real product."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests import npm
from tests.bench.house import House, house, scratch
from tests.bench.shell import socket_directory
from tests.e2e.talks import furnish
from tests.e2e.watching import Watched, watched
from tests.starting import Started, starting

PATIENCE_MS = 30_000  # for a machine with much else to do; whoever waits in vain has failed all the same
expect.set_options(timeout=PATIENCE_MS)


class Visit(Protocol):
    """Open a browser window of its own at a server, signed in or not."""

    def __call__(
        self, origin: str, cookie: str = "", **options: Any
    ) -> AbstractAsyncContextManager[Watched]: ...  # a context of Playwright


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium; nothing is downloaded."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def visit(chromium: Browser) -> Visit:
    @asynccontextmanager
    async def opened(origin: str, cookie: str = "", **options: Any) -> AsyncIterator[Watched]:
        context = await chromium.new_context(base_url=origin, locale="en-GB", **options)
        context.set_default_timeout(PATIENCE_MS)
        if cookie:
            name, _, value = cookie.partition("=")
            await context.add_cookies([{"name": name, "value": value, "url": origin}])
        try:
            yield await watched(context, origin)
        finally:
            await context.close()

    return opened


@pytest.fixture(scope="session")
def started() -> Iterator[Started]:
    """One server for all who only look; who ends sessions or changes what others see starts another."""
    with starting() as here:
        yield here


@pytest.fixture(scope="session")
async def talks(started: Started) -> list[str]:
    """Conversations at this server; the addresses of the pages that show them."""
    return await furnish(socket_directory(started.house))


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that judges whether everybody can use a page."""
    try:
        folder = npm.installed(Path(__file__).parent)
    except npm.Unobtainable as reason:
        pytest.skip(str(reason))
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def mine(visit: Visit, started: Started) -> Any:
    """Windows at the server of the run, signed in as its owner."""

    def opened(**options: Any) -> AbstractAsyncContextManager[Watched]:
        assert started.is_signed_in
        return visit(started.origin, started.house.cookie, **options)

    return opened


@pytest.fixture
def nobodys(visit: Visit, started: Started) -> Any:
    """Windows at the same server that nobody is signed in with."""

    def opened(**options: Any) -> AbstractAsyncContextManager[Watched]:
        return visit(started.origin, **options)

    return opened


@pytest.fixture
def fresh() -> Iterator[House]:
    """A server that nobody has signed in to yet."""
    with scratch() as folder, house(folder / "data", COMMONPLACE_PROFILE="test") as here:
        yield here
