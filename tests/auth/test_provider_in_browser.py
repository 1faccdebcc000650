"""The whole way in a real browser: its policies, cookies and redirects, against the certified provider."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import uvicorn
from litestar.types import ASGIApp
from playwright.async_api import Page, Request, async_playwright

from app.auth import issuers
from app.core import settings as core_settings
from app.core.settings import Settings
from app.database.address import Address
from tests.oidc import certified
from tests.oidc.certified import Certified


@pytest.fixture
async def address(app: ASGIApp, database: Address, settings: Settings, oidc: Certified) -> AsyncIterator[str]:
    """The app on a free port, with the certified provider set up."""
    issuers.forget()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    given = {
        "port": port,
        "registration": "open",
        "oidc_issuer": oidc.issuer,
        "oidc_client_id": "commonplace-rs256",
        "oidc_client_secret": certified.SECRET,
        "oidc_name": "Certified",
    }
    core_settings.adopt(replace(settings, **given))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
    serving = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving
    issuers.forget()


def refused(request: Request) -> set[str]:
    """Why a request failed and whom it was for; leaving a page before its style sheet came is no failure."""
    return set() if "ERR_ABORTED" in str(request.failure) else {f"{request.failure} {urlsplit(request.url).netloc}"}


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with-scripts", "without-scripts"])
async def test_somebody_signs_in_at_the_certified_provider(address: str, oidc: Certified, *, has_scripts: bool) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("Chromium is not installed (Debian's package: chromium)")
    oidc.add_person("alice", email="alice@example.com", email_verified=True, name="Alice Archer")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        context = await chromium.new_context(java_script_enabled=has_scripts)
        page = await context.new_page()
        hosts: set[str] = set()
        page.on("requestfinished", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on("requestfailed", lambda request: hosts.update(refused(request)))
        await walk(page, address, oidc)
        cookies = {cookie["name"]: cookie for cookie in await context.cookies(address)}
        await chromium.close()
    assert urlsplit(page.url).path == "/welcome"
    assert cookies["session"]["httpOnly"]
    assert cookies["session"]["sameSite"] == "Lax"
    # What the provider's own page asks for is refused by the policy that the tests give it.
    assert hosts - {"csp fonts.googleapis.com"} == {urlsplit(address).netloc, urlsplit(oidc.issuer).netloc}


async def walk(page: Page, address: str, oidc: Certified) -> None:
    """From the sign-in page to the provider, through its two forms, and back."""
    await page.goto(f"{address}/sign-in")
    await page.get_by_role("button", name="Continue with Certified").click()
    await page.wait_for_url(f"{oidc.issuer}/**")
    await page.fill("input[name=login]", "alice")
    await page.fill("input[name=password]", "any")
    await page.click("button[type=submit]")
    await page.wait_for_selector("input[name=prompt][value=consent]", state="attached")
    await page.click("button[type=submit]")
    await page.wait_for_url(f"{address}/**")
