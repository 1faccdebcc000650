"""Backups: whole or absent, checked when made, and brought back equal."""

import asyncio
import json
import os
import stat
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from app.core.errors import AppError, Misconfigured
from app.database import backup, bootstrap, schema
from app.database.address import Address, Addresses
from app.database.backup import BackupFailed
from app.database.binaries import Binaries, bundled, for_dumps
from app.database.connection import connected
from app.database.embedded import Cluster
from tests.database.conftest import made_place
from tests.database.migrations import addresses
from tests.database.servers import DEBIAN, Server, running


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    path = made_place()
    with Cluster(path / "data", durable=False) as started:
        asyncio.run(bootstrap.prepare(started.superuser, started.addresses))
        yield started
    subprocess.run(["rm", "-r", path], check=True)


@pytest.fixture
async def empty(cluster: Cluster) -> AsyncIterator[Addresses]:
    """A database without tables."""
    async with new_database(cluster, "other") as there:
        yield there


@pytest.fixture
async def there(cluster: Cluster) -> AsyncIterator[Addresses]:
    """A database with all that is hard to carry: vectors and their index, generated columns, sequences, rules."""
    async with new_database(cluster, "things") as made:
        async with connected(made.owner) as connection:
            for statement in STATEMENTS:
                await connection.execute(statement)
            await bootstrap.grants(connection, made.app.user)
        yield made


STATEMENTS = (
    "create table migration (id serial primary key, name text, app_name text, ran_on timestamp default now())",
    "insert into migration (name, app_name) values ('1-first', 'commonplace'), ('2-second', 'commonplace')",
    "create table people (id int generated always as identity primary key, name text not null)",
    """create table "Notes" (
        id serial primary key, person int not null constraint notes_person_fk references people (id),
        said text not null, words tsvector generated always as (to_tsvector('simple', said)) stored, meaning vector(3)
    )""",
    """create index notes_meaning_ix on "Notes" using hnsw (meaning vector_cosine_ops)""",
    """create index notes_words_ix on "Notes" using gin (words)""",
    "insert into people (name) select 'größe ' || n from generate_series(1, 50) n",
    """insert into "Notes" (person, said, meaning)
       select 1 + n % 50, 'note ' || n, array[sin(n), cos(n * 1.7), sin(n * 0.3)]::vector
       from generate_series(1, 1000) n""",
    "create function stay() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$",
    "create table audit_logs (id int, said text)",
    "insert into audit_logs values (1, 'a')",
    "create trigger audit_logs_stay before update on audit_logs for each statement execute function stay()",
)


@asynccontextmanager
async def new_database(cluster: Cluster, name: str) -> AsyncIterator[Addresses]:
    """A database of the cluster, dropped in the end."""
    async with connected(cluster.superuser) as connection:
        await connection.execute(f"create database {name} owner commonplace_owner template commonplace")
        try:
            yield addresses(cluster.superuser.host, name)
        finally:
            await connection.execute(f"drop database {name} with (force)")


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def checksums(there: Addresses) -> dict[str, str]:
    async with connected(there.owner) as connection:
        return {
            table: await connection.fetchval(f"select md5(string_agg(t::text, '' order by t::text)) from {table} t")
            for table in await schema.tables(connection)
        }


async def recall(there: Addresses) -> float:
    """How many of the ten nearest the index finds, over twenty questions."""
    found = 0
    async with connected(there.app) as connection:
        for n in range(20):
            query = f"""select id from "Notes" order by meaning <=> array[sin({n}), cos({n}), 1]::vector limit 10"""
            by_index = {row[0] for row in await connection.fetch(query)}
            async with connection.transaction():
                await connection.execute("set local enable_indexscan = off")
                found += len(by_index & {row[0] for row in await connection.fetch(query)})
    return found / 200


# Making ------------------------------------------------------------------------------------------------------------


async def test_a_backup_is_one_private_file_with_a_note_beside_it(there: Addresses, tmp_path: Path) -> None:
    made = await backup.backup(there.owner, tmp_path / "backups", keep=3)
    assert names_in(tmp_path / "backups") == [made.path.name, made.path.with_suffix(".json").name]
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700
    note = json.loads(made.path.with_suffix(".json").read_text())
    assert note["tables"] == {"audit_logs": 1, '"Notes"': 1000, "migration": 2, "people": 50}
    assert (note["migration"], note["postgresql"], note["bytes"]) == ("2-second", 18, made.path.stat().st_size)
    assert "master secret is not inside" in note["secret"]


