"""A long conversation by stretches, as a browser without scripts and one that scrolls see it."""

import re
from uuid import UUID

import httpx2

from app.chat.messages import service as messages
from app.database.engine import db
from tests.cast import Player
from tests.chat.talking import said, send, settled

SWAP = {"HX-Request": "true"}


def shown(page: str) -> list[int]:
    """Which of the numbered messages there are."""
    return [int(found) for found in re.findall(r'(?:dir="auto">|<p[^>]*>)Number (\d+)\.<', page)]


async def numbered(alice: Player, count: int = 130) -> tuple[UUID, list[UUID]]:
    """A conversation of so many messages."""
    return await said(alice.id, [f"Number {place}." for place in range(count)])


async def test_links_lead_up_and_down_without_a_gap(alices: httpx2.AsyncClient, alice: Player) -> None:
    talk, _ = await numbered(alice)
    path, page, seen = f"/c/{talk}", "", list[int]()
    while path:
        page = (await alices.get(path)).text
        seen = shown(page) + seen
        path = "".join(re.findall(r'id="earlier"><a href="([^"]+)"', page))
    assert seen == list(range(130))
    down = re.findall(r'id="later"[^>]*><a href="([^"]+)"', page)[0]
    assert shown((await alices.get(down)).text)[0] == shown(page)[-1] + 1


async def test_whoever_scrolls_gets_what_is_new_and_nothing_else(alices: httpx2.AsyncClient, alice: Player) -> None:
    talk, ids = await numbered(alice)
    up = (await alices.get(f"/c/{talk}?before={ids[90]}", headers=SWAP)).text
    down = (await alices.get(f"/c/{talk}?after={ids[90]}", headers=SWAP)).text
    assert (shown(up), shown(down)) == (list(range(70, 90)), list(range(91, 111)))
    assert ('id="composer"' in up, 'id="later"' in up, 'id="earlier"' in down) == (False, False, False)


async def test_beyond_either_end_is_nothing_and_no_link(alices: httpx2.AsyncClient, alice: Player) -> None:
    talk, ids = await numbered(alice, 3)
    up = (await alices.get(f"/c/{talk}?before={ids[0]}", headers=SWAP)).text
    down = (await alices.get(f"/c/{talk}?after={ids[-1]}", headers=SWAP)).text
    assert (shown(up), shown(down)) == ([], [])
    assert 'id="earlier" hidden' in up
    assert f'id="later" data-leaf="{ids[-1]}" hidden' in down
    assert shown((await alices.get(f"/c/{talk}?after={ids[-1]}")).text) == [0, 1, 2], "a page is never empty"


async def test_what_is_said_from_an_earlier_stretch_is_answered_with_the_end(
    alices: httpx2.AsyncClient, alice: Player
) -> None:
    talk, ids = await numbered(alice)
    fields = {"text": "Number 130.", "parent": str(ids[-1]), "model": "rag", "whole": "on"}
    alices.headers.update(SWAP)
    answer = await send(alices, f"/c/{talk}", **fields)
    await settled()
    assert (answer.status_code, answer.headers["hx-retarget"], answer.headers["hx-reswap"]) == (
        201,
        "#messages",
        "outerHTML",
    )
    assert shown(answer.text) == list(range(92, 131))
    assert 'id="slip"' in answer.text


async def test_what_is_said_at_the_end_of_a_hidden_branch_follows_it(alices: httpx2.AsyncClient, alice: Player) -> None:
    talk, ids = await numbered(alice, 6)
    await send(alices, f"/c/{talk}/m/{ids[2]}/edit", text="Said differently")
    await settled()
    page = (await alices.get(f"/c/{talk}?at={ids[4]}")).text
    assert shown(page) == list(range(6))
    assert f'name="parent" value="{ids[-1]}"' in page
    await messages.choose(alice.id, talk, ids[2])
    assert await db.fetch_value("select leaf_id from conversations where id = $1", talk) == ids[-1]
