"""Tending the list: several conversations at once, and taking it back."""

import re
from collections.abc import Sequence
from html import unescape
from uuid import UUID

import httpx2

from app.core.ids import new_id
from app.database.engine import db
from tests.cast import Player, csrf
from tests.chat.talking import said, send


async def several(alice: Player, count: int = 3) -> list[str]:
    """So many conversations."""
    return [str((await said(alice.id, [f"Number {number}"]))[0]) for number in range(count)]


async def act(client: httpx2.AsyncClient, do: str, chosen: Sequence[str], **more: str) -> httpx2.Response:
    """What the page of the list sends."""
    fields = {"do": do, "chosen": list(chosen), "back": "/c", "_csrf": await csrf(client), **more}
    return await client.post("/c/acts", data=fields)


async def undo(client: httpx2.AsyncClient) -> httpx2.Response:
    """Press the button of the message that stands on the page now."""
    page = (await client.get("/c")).text
    return await send(client, unescape(re.findall(r'action="(/c/acts/undo[^"]+)"', page)[0]))


async def left(column: str) -> int:
    """How many conversations have nothing there."""
    return int(await db.fetch_value(f"select count(*) from conversations where {column} is null"))


async def test_what_was_thrown_away_together_comes_back_together(alices: httpx2.AsyncClient, alice: Player) -> None:
    chosen = await several(alice)
    await act(alices, "delete", chosen[:1])
    await act(alices, "delete", chosen[1:])
    assert await left("deleted_at") == 0
    assert (await undo(alices)).headers["location"] == "/c"
    assert await left("deleted_at") == 2, "and only that"
    assert "2 conversations are back." in (await alices.get("/c")).text


async def test_the_archive_gives_back_with_undo_what_was_on_top(alices: httpx2.AsyncClient, alice: Player) -> None:
    chosen = await several(alice)
    await act(alices, "pin", chosen)
    await act(alices, "archive", chosen)
    await undo(alices)
    assert (await left("archived_at"), await left("pinned_at")) == (3, 0)


async def test_undo_leads_back_to_the_one_that_was_thrown_away(alices: httpx2.AsyncClient, alice: Player) -> None:
    (one,) = await several(alice, 1)
    await act(alices, "delete", [one], back="/")
    assert (await undo(alices)).headers["location"] == f"/c/{one}"


async def test_several_are_moved_into_a_folder_and_out_of_it(alices: httpx2.AsyncClient, alice: Player) -> None:
    folder, chosen = new_id(), await several(alice)
    await db.fetch("insert into folders (id, user_id, name) values ($1, $2, 'Bees')", folder, alice.id)
    assert f'<option value="{folder}">Bees</option>' in (await alices.get("/c")).text
    await act(alices, "move", chosen[:2], folder=str(folder))
    assert await left("folder_id") == 1
    assert "2 conversations are moved." in (await alices.get("/c")).text
    await act(alices, "move", chosen[:1])
    assert await left("folder_id") == 2


async def test_with_nothing_chosen_one_is_told_so(alices: httpx2.AsyncClient, alice: Player) -> None:
    await several(alice)
    assert (await act(alices, "delete", [])).status_code == 303
    assert "Choose at least one first." in (await alices.get("/c")).text
    assert await left("deleted_at") == 3


async def test_nobody_can_undo_what_another_did(alices: httpx2.AsyncClient, alice: Player, bob: Player) -> None:
    talk, _ = await said(bob.id, ["Bob's"])
    sql = "update conversations set deleted_at = now() where id = $1 returning deleted_at"
    moment = await db.fetch_value(sql, talk)
    await send(alices, f"/c/acts/undo?what=delete&moment={moment.isoformat().replace('+', '%2B')}")
    assert await left("deleted_at") == 0
    assert "There is nothing to undo any more." in (await alices.get("/c")).text


async def test_what_never_was_cannot_be_undone(alices: httpx2.AsyncClient) -> None:
    for query in ("what=delete&moment=x", "what=delete&moment=2026-01-01", "what=pin&moment=2026-01-01T00:00:00Z"):
        assert (await send(alices, f"/c/acts/undo?{query}")).status_code == 404


async def test_undo_leads_nowhere_else(alices: httpx2.AsyncClient, alice: Player) -> None:
    (one,) = await several(alice, 1)
    await act(alices, "delete", [one], back="https://evil.example")
    assert (await undo(alices)).headers["location"] == f"/c/{UUID(one)}"
