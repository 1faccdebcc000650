"""Migrations: all of one or none, one process at a time, and always the same end."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from piccolo.columns import Integer, Varchar
from piccolo.table import Table

from app.core import settings as settings_module
from app.core.errors import Rejected
from app.database import backup, bootstrap, difference, history, migrate
from app.database.address import Addresses
from app.database.binaries import bundled
from app.database.connection import connected
from app.database.embedded import Cluster
from app.database.history import UnusableMigration
from app.database.migrate import MigrationFailed, Run
from app.database.registry import MIGRATIONS
from app.database.schema import drop_everything
from tests.database.clusters import ROOT
from tests.database.conftest import made_place
from tests.database.migrations import PLANETS, addresses, raw, write, write_history

SCRIPT = [sys.executable, str(Path(__file__).with_name("migrations.py"))]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    path = made_place()
    with Cluster(path / "data", durable=False) as started:
        asyncio.run(bootstrap.prepare(started.superuser, started.addresses))
        yield started
    subprocess.run(["rm", "-r", path], check=True)


@pytest.fixture
async def there(cluster: Cluster, request: pytest.FixtureRequest) -> AsyncIterator[Addresses]:
    """A database without tables."""
    name = "t_" + re.sub(r"\W", "", request.node.name)[:50].lower()
    async with connected(cluster.superuser) as connection:
        await connection.execute(f"create database {name} owner commonplace_owner template commonplace")
        yield addresses(cluster.superuser.host, name)
        await connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three migrations."""
    (tmp_path / "migrations").mkdir()
    write_history(tmp_path / "migrations")
    return tmp_path / "migrations"


