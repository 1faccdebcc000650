"""Conversations as programs see them: begun, listed, changed, thrown away and taken out again."""

from typing import Any

import pytest

from app.core.ids import new_id
from tests.chat.api.asking import MODEL, Program
from tests.provider import streamed

TITLES = ["one", "two", "three", "four", "five"]


async def titles(program: Program, path: str = "/conversations", **query: Any) -> list[str]:
    """Those of every page."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await program.ask("GET", path, params={"after": after, "size": 2, **query})
        assert len(page["items"]) <= 2
        found += [item["title"] for item in page["items"]]
        after = page["next"]
    return found


async def begun(program: Program, *names: str) -> list[str]:
    return [(await program.begin(name))["conversation_id"] for name in names]


async def test_a_conversation_begins_with_what_is_said_and_is_answered(program: Program) -> None:
    made = await program.begin("Do bees sleep?")
    (reply,) = await program.settled(made)
    assert (reply["role"], reply["content"], reply["status"]) == ("ASSISTANT", streamed(5), "DONE")
    found = await program.ask("GET", f"/conversations/{made['conversation_id']}")
    assert (found["title"], found["model"], found["leaf_id"]) == ("Do bees sleep?", MODEL, reply["id"])


async def test_the_newest_come_first_page_by_page(program: Program) -> None:
    await begun(program, *TITLES)
    assert await titles(program) == TITLES[::-1]


async def test_what_stays_on_top_is_in_the_list_of_programs_too(program: Program) -> None:
    ids = await begun(program, *TITLES[:2])
    changed = await program.ask("PATCH", f"/conversations/{ids[0]}", json={"pinned": True})
    assert changed["pinned_at"] is not None
    assert await titles(program) == ["two", "one"]


async def test_what_was_put_away_is_in_the_archive_alone(program: Program) -> None:
    ids = await begun(program, *TITLES[:3])
    await program.ask("PATCH", f"/conversations/{ids[1]}", json={"archived": True})
    assert await titles(program) == ["three", "one"]
    assert await titles(program, archived=True) == ["two"]


async def test_one_change_leaves_the_rest(program: Program) -> None:
    (here,) = await begun(program, "one")
    await program.ask("PATCH", f"/conversations/{here}", json={"title": " Bees \n at night ", "pinned": True})
    found = await program.ask("PATCH", f"/conversations/{here}", json={"instructions": "Be brief.\r\n", "model": None})
    assert (found["title"], found["has_own_title"], found["instructions"]) == ("Bees at night", True, "Be brief.")
    assert found["pinned_at"] is not None
    assert found["model"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"instructions": "x" * 8001}, "instructions"),
        ({"model": "nobody/has-this"}, "model"),
        ({"folder_id": str(new_id())}, "folder_id"),
        ({"colour": "red"}, "data"),
    ],
)
async def test_what_cannot_be_is_refused_and_named(change: dict[str, Any], field: str, program: Program) -> None:
    (here,) = await begun(program, "one")
    answer = await program.ask("PATCH", f"/conversations/{here}", 400, json={**change})
    assert field == "data" or list(answer["errors"]) == [field]
    assert (await program.ask("GET", f"/conversations/{here}"))["title"] == "one"


async def test_an_empty_change_changes_nothing(program: Program) -> None:
    (here,) = await begun(program, "one")
    before = await program.ask("GET", f"/conversations/{here}")
    assert await program.ask("PATCH", f"/conversations/{here}", json={}) == before


async def test_what_is_thrown_away_waits_in_the_bin_and_comes_back(program: Program) -> None:
    (here,) = await begun(program, "one")
    await program.ask("DELETE", f"/conversations/{here}", 204)
    await program.ask("GET", f"/conversations/{here}", 404)
    assert (await titles(program), await titles(program, "/bin")) == ([], ["one"])
    assert (await program.ask("POST", f"/bin/{here}/restore"))["title"] == "one"
    assert (await titles(program), await titles(program, "/bin")) == (["one"], [])


async def test_it_is_deleted_for_good_from_the_bin_alone(program: Program) -> None:
    (here,) = await begun(program, "one")
    await program.ask("DELETE", f"/bin/{here}", 404)
    await program.ask("DELETE", f"/conversations/{here}", 204)
    await program.ask("DELETE", f"/conversations/{here}", 404)
    await program.ask("DELETE", f"/bin/{here}", 204)
    assert await titles(program, "/bin") == []


async def test_a_temporary_conversation_is_in_no_list(program: Program) -> None:
    made = await program.begin("hush", temporary=True)
    assert await titles(program) == []
    assert (await program.ask("GET", f"/conversations/{made['conversation_id']}"))["temporary"]


async def test_a1_a_stranger_has_a_list_of_their_own(program: Program, stranger: Program) -> None:
    await begun(program, "one")
    assert await titles(stranger) == []


async def test_a1_nobody_begins_in_the_folder_of_somebody_else(program: Program, stranger: Program) -> None:
    folder = await program.ask("POST", "/folders", 201, json={"name": "Garden"})
    told = [
        await stranger.ask("POST", "/conversations", 400, json={"text": "Hi", "folder_id": folder_id})
        for folder_id in (folder["id"], str(new_id()))
    ]
    assert told[0]["errors"] == told[1]["errors"]