async def test_each_table_is_told(there: Addresses, tmp_path: Path) -> None:
    told: list[str] = []
    await backup.backup(there.owner, tmp_path, keep=3, progress=told.append)
    assert "Backing up Notes (1 of 4)" in told
    assert len(told) == 4


async def test_the_newest_are_kept_and_others_files_are_left(there: Addresses, tmp_path: Path) -> None:
    (tmp_path / "commonplace-mine.dump").write_text("")
    made = [await backup.backup(there.owner, tmp_path, keep=2) for _ in range(4)]
    before = await backup.backup(there.owner, tmp_path, keep=1, label="before-x")
    assert backup.kept(tmp_path) == [made[3].path, made[2].path]
    assert backup.kept(tmp_path, "before") == [before.path]
    kept = [found.path for found in (made[2], made[3], before)]
    every = ["commonplace-mine.dump", *(path.name for path in kept), *(path.with_suffix(".json").name for path in kept)]
    assert names_in(tmp_path) == sorted(every)


async def test_what_a_killed_process_left_goes_after_a_day(there: Addresses, tmp_path: Path) -> None:
    old, new = tmp_path / "commonplace-1.part", tmp_path / "commonplace-2.part"
    old.write_text("")
    new.write_text("")
    os.utime(old, (0, 0))
    await backup.backup(there.owner, tmp_path, keep=2)
    assert (old.exists(), new.exists()) == (False, True)


async def test_a_backup_that_fails_leaves_no_file(there: Addresses, tmp_path: Path) -> None:
    async with connected((there.maker or there.owner).of(database="things")) as admin:
        await admin.execute("revoke all on people from commonplace_owner")
    with pytest.raises((AppError, asyncpg.InsufficientPrivilegeError)):
        await backup.backup(there.owner, tmp_path, keep=2)
    assert names_in(tmp_path) == []


