"""Reading a long conversation and tending the list, in a real browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import Page, expect

from app.core.ids import new_id
from tests.bench.house import House, house, scratch
from tests.bench.shell import socket_directory
from tests.e2e.conftest import Visit
from tests.provider import scripted
from tests.starting import owned

MANY: Final = 100_000
MOST: Final = 60

_SAID: Final = """
    insert into messages (id, user_id, conversation_id, parent_id, depth, role, content, status, model)
    select m.id, $1, $2, m.parent, m.at - 1, case when m.at % 2 = 1 then 'USER' else 'ASSISTANT' end,
        'Number ' || m.at || ' ' || repeat('and on ', (m.at % 7 * 9)::int), 'DONE', 'openai/echo'
    from unnest($3::uuid[], $4::uuid[]) with ordinality as m(id, parent, at)
"""
# Where the messages that can be seen stand on the screen.
STANDING: Final = """
    () => Object.fromEntries([...document.querySelectorAll("#messages > article")]
        .map((each) => [each.id, each.getBoundingClientRect().top])
        .filter(([, top]) => top > 0 && top < innerHeight))
"""


@pytest.fixture(scope="module")
async def reading() -> AsyncIterator[House]:
    """A server that knows a model."""
    async with scripted(models={"data": [{"id": "echo"}]}) as upstream:
        with scratch() as folder:
            given = {"COMMONPLACE_PROFILE": "test", "OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": upstream.url}
            started = house(folder / "data", **given)
            here = await asyncio.to_thread(started.__enter__)
            await asyncio.to_thread(owned, here)
            yield here
            await asyncio.to_thread(started.__exit__, None, None, None)


async def _planted(reading: House, many: int) -> tuple[UUID, list[UUID]]:
    """A conversation of so many messages, and their ids."""
    connection = await asyncpg.connect(host=socket_directory(reading), user="commonplace", database="commonplace")
    talk, ids = new_id(), [new_id() for _ in range(many)]
    owner = await connection.fetchval("select id from users limit 1")
    sql = "insert into conversations (id, user_id, title, leaf_id, model) values ($1, $2, 'Long', $3, 'openai/echo')"
    await connection.execute(sql, talk, owner, ids[-1])
    await connection.execute(_SAID, owner, talk, ids, [talk, *ids[:-1]])
    await connection.execute("analyze messages")
    await connection.close()
    return talk, ids


@pytest.fixture(scope="module")
async def long_talk(reading: House) -> tuple[UUID, list[UUID]]:
    """One of very many, to be read and not to be added to."""
    return await _planted(reading, MANY)


@pytest.fixture
def window(visit: Visit, reading: House) -> Any:
    def opened(**options: Any) -> Any:
        return visit(f"http://127.0.0.1:{reading.port}", reading.cookie, **options)

    return opened


def _numbers(page: Page) -> Any:
    return page.evaluate(
        """() => [...document.querySelectorAll("#messages [data-message]")]
            .map((each) => Number(each.textContent.match(/Number (\\d+)/)[1]))"""
    )


async def _scroll(page: Page, distance: int) -> list[float]:
    """Scroll, and let arrive what that fetches; by how much each message that stays on the screen then stands wrong."""
    before = await page.evaluate(STANDING)
    at = await page.evaluate("scrollY")
    await page.evaluate("(by) => scrollBy({ top: by, behavior: 'instant' })", distance)
    went = (await page.evaluate("scrollY")) - at
    await page.wait_for_timeout(40)
    await page.wait_for_function("() => !document.querySelector('.htmx-request')")
    after = await page.evaluate(STANDING)
    return [abs(after[each] - before[each] + went) for each in before.keys() & after.keys()]


async def test_b11_a_window_of_sixty_moves_over_a_hundred_thousand_messages_without_a_jump(
    window: Any, long_talk: tuple[UUID, list[UUID]]
) -> None:
    most, jumps, least, numbers = 0, [0.0], MANY, [MANY]
    async with window() as here:
        await here.show(f"/c/{long_talk[0]}")
        assert (await _numbers(here.page))[-1] == MANY
        for distance in [-600] * 40 + [600] * 50:
            jumps += await _scroll(here.page, distance)
            numbers = await _numbers(here.page)
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            most, least = max(most, len(numbers)), min(least, numbers[0])
        await here.note()
        assert (here.errors, here.blocked) == ([], [])
    print(f"B11: {most} of {MANY} messages at most, {MANY - least} upwards and back, largest jump {max(jumps):.2f} px")
    assert (most <= MOST, least < MANY - 100, numbers[-1], max(jumps) < 1) == (True, True, MANY, True)


async def test_latest_leads_from_an_earlier_stretch_to_the_real_end(
    window: Any, long_talk: tuple[UUID, list[UUID]]
) -> None:
    talk, ids = long_talk
    async with window() as here:
        await here.show(f"/c/{talk}?at={ids[500]}#m-{ids[500]}")
        await expect(here.page.locator(f"#m-{ids[500]}")).to_be_in_viewport()
        await here.page.get_by_role("button", name="Latest").click()
        await expect(here.page.locator(f"#m-{ids[-1]}")).to_be_in_viewport()
        await expect(here.page.get_by_role("button", name="Latest")).to_be_hidden()


async def test_reload_and_back_return_to_the_place(window: Any, long_talk: tuple[UUID, list[UUID]]) -> None:
    talk, ids = long_talk
    async with window() as here:
        page = here.page
        await here.show(f"/c/{talk}?at={ids[500]}#m-{ids[500]}")
        await _scroll(page, -333)
        await page.wait_for_function("() => !location.hash")
        left = await page.evaluate(STANDING)
        await page.reload()
        assert await page.evaluate(STANDING) == pytest.approx(left, abs=1)
        await here.go("/help")
        await page.go_back()
        assert await page.evaluate(STANDING) == pytest.approx(left, abs=1)


async def test_what_is_said_from_an_earlier_stretch_leads_to_the_end(window: Any, reading: House) -> None:
    talk, ids = await _planted(reading, 200)
    async with window() as here:
        page = here.page
        await here.show(f"/c/{talk}?at={ids[60]}#m-{ids[60]}")
        await page.locator("#composer textarea").fill("Number 201 is mine")
        await page.locator("#composer textarea").press("Enter")
        await expect(page.locator(".said-text").last).to_have_text("Number 201 is mine")
        await expect(page.locator(".growing")).to_have_count(0)
        assert str(ids[-1]) in await page.locator("#messages").inner_html()
        assert await page.locator("#messages > article").count() <= MOST
        await expect(page.locator(".reply").last).to_be_in_viewport()
        await expect(page.locator("#composer textarea")).to_be_focused()
        await page.locator("#composer textarea").fill("Number 203 as well")
        await page.locator("#composer textarea").press("Enter")
        await expect(page.locator(".said-text").last).to_have_text("Number 203 as well")
        await expect(page.locator(".versions")).to_have_count(0)


async def test_words_are_found_while_one_types_and_are_marked_where_they_stand(window: Any) -> None:
    async with window() as here:
        page = here.page
        await here.show("/")
        await page.locator("#composer textarea").fill("Which fox jumps over the dog?")
        await page.locator("#composer textarea").press("Enter")
        await page.wait_for_url("**/c/*-*")
        await expect(page.locator(".growing")).to_have_count(0)
        await page.get_by_role("link", name="Find in this conversation").click()
        await expect(page.locator("#find-q")).to_be_focused()
        await page.locator("#find-q").press_sequentially("fox jum")
        await expect(page.locator(".hits mark").first).to_have_text("fox")
        await page.locator(".hits a").first.click()
        await expect(page.locator(".said:target")).to_be_in_viewport()
        marked = "() => [...(CSS.highlights.get('found') ?? [])].map(String).length"
        assert await page.evaluate(marked) == 2
        await here.note()
        assert (here.errors, here.blocked) == ([], [])


async def test_several_are_chosen_with_shift_thrown_away_and_taken_back(window: Any, reading: House) -> None:
    connection = await asyncpg.connect(host=socket_directory(reading), user="commonplace", database="commonplace")
    sql = "insert into conversations (id, user_id, title) select $1, id, $2 from users limit 1"
    for number in range(5):
        await connection.execute(sql, new_id(), f"Chosen {number}")
    await connection.close()
    async with window() as here:
        page = here.page
        await here.go("/c")
        await page.get_by_role("checkbox", name="Chosen 4").click()
        await page.get_by_role("checkbox", name="Chosen 1").click(modifiers=["Shift"])
        await expect(page.get_by_text("4 chosen")).to_be_visible()
        await page.get_by_role("button", name="Into the bin").click()
        await expect(page.locator(".list").get_by_text("Chosen")).to_have_count(1)
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator(".list").get_by_text("Chosen")).to_have_count(5)
        await page.get_by_text("All of these").click()
        await expect(page.locator("[name=chosen]:not(:checked)")).to_have_count(0)
        assert here.errors == []


DIAGRAM: Final = """```mermaid
flowchart LR
  A[Listen] --> B{Clear?}
  B -- yes --> C[Answer]
  B -- no --> A
```"""
HOSTILE: Final = """```mermaid
%%{init: {"securityLevel": "loose", "htmlLabels": true, "flowchart": {"htmlLabels": true},
  "themeCSS": "* { background: url(CANARY) }"}}%%
flowchart LR
  A["<img src=CANARY onerror='parent.__pwn=1;window.__pwn=1'>"] --> B["<script>parent.__pwn=1</script>"]
  B --> C["<iframe src=CANARY></iframe><a href='javascript:top.__pwn=1'>x</a>"]
  click A call fetch("CANARY")
  click B href "javascript:top.__pwn=1"
  click C href "CANARY" _top
```"""


@asynccontextmanager
async def _canary() -> AsyncIterator[tuple[str, list[str]]]:
    """An address, and who came there."""
    came: list[str] = []

    def heard(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append("somebody")
        writer.close()

    async with await asyncio.start_server(heard, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", came


async def _begun(page: Page, text: str) -> None:
    """A conversation in which a model says this."""
    await page.goto("/")
    await page.locator("#composer textarea").fill(text)
    await page.locator("#composer .row > .model select").select_option("openai/echo")
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_url("**/c/*-*")
    await expect(page.locator(".growing")).to_have_count(0)


async def test_a_diagram_is_drawn_on_a_click_in_a_frame_that_has_no_origin(window: Any) -> None:
    async with window(color_scheme="dark") as here:
        page = here.page
        await _begun(page, DIAGRAM)
        assert not any("mermaid" in url for url in here.requests)
        await page.get_by_role("button", name="Draw").click()
        await expect(page.locator("iframe.drawn")).to_have_attribute("style", re.compile("aspect-ratio"))
        (frame,) = [each for each in page.frames if each != page.main_frame]
        assert await frame.evaluate("[self.origin, document.images[0].naturalWidth > 100]") == ["null", True]
        await here.note()
        assert (here.errors, here.blocked, here.foreign) == ([], [], [])
        await page.get_by_role("button", name="Draw").click()
        await expect(page.locator("iframe")).to_have_count(0)


async def test_what_is_no_diagram_is_told_kindly(window: Any) -> None:
    async with window() as here:
        await _begun(here.page, "```mermaid\nflowchart LR\n  A --> \n```")
        await here.page.get_by_role("button", name="Draw").click()
        await expect(here.page.get_by_role("alert")).to_contain_text("This cannot be drawn. Parse error on line 3.")


async def test_a22_a_hostile_diagram_does_nothing(window: Any) -> None:
    async with window() as here, _canary() as (address, came):
        page = here.page
        await _begun(page, HOSTILE.replace("CANARY", address))
        where = page.url
        await page.get_by_role("button", name="Draw").click()
        await expect(page.locator("iframe.drawn")).to_have_attribute("style", re.compile("aspect-ratio"))
        (frame,) = [each for each in page.frames if each != page.main_frame]
        lives = await frame.evaluate(
            "Boolean(window.__pwn) || document.links.length + document.querySelectorAll('svg').length"
        )
        await frame.locator("img").first.evaluate("(image) => image.scrollIntoView({ block: 'center' })")
        box = await page.locator("iframe.drawn").bounding_box()
        assert box is not None
        for place in (0.1, 0.5, 0.9):
            await page.mouse.click(box["x"] + place * box["width"], box["y"] + box["height"] / 2)
        await page.wait_for_timeout(300)
        ran = [lives, await here.pwned(), here.dialogs, came, page.url != where]
        print(f"A22: {sum(map(bool, ran))} of 5 ways in which a hostile diagram could have acted")
        assert ran == [0, False, [], [], False]
