"""Folders: shelves in shelves, none in itself, and nothing is lost when one goes."""

import asyncio
from typing import Any

import pytest

from app.chat.conversations import folders
from app.core.errors import NotFound, Rejected
from app.core.ids import new_id
from tests.cast import Player
from tests.chat.api.asking import Program


async def make(program: Program, name: str, **more: Any) -> str:
    return str((await program.ask("POST", "/folders", 201, json={"name": name, **more}))["id"])


async def names(program: Program) -> dict[str, str | None]:
    """Each folder and the one it lies in."""
    items = (await program.ask("GET", "/folders"))["items"]
    called = {item["id"]: item["name"] for item in items}
    return {item["name"]: called.get(item["parent_id"]) for item in items}


async def test_folders_are_listed_by_name(program: Program) -> None:
    for name in ("bees", "Ants", "crabs"):
        await make(program, name)
    assert list(await names(program)) == ["Ants", "bees", "crabs"]


async def test_what_is_settled_in_a_folder_is_kept(program: Program) -> None:
    settled = {"instructions": "Be brief.", "default_model": "openai/echo"}
    folder = await make(program, "  Bees \n and ants ", **settled)
    found = await program.ask("GET", f"/folders/{folder}")
    assert (found["name"], found["instructions"], found["default_model"]) == ("Bees and ants", *settled.values())


async def test_one_change_leaves_the_rest(program: Program) -> None:
    folder = await make(program, "Bees", instructions="Be brief.")
    changed = await program.ask("PATCH", f"/folders/{folder}", json={"name": "Ants"})
    assert (changed["name"], changed["instructions"]) == ("Ants", "Be brief.")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"instructions": "x" * 8001}, "instructions"),
        ({"default_model": "nobody/has"}, "default_model"),
        ({"parent_id": str(new_id())}, "parent_id"),
    ],
)
async def test_what_cannot_be_is_refused_and_named(change: dict[str, Any], field: str, program: Program) -> None:
    folder = await make(program, "Bees")
    answer = await program.ask("PATCH", f"/folders/{folder}", 400, json=change)
    assert list(answer["errors"]) == [field]
    assert await names(program) == {"Bees": None}


async def test_a_folder_cannot_lie_in_itself_at_any_depth(program: Program) -> None:
    top = await make(program, "top")
    inner = await make(program, "inner", parent_id=top)
    lowest = await make(program, "lowest", parent_id=inner)
    for place in (top, inner, lowest):
        await program.ask("PATCH", f"/folders/{top}", 400, json={"parent_id": place})
    assert await names(program) == {"inner": "top", "lowest": "inner", "top": None}


async def test_b21_two_moves_at_once_never_make_a_circle(program: Program) -> None:
    circles = 0
    for number in range(10):
        one, two = await make(program, f"one {number}"), await make(program, f"two {number}")
        moves = ((one, two), (two, one))
        answers = await asyncio.gather(
            *[program.client.patch(f"/api/folders/{here}", json={"parent_id": there}) for here, there in moves]
        )
        circles += sorted(answer.status_code for answer in answers) != [200, 400]
    print(f"B21: {circles} of 10 pairs of moves ended in a circle")
    assert circles == 0


async def test_folders_lie_in_each_other_six_deep_and_no_deeper(program: Program) -> None:
    place = await make(program, "0")
    for depth in range(1, 6):
        place = await make(program, str(depth), parent_id=place)
    assert await program.refused("POST", "/folders", json={"name": "6", "parent_id": place}) == "VALIDATION_ERROR"
    tall = await make(program, "tall")
    await make(program, "on it", parent_id=tall)
    fourth = (await program.ask("GET", f"/folders/{place}"))["parent_id"]
    assert await program.refused("PATCH", f"/folders/{tall}", json={"parent_id": fourth}) == "VALIDATION_ERROR"


async def test_two_hundred_folders_are_enough(alice: Player) -> None:
    for number in range(folders.MOST_FOLDERS):
        await folders.add(alice.id, str(number))
    with pytest.raises(folders.TooManyFolders):
        await folders.add(alice.id, "one more")


# What lies in them ----------------------------------------------------------------------------------------------------


async def _in(program: Program, folder: str) -> list[str]:
    items = (await program.ask("GET", "/conversations", params={"folder": folder}))["items"]
    return [item["title"] for item in items]


async def test_conversations_are_put_into_a_folder_together_and_out_alone(program: Program) -> None:
    folder = await make(program, "Bees")
    ids = [(await program.begin(text))["conversation_id"] for text in ("one", "two")]
    moved = await program.ask("POST", f"/folders/{folder}/conversations", json={"conversations": ids})
    assert (moved, await _in(program, folder)) == ({"moved": 2}, ["two", "one"])
    await program.ask("PATCH", f"/conversations/{ids[0]}", json={"folder_id": None})
    assert await _in(program, folder) == ["two"]


async def test_a_folder_that_goes_hands_what_it_held_to_the_one_above(program: Program) -> None:
    top = await make(program, "top")
    inner = await make(program, "inner", parent_id=top)
    await make(program, "lowest", parent_id=inner)
    begun = await program.begin("one", folder_id=inner)
    await program.ask("DELETE", f"/folders/{inner}", 204)
    assert await names(program) == {"lowest": "top", "top": None}
    assert await _in(program, top) == ["one"]
    await program.ask("DELETE", f"/folders/{top}", 204)
    found = await program.ask("GET", f"/conversations/{begun['conversation_id']}")
    assert (await names(program), found["folder_id"]) == ({"lowest": None}, None)


async def test_what_waits_in_the_bin_is_handed_on_too(program: Program) -> None:
    folder = await make(program, "Bees")
    begun = await program.begin("one", folder_id=folder)
    await program.ask("DELETE", f"/conversations/{begun['conversation_id']}", 204)
    await program.ask("DELETE", f"/folders/{folder}", 204)
    back = await program.ask("POST", f"/bin/{begun['conversation_id']}/restore")
    assert back["folder_id"] is None


async def test_a3_a_stranger_moves_nothing_of_alices(program: Program, stranger: Program) -> None:
    begun = await program.begin("one")
    theirs, own = await make(program, "Bees"), await make(stranger, "Mine")
    ids = [begun["conversation_id"]]
    await stranger.ask("POST", f"/folders/{own}/conversations", 404, json={"conversations": ids})
    await stranger.ask("POST", f"/folders/{theirs}/conversations", 404, json={"conversations": []})
    await stranger.ask("POST", "/folders", 400, json={"name": "x", "parent_id": theirs})
    await stranger.ask("GET", "/conversations", 404, params={"folder": theirs})
    assert (await program.ask("GET", f"/conversations/{ids[0]}"))["folder_id"] is None


async def test_the_service_knows_nobodys_folder_but_the_askers(alice: Player, charlie: Player) -> None:
    made = await folders.add(alice.id, "Bees")
    for attempt in (folders.one(charlie.id, made.id), folders.remove(charlie.id, made.id)):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(Rejected):
        await folders.add(charlie.id, "x", parent_id=made.id)
    assert (await folders.one(alice.id, made.id)).name == "Bees"
