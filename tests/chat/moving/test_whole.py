"""A whole account's archive, brought along to another Commonplace: every conversation is there as it was."""

import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from app.account import archive
from app.account import service as account
from app.chat.conversations import folders
from app.chat.conversations import service as conversations
from app.chat.messages import shown
from app.chat.moving import leaving, service
from app.core.settings import Settings
from app.database.address import Address
from app.providers.tables import Specialization
from tests import cast
from tests.cast import Player
from tests.chat.moving.bringing import brought, rows, unheard
from tests.chat.moving.shelf import furnished
from tests.conftest import emptied

PRIVATE = {"id", "user_id", "conversation_id", "parent_id", "chosen_id", "origin_id", "leaf_id", "settled_at"}


async def _archive(player: Player, settings: Settings) -> Path:
    archive_id = await account.ask(player.id)
    await account.make(player.id, archive_id, unheard)
    return archive.path_of(settings.data_dir, archive_id)


async def _document(parts: AsyncIterator[bytes]) -> Any:
    return json.loads(b"".join([part async for part in parts]))


async def _moved(alice: Player, settings: Settings, database: Address, tmp_path: Path) -> Player:
    """Alice in another Commonplace, which nobody has said anything to, with what she brought along."""
    path = (await _archive(alice, settings)).rename(tmp_path / "archive.zip")
    await emptied(database)
    await Specialization.insert(Specialization(name="Cook", model_path="rag", instructions="You cook.")).run()
    again = await cast.enter("alice")
    done = await brought(again, path)
    assert (done.state, done.counts) == ("DONE", service.Counts(new=2, messages=9))
    return again


async def test_what_is_exported_there_is_what_was_exported_here(
    alice: Player, settings: Settings, database: Address, tmp_path: Path
) -> None:
    await furnished(alice)
    before = await _document(leaving.everything(alice.id))
    again = await _moved(alice, settings, database, tmp_path)
    after = await _document(leaving.everything(again.id))
    assert after == before
    print(
        f"\nmoving: {len(before['conversations'])} conversations equal, all {len(json.dumps(before))} letters of them"
    )


async def test_every_column_of_every_message_is_as_it_was(
    alice: Player, settings: Settings, database: Address, tmp_path: Path
) -> None:
    await furnished(alice)
    gone = [row["id"] for row in await rows("conversations", alice) if row["deleted_at"] or row["temporary"]]
    before = [row for row in await rows("messages", alice) if row["conversation_id"] not in gone]
    again = await _moved(alice, settings, database, tmp_path)
    after = await rows("messages", again)
    assert [_compared(row) for row in after] == [_compared(row) for row in before]


def _compared(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in PRIVATE}


async def test_folders_lie_in_each_other_and_say_what_they_said(
    alice: Player, settings: Settings, database: Address, tmp_path: Path
) -> None:
    await furnished(alice)
    again = await _moved(alice, settings, database, tmp_path)
    kitchen, soups = await folders.listed(again.id)
    assert (kitchen.name, kitchen.instructions, kitchen.default_model) == ("Kitchen", "Answer like a cook.", "rag")
    assert (soups.name, soups.parent_id) == ("Soups", kitchen.id)


async def test_the_same_path_is_shown_with_the_same_reactions(
    alice: Player, settings: Settings, database: Address, tmp_path: Path
) -> None:
    talk = await furnished(alice)
    before = await shown.at_the_end(alice.id, await conversations.conversation(alice.id, talk))
    again = await _moved(alice, settings, database, tmp_path)
    (there,) = [row for row in await rows("conversations", again) if row["title"] == "Which soup?"]
    after = await shown.at_the_end(again.id, await conversations.conversation(again.id, there["id"]))
    assert [row["content"] for row in after.rows] == [row["content"] for row in before.rows]
    assert list(after.reactions.values()) == list(before.reactions.values()) == [{"LIKE", "HELPFUL"}]
    assert there["pinned_at"] is not None


async def test_what_comes_back_to_where_it_was_is_there_already(alice: Player, settings: Settings) -> None:
    await furnished(alice)
    before = await rows("messages", alice)
    done = await brought(alice, await _archive(alice, settings))
    assert done.counts == service.Counts(same=2)
    assert await rows("messages", alice) == before


async def test_the_archive_says_what_of_it_is_for_moving(alice: Player, settings: Settings) -> None:
    await furnished(alice)
    with zipfile.ZipFile(await _archive(alice, settings)) as made:
        assert "conversations.json" in made.namelist()
        assert "`conversations.json` is for moving" in made.read("README.md").decode()
        assert "Thrown away" not in made.read("conversations.json").decode()