def schema_of(there: Addresses) -> str:
    """The schema as SQL, without the random word that newer dumps carry."""
    environment = (there.maker or there.owner).of(database=there.app.database).libpq_environment()
    command = [bundled()["pg_dump"], "--schema-only"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return re.sub(r"^\\(un)?restrict .*$", "", told, flags=re.MULTILINE)


async def asked(there: Addresses, sql: str) -> object:
    async with connected(there.owner) as connection:
        return await connection.fetchval(sql)


async def rows_of(there: Addresses, sql: str) -> list[object]:
    async with connected(there.owner) as connection:
        return [row[0] for row in await connection.fetch(sql)]


# Forwards ----------------------------------------------------------------------------------------------------------


async def test_all_that_is_pending_is_applied_in_order_and_once(there: Addresses, folder: Path) -> None:
    every = ["1-planets", "2-rings", "3-check"]
    assert await migrate.pending(there.owner, folder) == every
    assert await migrate.forwards(Run(there=there, folder=folder)) == every
    assert await migrate.pending(there.owner, folder) == []
    assert await migrate.forwards(Run(there=there, folder=folder)) == []
    assert [step.is_applied for step in await migrate.status(there, folder)] == [True] * 3


async def test_each_step_is_told(there: Addresses, folder: Path) -> None:
    told: list[str] = []
    await migrate.forwards(Run(there=there, folder=folder, progress=told.append))
    assert told == [
        "Migrating: the 1-planets",
        "Migrating: the 2-rings",
        "Building index planets_moons_ix",
        "Building index planets_name_uq",
        "Migrating: the 3-check",
    ]


async def test_nothing_is_printed(there: Addresses, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await migrate.forwards(Run(there=there, folder=folder))
    assert capsys.readouterr() == ("", "")


async def test_the_application_may_use_new_tables_at_once(there: Addresses, folder: Path) -> None:
    await migrate.forwards(Run(there=there, folder=folder))
    async with connected(there.app) as app:
        assert await app.fetchval("select count(*) from planets") == 2000
        assert await app.fetchval("select count(*) from migration") == 3
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("alter table planets add column x int")


async def test_a_migration_that_fails_leaves_nothing_and_names_the_cause(there: Addresses, folder: Path) -> None:
    bad = write(folder, "4-bad", raw("create table half ()", "alter table planets add column name text"))
    with pytest.raises(MigrationFailed, match=r"4_bad\.py failed and was undone: column \"name\" .* already exists"):
        await migrate.forwards(Run(there=there, folder=folder))
    assert await asked(there, "select to_regclass('half')") is None
    assert await migrate.pending(there.owner, folder) == ["4-bad"]
    bad.unlink()
    write(folder, "4-bad", raw("create table whole ()"))
    assert await migrate.forwards(Run(there=there, folder=folder)) == ["4-bad"]


async def test_two_statements_in_one_are_refused(there: Addresses, folder: Path) -> None:
    write(folder, "4-two", raw("create table a (); create table b ()"))
    with pytest.raises(MigrationFailed, match="multiple commands"):
        await migrate.forwards(Run(there=there, folder=folder))


async def test_an_index_that_cannot_be_built_is_built_when_the_cause_is_gone(there: Addresses, folder: Path) -> None:
    twice = "create unique index concurrently if not exists planets_rings_uq on planets (rings)"
    write(folder, "4-index", raw("select 1", concurrent=(twice,)))
    with pytest.raises(MigrationFailed, match="could not create unique index"):
        await migrate.forwards(Run(there=there, folder=folder))
    assert await migrate.pending(there.owner, folder) == ["4-index"]
    await asked(there, "update planets set rings = moons")
    assert await migrate.forwards(Run(there=there, folder=folder)) == ["4-index"]
    assert await asked(there, "select indisvalid from pg_index where indexrelid = 'planets_rings_uq'::regclass")


@pytest.mark.parametrize(
    "statement",
    [
        "create index planets_ix on planets (moons)",
        "create index concurrently planets_ix on planets (moons)",
        "create index concurrently if not exists a on b (c); drop table planets",
        "alter table planets add column x int",
    ],
)
async def test_only_indexes_that_can_be_built_twice_stand_outside_of_a_transaction(
    there: Addresses, folder: Path, statement: str
) -> None:
    write(folder, "4-index", raw("create table extra ()", concurrent=(statement,)))
    with pytest.raises(UnusableMigration, match="CONCURRENT takes only"):
        await migrate.forwards(Run(there=there, folder=folder))
    assert await asked(there, "select to_regclass('extra')") is None


async def test_a_file_that_is_no_migration_is_named(there: Addresses, folder: Path) -> None:
    (folder / "notes.py").write_text("x = 1\n")
    with pytest.raises(UnusableMigration, match=r"notes\.py has no line ID"):
        await migrate.pending(there.owner, folder)


async def test_each_new_table_is_announced_inside_its_transaction(there: Addresses, folder: Path) -> None:
    made: list[str] = []

    async def note(connection: asyncpg.Connection, table: str) -> None:
        made.append(table)
        assert connection.is_in_transaction()

    await migrate.forwards(Run(there=there, folder=folder, created=note))
    assert made == ["planets", "rings"]


async def test_a_table_in_use_is_waited_for_only_so_long(
    there: Addresses, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate.forwards(Run(there=there, folder=folder))
    write(folder, "4-wait", raw("set local lock_timeout = '50ms'", "alter table planets add column x int"))
    async with connected(there.owner) as other, other.transaction():
        await other.execute("select * from planets limit 1")
        with pytest.raises(MigrationFailed, match="Stop the other processes"):
            await migrate.forwards(Run(there=there, folder=folder))


async def test_what_a_newer_release_applied_is_told_and_left(there: Addresses, folder: Path) -> None:
    await migrate.forwards(Run(there=there, folder=folder))
    (folder / "3_check.py").unlink()
    assert await migrate.forwards(Run(there=there, folder=folder)) == []
    assert (await migrate.status(there, folder))[-1].description == "of a newer release"
    with pytest.raises(MigrationFailed, match="3-check, is of a newer release"):
        await migrate.downgrade(Run(there=there, folder=folder))


# B23 ---------------------------------------------------------------------------------------------------------------


async def test_b23_killed_at_any_statement_it_completes_at_the_next_start(there: Addresses, folder: Path) -> None:
    run = Run(there=there, folder=folder)
    await migrate.forwards(run)
    fresh = schema_of(there)
    with killer(there, folder) as is_killed_at:
        for point in count(1):
            await emptied(there)
            is_killed = await asyncio.to_thread(is_killed_at, point)
            await migrate.forwards(run)
            assert schema_of(there) == fresh, f"killed at statement {point}"
            assert await rows_of(there, "select indexrelid::regclass::text from pg_index where not indisvalid") == []
            assert await asked(there, "select count(*) from planets") == 2000
            if not is_killed:
                break
    assert point > 40
    print(f"B23: killed at {point - 1} points, {point - 1} of {point - 1} completed")


@contextmanager
def killer(there: Addresses, folder: Path) -> Iterator[Callable[[int], bool]]:
    """A process whose children migrate and are killed at a given statement."""
    command = [*SCRIPT, "kill", there.app.host, str(folder), there.app.database]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        answers, orders = process.stdout, process.stdin
        assert answers is not None
        assert orders is not None

        def is_killed_at(statement: int) -> bool:
            print(statement, file=orders, flush=True)
            return {"killed": True, "finished": False}[answers.readline().strip()]

        yield is_killed_at


async def emptied(there: Addresses) -> None:
    async with connected(there.owner) as connection:
        await drop_everything(connection)


async def test_b23_of_several_processes_at_once_one_migrates_and_the_others_wait(
    there: Addresses, folder: Path, cluster: Cluster
) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    command = [*SCRIPT, "run", cluster.superuser.host, str(folder), there.app.database]
    started = [
        await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.PIPE) for _ in range(4)
    ]
    told = [(await process.communicate())[0].decode() for process in started]
    assert sorted(line.split("]")[0] for line in told) == ["['1-planets', '2-rings', '3-check'"] + ["["] * 3 or told
    assert [process.returncode for process in started] == [0] * 4
    assert sum("1-planets" in line for line in told) == 1
    assert await asked(there, "select count(*) from migration") == 3


async def test_b23_a_second_process_waits_while_an_index_is_built(there: Addresses, folder: Path) -> None:
    """A waiting statement would hold a snapshot, and the index would wait for that: for ever."""
    waits = asyncio.Event()

    def hear(step: str) -> None:
        if "waiting for it" in step:
            waits.set()

    async with migrate.alone(Run(there=there, folder=folder)), connected(there.owner) as builder:
        waiting = asyncio.create_task(migrate.forwards(Run(there=there, folder=folder, progress=hear)))
        await waits.wait()
        await builder.execute("create table stars (n int)")
        await asyncio.wait_for(builder.execute("create index concurrently stars_ix on stars (n)"), 20)
        assert not waiting.done()
    assert len(await asyncio.wait_for(waiting, 20)) == 3


async def test_b23_down_and_up_again_gives_the_same_schema(there: Addresses, folder: Path) -> None:
    run = Run(there=there, folder=folder)
    await migrate.forwards(run)
    fresh = schema_of(there)
    assert [await migrate.downgrade(run) for _ in range(4)] == ["3-check", "2-rings", "1-planets", None]
    assert await asked(there, "select to_regclass('planets')") is None
    await migrate.forwards(run)
    assert schema_of(there) == fresh


async def test_b23_the_house_goes_down_to_nothing_and_up_again(there: Addresses) -> None:
    run = Run(there=there)
    applied = await migrate.forwards(run)
    fresh = schema_of(there)
    for name in reversed(applied):
        assert await migrate.downgrade(run) == name
    await migrate.forwards(run)
    assert schema_of(there) == fresh


# Dumps before an upgrade -------------------------------------------------------------------------------------------


async def test_data_that_exists_is_backed_up_before_it_is_upgraded(
    there: Addresses, folder: Path, tmp_path: Path
) -> None:
    run = Run(there=there, folder=folder, backups=tmp_path / "backups")
    await migrate.forwards(run)
    assert not run.backups or not run.backups.exists()
    write(folder, "4-more", raw("alter table planets add column colour text"))
    await migrate.forwards(run)
    (made,) = backup.kept(tmp_path / "backups", "before")
    assert "before-4_more" in made.name
    assert backup.read(made).note.tables["planets"] == 2000
    assert backup.read(made).note.migration == "3-check"


async def test_a_database_without_rows_is_upgraded_without_a_backup(
    there: Addresses, folder: Path, tmp_path: Path
) -> None:
    run = Run(there=there, folder=folder, backups=tmp_path / "backups")
    await migrate.forwards(run)
    await asked(there, "delete from planets")
    write(folder, "4-more", raw("alter table planets add column colour text"))
    await migrate.forwards(run)
    assert backup.kept(tmp_path / "backups", "before") == []


async def test_an_upgrade_whose_backup_fails_does_not_begin(there: Addresses, folder: Path) -> None:
    run = Run(there=there, folder=folder, backups=folder / "1_planets.py" / "backups")
    await migrate.forwards(run)
    write(folder, "4-more", raw("alter table planets add column colour text"))
    with pytest.raises(backup.BackupFailed, match="cannot be kept"):
        await migrate.forwards(run)
    assert await migrate.pending(there.owner, folder) == ["4-more"]


def test_who_backs_up_by_other_means_is_not_made_to(tmp_path: Path) -> None:
    assert migrate.backups_of(settings_module.read({}, data_dir=tmp_path)) == tmp_path / "backups"
    assert migrate.backups_of(settings_module.read({}, data_dir=tmp_path, backup_every_hours=0)) is None


# New migrations ----------------------------------------------------------------------------------------------------


class Planet(Table, tablename="planets"):
    name = Varchar(length=50)
    moons = Integer()
    colour = Varchar(length=20)


async def test_a_new_migration_is_written_from_the_difference_and_works(there: Addresses, tmp_path: Path) -> None:
    write(tmp_path, "1-planets", PLANETS)
    path = await difference.new("Give planets a colour!", [Planet], tmp_path)
    assert path is not None
    assert re.fullmatch(r"\d{4}_\d\d_\d\d_\d{6}_give_planets_a_colour\.py", path.name)
    await migrate.forwards(Run(there=there, folder=tmp_path))
    assert await asked(there, "select count(colour) from planets") == 0
    assert await difference.new("Nothing", [Planet], tmp_path) is None


async def test_a_new_migration_comes_after_those_that_are_there(tmp_path: Path) -> None:
    first = await difference.new("Planets", [Planet], tmp_path)
    found = history.in_folder(tmp_path)[0]
    assert first == found.path
    assert found.id > history.in_folder(MIGRATIONS)[-1].id
    assert found.description == "Planets"


@pytest.mark.parametrize("description", ["", "  ", "!?"])
async def test_a_new_migration_needs_a_description(tmp_path: Path, description: str) -> None:
    with pytest.raises(Rejected, match="Say in a few words"):
        await difference.new(description, [Planet], tmp_path)


async def test_a_description_may_hold_quotes_and_lines(tmp_path: Path) -> None:
    path = await difference.new('say "hi"\nand don\'t\\stop', [Planet], tmp_path)
    assert path
    assert history.in_folder(tmp_path)[0].description == "say 'hi' and don't/stop"
    history.in_folder(tmp_path)[0].module()


async def test_the_tables_are_as_the_migrations_say() -> None:
    assert (await difference.difference()).statements == []


# What is cheap -----------------------------------------------------------------------------------------------------


def test_a_start_with_nothing_to_do_loads_no_machinery_for_migrations() -> None:
    script = (
        "import sys; from app.database import migrate, history; history.in_folder(migrate.MIGRATIONS); "
        "print([name for name in sys.modules if name.startswith(('piccolo.apps.migrations', 'black', 'jinja2'))])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"


async def test_behind_a_pooler_the_statement_cache_stays_off(there: Addresses, folder: Path) -> None:
    pooled = replace(there, owner=replace(there.owner, pooled=True))
    assert len(await migrate.forwards(Run(there=pooled, folder=folder))) == 3