async def test_a_full_disk_is_not_made_fuller(
    there: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_SPARE", 2**60)
    with pytest.raises(BackupFailed, match="too little room"):
        await backup.backup(there.owner, tmp_path, keep=2)


async def test_b24_a_backup_under_load_is_of_one_moment(there: Addresses, tmp_path: Path) -> None:
    stop = asyncio.Event()

    async def write() -> int:
        written = 0
        async with connected(there.app) as app:
            while not stop.is_set():
                await app.execute("""insert into "Notes" (person, said) values (1, 'more')""")
                written += 1
        return written

    writers = [asyncio.create_task(write()) for _ in range(4)]
    made = await backup.backup(there.owner, tmp_path, keep=2)
    stop.set()
    written = sum(await asyncio.gather(*writers))
    note = await backup.verify(made.path, there)
    print(f"B24: {written} rows written meanwhile; tables of the backup: {note.tables}")
    assert note.tables == made.note.tables


# Bringing back -----------------------------------------------------------------------------------------------------


async def test_b24_what_is_restored_is_equal_and_usable(there: Addresses, empty: Addresses, tmp_path: Path) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    told: list[str] = []
    await backup.restore(made.path, empty, progress=told.append)
    assert await checksums(empty) == await checksums(there)
    print(f"B24: recall {await recall(there)} before, {await recall(empty)} after")
    assert await recall(empty) >= await recall(there) - 0.01
    assert told[-1].startswith("Restoring ")
    async with connected(empty.app) as app:
        await app.execute("insert into people (name) values ('new')")
        await app.execute("""insert into "Notes" (person, said) values (51, 'new')""")
        assert await app.fetchval("select max(id) from people") == 51
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("delete from audit_logs")


async def test_tables_without_rows_make_way(there: Addresses, empty: Addresses, tmp_path: Path) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    async with connected(empty.owner) as connection:
        await connection.execute("create table people (other int)")
        await connection.execute("create function stay() returns int language sql as 'select 1'")
    await backup.restore(made.path, empty)
    assert await checksums(empty) == await checksums(there)


async def test_a_database_with_rows_is_not_overwritten(there: Addresses, tmp_path: Path) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    with pytest.raises(BackupFailed, match="has rows"):
        await backup.restore(made.path, there)
    assert made.note.tables["people"] == 50


async def test_a_backup_is_tried_in_a_database_of_its_own(there: Addresses, cluster: Cluster, tmp_path: Path) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    before = await checksums(there)
    assert await backup.verify(made.path, there) == made.note
    assert await checksums(there) == before
    async with connected(cluster.superuser) as connection:
        assert await connection.fetchval("select count(*) from pg_database where datname like '%verify%'") == 0


async def test_a_backup_whose_note_says_otherwise_does_not_pass(there: Addresses, tmp_path: Path) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    note = made.path.with_suffix(".json")
    note.write_text(note.read_text().replace('"people": 50', '"people": 51'))
    with pytest.raises(BackupFailed, match="these tables differ from the backup: people"):
        await backup.verify(made.path, there)


async def test_a_damaged_backup_is_refused_before_anything_happens(
    there: Addresses, empty: Addresses, tmp_path: Path
) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    content = bytearray(made.path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    made.path.write_bytes(content)
    with pytest.raises(BackupFailed, match="is damaged"):
        await backup.restore(made.path, empty)


async def test_a_restore_that_fails_leaves_nothing_half(there: Addresses, empty: Addresses, tmp_path: Path) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    async with connected((empty.maker or empty.owner).of(database="other")) as admin:
        await admin.execute("create sequence notes_words_ix")  # in the way of one of the last things
    with pytest.raises(BackupFailed, match=r"pg_restore failed: .*notes_words_ix"):
        await backup.restore(made.path, empty)
    async with connected(empty.owner) as connection:
        assert await schema.tables(connection) == []


@pytest.mark.parametrize(("missing", "sentence"), [(".dump", "There is no"), (".json", "There is no")])
async def test_a_missing_file_is_named(there: Addresses, tmp_path: Path, missing: str, sentence: str) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    made.path.with_suffix(missing).unlink()
    with pytest.raises(BackupFailed, match=sentence):
        backup.read(made.path)


async def test_a_role_that_may_not_try_a_backup_is_told_what_it_lacks(there: Addresses, tmp_path: Path) -> None:
    made = await backup.backup(there.owner, tmp_path, keep=2)
    with pytest.raises(Misconfigured, match="ALTER ROLE commonplace_owner CREATEDB"):
        await backup.verify(made.path, replace(there, maker=None))


# Somebody else's server --------------------------------------------------------------------------------------------


@pytest.fixture
def older_server() -> Iterator[Server]:
    if not DEBIAN.is_dir():
        pytest.skip("PostgreSQL 15 is not installed: apt install postgresql-15")
    with running(Binaries(DEBIAN, 15, speaks_tls=True)) as server:
        yield server


async def test_a_server_with_tls_is_dumped_by_programs_that_speak_it(older_server: Server, tmp_path: Path) -> None:
    address = older_server.address()
    async with connected(address) as admin:
        await admin.execute("create table planets as select 1 as n")
        await admin.execute("create database other")
    made = await backup.backup(address, tmp_path, keep=1)
    other = address.of(database="other")
    note = await backup.restore(made.path, Addresses(app=other, direct=other, owner=other))
    assert (note.postgresql, note.tables) == (15, {"planets": 1})


def test_the_oldest_programs_that_fit_are_taken() -> None:
    assert for_dumps(18, tls=False) == bundled()
    assert for_dumps(16, tls=False).major == 16


def test_a_server_that_no_program_here_can_read_is_named_with_the_package() -> None:
    with pytest.raises(Misconfigured, match=r"PostgreSQL 99 over TLS.*apt install postgresql-client-99"):
        for_dumps(99, tls=True)


async def test_the_password_is_never_on_a_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    (tmp_path / "pg_dump").write_text(f'#!/bin/sh\necho "$@" > {told}\necho "$PGPASSWORD" >> {told}\n')
    (tmp_path / "pg_dump").chmod(0o755)
    address = Address(host="db", user="a", password="hush", database="t", tls="off")
    await backup.run_tool(Binaries(tmp_path, 18), "pg_dump", ["--file=x"], address)
    assert told.read_text() == "--file=x\nhush\n"


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        ("could not write: No space left on device", "The disk is full"),
        ("connection to server at x failed", "could not reach the database"),
        ("unsupported version (1.16) in file header", "made by newer programs"),
        ("something else", "pg_dump failed: something else"),
    ],
)
async def test_what_the_tools_complain_of_is_worded(tmp_path: Path, complaint: str, sentence: str) -> None:
    (tmp_path / "pg_dump").write_text(f'#!/bin/sh\necho "pg_dump: error: {complaint}" >&2\nexit 1\n')
    (tmp_path / "pg_dump").chmod(0o755)
    with pytest.raises(AppError, match=sentence):
        await backup.run_tool(Binaries(tmp_path, 18), "pg_dump", [])
