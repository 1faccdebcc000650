"""A made-up history for the tests, run by processes that die at a given statement."""

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

import asyncpg

from app.database import migrate
from app.database.address import Address, Addresses
from app.database.migrate import Run

HEAD = """
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Integer, Varchar
from app.database.engine import db

ID = "{name}"
DESCRIPTION = "{description}"
"""
PLANETS = """
async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="commonplace", description=DESCRIPTION)
    manager.add_table(class_name="Planet", tablename="planets")
    for name, kind in (("name", Varchar), ("moons", Integer)):
        manager.add_column(
            table_class_name="Planet", tablename="planets", column_name=name, db_column_name=name,
            column_class_name=kind.__name__, column_class=kind,
            params={"length": 50, "default": ""} if kind is Varchar else {"default": 0},
        )
    return manager
"""
RAW = """
CONCURRENT = ({concurrent})

async def _do() -> None:
    for statement in {statements!r}:
        await db.run_ddl(statement)

async def _undo() -> None:
    for statement in {backwards!r}:
        await db.run_ddl(statement)

async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="commonplace", description=DESCRIPTION)
    manager.add_raw(_do)
    manager.add_raw_backwards(_undo)
    return manager
"""


def write(folder: Path, name: str, body: str) -> Path:
    path = folder / f"{name.replace('-', '_')}.py"
    path.write_text(HEAD.format(name=name, description=f"the {name}") + body)
    return path


def raw(*statements: str, backwards: tuple[str, ...] = (), concurrent: tuple[str, ...] = ()) -> str:
    lines = "".join(f"{line!r}, " for line in concurrent)
    return RAW.format(statements=statements, backwards=backwards, concurrent=lines)


def write_history(folder: Path) -> None:
    """Three migrations: tables by Piccolo, rows and changes by hand, an index that is built beside everything."""
    write(folder, "1-planets", PLANETS)
    write(
        folder,
        "2-rings",
        raw(
            "insert into planets (name, moons) select 'p' || n, n from generate_series(1, 2000) n",
            "alter table planets add column rings integer not null default 0",
            "create table rings (id integer constraint rings_pk primary key, planet integer)",
            "alter table rings add constraint rings_planet_fk foreign key (planet) references planets (id)",
            backwards=("drop table rings", "alter table planets drop column rings", "delete from planets"),
            concurrent=(
                "create index concurrently if not exists planets_moons_ix on planets (moons)",
                "create unique index concurrently if not exists planets_name_uq on planets (name)",
            ),
        ),
    )
    write(folder, "3-check", raw("alter table planets add constraint planets_moons_ck check (moons >= 0)"))


def addresses(host: str, database: str) -> Addresses:
    app = Address(host=host, user="commonplace", database=database, tls="off")
    return Addresses(app=app, direct=app, owner=app.of(user="commonplace_owner"), maker=app.of(user="postgres"))


def dying_at(statement: int) -> Any:
    """A stand-in for the driver's connect whose connections count what they do, all together, and kill at the nth."""
    done = itertools.count(1)
    connect = asyncpg.connect

    def count(_query: object) -> None:
        if next(done) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    async def counted(*args: Any, **named: Any) -> Any:
        connection = await connect(*args, **named)
        connection.add_query_logger(count)
        return connection

    return counted


async def migrated_until(statement: int, run: Run) -> None:
    asyncpg.connect = dying_at(statement)
    await migrate.forwards(run)


def is_killed_at(statement: int, run: Run) -> bool:
    """Migrate in a process that is killed at this statement; no when it does not come so far."""
    child = os.fork()
    if child == 0:
        asyncio.run(migrated_until(statement, run))
        os._exit(0)
    _, code = os.waitpid(child, 0)
    if code != 0 and not os.WIFSIGNALED(code):
        raise AssertionError(code)
    return code != 0


if __name__ == "__main__":
    command, given_host, given_folder, database = sys.argv[1:]
    told: list[str] = []
    run = Run(there=addresses(given_host, database), folder=Path(given_folder), progress=told.append)
    if command == "kill":
        for line in sys.stdin:
            print("killed" if is_killed_at(int(line), run) else "finished", flush=True)
    else:
        print(asyncio.run(migrate.forwards(run)), "waiting" in str(told))
