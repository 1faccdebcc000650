"""Where the bytes are: in the database or in a directory, for as long as anything needs them, and not a day longer."""

import asyncio
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.account import archive, exports
from app.account import service as account
from app.chat.attachments import service, store
from app.chat.attachments.service import KEPT
from app.core.clock import now, timedelta
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.core.settings import Settings, adopt
from app.database.address import Address
from app.database.engine import db
from tests.account.rows import fill
from tests.cast import Player

BEES = ("bees.txt", b"They sleep.")


@pytest.fixture
def directory(database: Address, settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """What is attached is kept here."""
    adopt(replace(settings, attachments_dir=tmp_path / "files"))
    yield tmp_path / "files"
    adopt(settings)


def _files(directory: Path) -> list[Path]:
    return [file for file in directory.rglob("*") if file.is_file()]


async def _aged(*tables: str) -> None:
    for table in tables:
        await db.fetch(f"update {table} set created_at = $1", now() - KEPT - timedelta(minutes=1))


def _age(directory: Path) -> None:
    for file in _files(directory):
        old = (now() - timedelta(hours=1)).timestamp()
        os.utime(file, (old, old))


async def test_in_the_directory_a_file_lies_under_its_hash_for_us_alone(directory: Path, alice: Player) -> None:
    made = await service.add(alice.id, *BEES)
    (file,) = _files(directory)
    assert (file.read_bytes(), len(file.name), file.parent.name) == (BEES[1], 64, alice.id.hex)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert await db.fetch_value("select count(*) from attached_files where data is not null") == 0
    assert await service.content_of(alice.id, made) == BEES[1]


async def test_where_the_directory_cannot_be_written_it_is_said_and_nothing_is_half_there(
    directory: Path, alice: Player
) -> None:
    await asyncio.to_thread(directory.write_text, "no directory at all")
    with pytest.raises(Unavailable) as refused:
        await service.add(alice.id, *BEES)
    assert str(refused.value) == service.NO_PLACE
    assert await db.fetch_value("select count(*) from attached_files") == 0


async def test_what_is_in_the_database_stays_readable_beside_a_directory(alice: Player, settings: Settings) -> None:
    made = await service.add(alice.id, *BEES)
    adopt(replace(settings, attachments_dir=Path("/nowhere/at/all")))
    assert await service.content_of(alice.id, made) == BEES[1]
    adopt(settings)


async def test_what_was_never_sent_goes_after_a_day(alice: Player) -> None:
    await service.add(alice.id, *BEES)
    await service.sweep()
    assert await db.fetch_value("select count(*) from attachments") == 1
    await _aged("attachments")
    await service.sweep()
    assert (
        await db.fetch_value("select (select count(*) from attachments) + (select count(*) from attached_files)") == 0
    )


async def test_what_was_sent_stays(alice: Player) -> None:
    await fill(alice)
    await _aged("attachments", "attached_files")
    await service.sweep()
    assert (
        await db.fetch_value("select (select count(*) from attachments) + (select count(*) from attached_files)") == 2
    )


async def test_when_a_conversation_is_gone_so_are_its_files(directory: Path, alice: Player) -> None:
    await fill(alice)
    await service.add(alice.id, *BEES)
    assert len(_files(directory)) == 1
    await db.fetch("update attachments set message_id = $1, conversation_id = (select id from conversations)", new_id())
    await db.fetch("delete from conversations")
    _age(directory)
    await service.sweep()
    assert await db.fetch_value("select count(*) from attached_files") == 0
    assert _files(directory) == []


async def test_a_file_that_was_just_written_is_not_taken_for_a_lost_one(directory: Path, alice: Player) -> None:
    store.keep(directory, alice.id, b"\x01" * 32, b"its row comes in a moment")
    await service.sweep()
    assert len(_files(directory)) == 1


async def test_a32_the_directory_of_a_person_who_went_is_emptied(directory: Path, alice: Player, bob: Player) -> None:
    for player in (alice, bob):
        await service.add(player.id, *BEES)
    await db.fetch("delete from users where id = $1", alice.id)
    _age(directory)
    await service.sweep()
    left = [file.parent.name for file in _files(directory)]
    print(f"A32: {left.count(alice.id.hex)} files left in the directory")
    assert left == [bob.id.hex]
    assert not (directory / alice.id.hex).exists()


@pytest.mark.parametrize("where", ["database", "directory"])
async def test_a32_the_archive_holds_the_files_themselves(
    where: str, alice: Player, bob: Player, settings: Settings, tmp_path: Path
) -> None:
    adopt(replace(settings, attachments_dir=tmp_path if where == "directory" else Path()))
    made = await service.add(alice.id, "../bees.TXT", BEES[1])
    await service.add(bob.id, "secret.txt", b"Not hers.")
    found = {name: data async for name, data in service.everything(alice.id)}
    adopt(settings)
    assert found == {f"{made.file_id}.txt": BEES[1]}


async def test_a32_they_lie_in_the_archive_in_a_folder(alice: Player) -> None:
    made = await service.add(alice.id, *BEES)
    archive_id = await account.ask(alice.id)
    await account.make(alice.id, archive_id, _nothing)
    with zipfile.ZipFile(archive.path_of(account._directory(), archive_id)) as found:  # noqa: SLF001 - where it lies
        assert found.read(f"files/{made.file_id}.txt") == BEES[1]
    assert {"files", "attachments"} <= {section.name for section in exports.sections()}


async def _nothing(_percent: int) -> None:
    pass
