import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Thread
from typing import Final

import httpx2
import pytest
from litestar.types import ASGIApp

from app.ai import session
from app.core.settings import Settings, adopt
from app.database.address import Address
from app.providers.offers import shelf
from tests.bench.house import house, scratch
from tests.cast import Player
from tests.chat.api.asking import Program
from tests.doors import trying
from tests.provider import Upstream, scripted
from tests.starting import Started, owned

# What each of these does stands in its name: tests/ai/upstream.py.
SCRIPTS: Final = (
    "echo",
    "tokens-5",
    "tokens-20-every-5ms",
    "tokens-60-every-20ms",
    "tokens-400-every-20ms",
    "tokens-3-short",
    "tokens-9-cut-3",
    "thoughts-2-tokens-2",
    "thoughts-3-tokens-40-every-20ms",
    "tokens-4-nousage",
    "status-400",
    "status-429-after-60",
)
OFFERED: Final = {"object": "list", "data": [{"id": script} for script in SCRIPTS]}


@pytest.fixture
async def upstream(database: Address, settings: Settings) -> AsyncIterator[Upstream]:
    """A provider of models; the name of each is what it does."""
    async with scripted(models=OFFERED) as found:
        adopt(replace(settings, openai_api_key="sk-test", openai_base_url=found.url, find_local_models=False))
        yield found
    adopt(settings)
    await session.close()
    shelf._offers.clear()  # noqa: SLF001 - the next one may stand at the same port


@pytest.fixture
async def program(app: ASGIApp, upstream: Upstream, alice: Player) -> AsyncIterator[Program]:
    """A program that Alice has signed in with."""
    async with trying.browser(app, alice) as client:
        yield Program(client, alice)


@pytest.fixture
async def stranger(app: ASGIApp, upstream: Upstream, charlie: Player) -> AsyncIterator[Program]:
    """One of Charlie's."""
    async with trying.browser(app, charlie) as client:
        yield Program(client, charlie)


@pytest.fixture
async def page(app: ASGIApp, upstream: Upstream, alice: Player) -> AsyncIterator[httpx2.AsyncClient]:
    """Alice's browser, without JavaScript."""
    async with trying.browser(app, alice) as client:
        yield client


@dataclass
class Talking:
    """A server of its own, and the models that it asks."""

    started: Started
    models: Upstream


@pytest.fixture(scope="session")
def talking() -> Iterator[Talking]:
    """The product with models that do what they are called: what grows can be listened to."""
    with in_a_thread() as models, scratch() as folder:
        variables = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": models.url, "COMMONPLACE_PROFILE": "test"}
        with house(folder / "data", COMMONPLACE_METRICS="off", **variables) as here:
            yield Talking(owned(here), models)


@contextmanager
def in_a_thread() -> Iterator[Upstream]:
    """The scripted provider beside a test that has no loop."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    serving = scripted(models=OFFERED)
    try:
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
