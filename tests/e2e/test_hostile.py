"""A6, A7, A8: what somebody wrote is read, and does nothing."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from math import ceil
from typing import Any, Final

import pytest
from litestar.types import ASGIApp
from playwright.async_api import Route

from tests.bench.house import House, house, scratch
from tests.doors import trying, walk
from tests.e2e.conftest import Visit
from tests.e2e.payloads import payloads
from tests.e2e.places import pages
from tests.e2e.planting import SHARED, TALKS, plant, socket_in
from tests.e2e.watching import Watched

MOST_ALIKE: Final = 12  # pages of one kind: a list of some hundred rows has about ten
SEEDS: Final = 200
ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
INJECTED: Final = """
    <div hx-get="/__canary?plain" hx-trigger="load">x</div>
    <div data-hx-get="/__canary?data" data-hx-trigger="load">x</div>
    <div hx-get="/__canary?nonce" hx-trigger="load" hx-nonce="wrong">x</div>
    <div hx-post="/__canary?post" hx-trigger="load">x</div>
    <div hx-on:click="window.__pwn = 1" id="hx-on">x</div>
    <script>window.__pwn = 1</script><script src="/__canary.js"></script>
    <script nonce="wrong">window.__pwn = 1</script>
    <style>main { display: none }</style><p id="styled" style="position: fixed">x</p>
    <img src="/nothing" onerror="window.__pwn = 1"><svg onload="window.__pwn = 1"></svg>
    <iframe srcdoc="<script>parent.__pwn = 1</script>"></iframe><base href="//127.0.0.2:9/__canary/">
    <img src="//127.0.0.2:9/__canary"><a id="lure" href="javascript:window.__pwn = 1">x</a>
"""


@pytest.fixture(scope="module")
async def haunted() -> AsyncIterator[House]:
    """A server whose database is full of payloads."""
    with scratch() as folder, house(folder / "data", COMMONPLACE_PROFILE="test", COMMONPLACE_JOBS="apart") as here:
        here.sign_in()
        assert len(payloads()) >= SEEDS
        assert await plant(socket_in(folder / "data"), payloads()) > 16 * SEEDS
        yield here


async def test_a6_a7_no_stored_text_runs_or_fetches_anything(haunted: House, visit: Visit, app: ASGIApp) -> None:
    shared = [f"/s/{SHARED.format(number=number)}" for number in range(ceil(len(payloads()) / TALKS))]
    waiting, alike, shown = [*pages(app), *shared], dict[str, int](), 0
    async with visit(f"http://127.0.0.1:{haunted.port}", haunted.cookie) as window:
        while waiting:
            path = waiting.pop(0)
            assert await window.show(path) < 500, path
            await window.note()
            shown += 1
            assert not await window.pwned(), path
            waiting += [link for link in await _links(window) if _is_new(link, alike)]
    harm = [*window.dialogs, *window.foreign, *window.lured]
    print(f"A6, A7: {len(payloads())} payloads on {shown} pages: {len(harm)} dialogs, requests elsewhere or lured")
    print(f"A8: {len(window.blocked)} violations of the policy, {len(window.errors)} errors of scripts")
    assert harm == []
    assert (window.blocked, window.errors) == ([], [])
    assert shown > 50


async def _links(window: Watched) -> list[str]:
    found: list[str] = await window.page.evaluate(
        "[...document.querySelectorAll('a[href]:not([download])')].map((one) => one.href)"
    )
    return [url.removeprefix(window.origin) for url in found if url.startswith(window.origin + "/")]


def _is_new(link: str, alike: dict[str, int]) -> bool:
    """Whether this page was not seen, nor enough of its kind."""
    plain = link.split("#", maxsplit=1)[0]
    kind = ID.sub("", plain.split("after=")[0])
    if plain in alike:
        return False
    alike[plain] = 1
    alike[kind] = alike.get(kind, 0) + 1
    return alike[kind] <= MOST_ALIKE


async def test_a6_what_was_put_into_a_page_does_nothing(mine: Any) -> None:
    async with mine() as window:
        page = window.page
        await _injected(window)
        await page.locator("#lure").click()
        await page.locator("#hx-on").click()
        await page.wait_for_timeout(300)
        assert not await window.pwned()
        assert [url for url in window.lured if "127.0.0.2" not in url and ".js" not in url] == []
        assert await page.locator("main").is_visible()
        assert await page.locator("#styled").evaluate("one => getComputedStyle(one).position") == "static"
        await window.rest()
        assert len(window.blocked) > 5


async def test_a6_without_the_policy_it_would_have_been_noticed(mine: Any) -> None:
    async with mine(bypass_csp=True) as window:
        await _injected(window)
        assert await window.pwned()


async def _injected(window: Watched) -> None:
    async def inject(route: Route) -> None:
        answer = await route.fetch()
        body = (await answer.text()).replace("</main>", f"{INJECTED}</main>")
        await route.fulfill(response=answer, body=body)

    await window.page.route("**/account", inject)
    await window.go("/account")
    assert await window.page.locator("#styled").count() == 1


async def test_a6_what_comes_with_a_swap_does_nothing_either(mine: Any) -> None:
    async with mine() as window:

        async def inject(route: Route) -> None:
            if route.request.headers.get("hx-request") != "true":
                await route.continue_()
                return
            answer = await route.fetch()
            await route.fulfill(response=answer, body=f'<div id="people"><div id="swapped">{swapped}</div></div>')

        # A script with an address ends the whole swap: Trusted Types lets htmx set none.
        swapped = INJECTED.replace('<script src="/__canary.js"></script>', "")
        page = window.page
        await page.route("**/admin/people*", inject)
        await window.go("/admin/people")
        await page.locator("form[role=search] input").first.fill("Ada")
        await page.locator("#swapped").wait_for(state="attached")
        await page.locator("#hx-on").click()
        await page.wait_for_timeout(300)
        assert not await window.pwned()
        assert [url for url in window.lured if "127.0.0.2" not in url] == []


async def test_a6_no_page_repeats_what_its_address_says(app: ASGIApp, root: Any) -> None:
    doors = [door for door in walk.doors(app) if door.method == "GET" and not door.path.startswith("/api")]
    tried = [text for text in payloads() if "<" in text or '"' in text][::12]
    names = ("next", "after", "state", "action", "actor", "q", "words", "iss", "error", "code", "unread", "before")
    wrong = []
    async with trying.browser(app, root) as client, trying.browser(app) as nobody:
        for door in doors:
            for text in tried:
                for browser in (client, nobody):
                    answer = await browser.get(walk.unknown(door), params=dict.fromkeys(names, text))
                    if text in answer.text and html.escape(text) != text:
                        wrong.append(f"{door} with {text}")
    print(f"A6: {len(wrong)} of {2 * len(doors) * len(tried)} addresses were repeated as they were")
    assert wrong == []


async def test_a6_nor_while_the_scripts_arrive_one_by_one(mine: Any) -> None:
    async with mine() as window:
        arrived: list[str] = []

        async def inject(route: Route) -> None:
            answer = await route.fetch()
            await route.fulfill(response=answer, body=(await answer.text()).replace("</main>", f"{INJECTED}</main>"))

        async def late(route: Route) -> None:
            arrived.append(route.request.url)
            await asyncio.sleep(0.5 * (len(arrived) - 1))
            await route.continue_()

        await window.page.route("**/account", inject)
        await window.page.route("**/*.js", late)
        await window.go("/account")
        await window.page.wait_for_timeout(300)
        assert len(arrived) > 1
        assert [url for url in window.lured if "?plain" in url] == []
        await window.rest()
