"""The migrations that lie in the folder, and those that a database has behind it.

The names are read from the files' text: at an ordinary start nothing is pending, and importing migrations would cost
more than all the rest.
"""

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from app.core import clock
from app.core.errors import AppError
from app.database.registry import NAME
from app.database.schema import HISTORY

# A migration whose indexes are still to be built has a second row under this name.
UNFINISHED: Final = "commonplace: indexes to build"
_CREATE: Final = f"""
    create table if not exists {HISTORY} (
        id serial primary key,
        name varchar(200) not null default '',
        app_name varchar(200) not null default '',
        ran_on timestamp not null default current_timestamp
    )
"""
_LINES: Final = re.compile(r"^(ID|DESCRIPTION) = ([\"'])(.*)\2$", re.MULTILINE)
_INDEX: Final = re.compile(
    r"\s*create (?:unique )?index concurrently if not exists (\w+) on [^;]+|"
    r"\s*drop index concurrently if exists (\w+)\s*",
    re.IGNORECASE,
)


class UnusableMigration(AppError):
    """A file in the folder that is no migration."""

    code = "UNUSABLE_MIGRATION"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the folder."""

    id: str
    description: str
    path: Path

    def module(self) -> ModuleType:
        """The file, run."""
        spec = importlib.util.spec_from_file_location(f"migration_{self.path.stem}", self.path)
        if spec is None or spec.loader is None:
            raise UnusableMigration("%(path)s cannot be loaded.", path=self.path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def in_folder(folder: Path) -> list[Migration]:
    """Every migration, oldest first."""
    return sorted((_read(path) for path in folder.glob("*.py") if path.stem != "__init__"), key=lambda found: found.id)


def _read(path: Path) -> Migration:
    named = {name: value for name, _, value in _LINES.findall(path.read_text())}
    if "ID" not in named:
        raise UnusableMigration('%(path)s has no line ID = "…", so it is no migration. Remove it.', path=path)
    return Migration(named["ID"], named.get("DESCRIPTION", ""), path)


def index_name(statement: str) -> str:
    """The index that a statement of CONCURRENT builds or drops; such a statement must bear being run twice."""
    found = _INDEX.fullmatch(statement)
    if found is None:
        message = (
            "CONCURRENT takes only CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON … and "
            "DROP INDEX CONCURRENTLY IF EXISTS name: %(statement)s"
        )
        raise UnusableMigration(message, statement=statement)
    return found[1] or found[2]


async def create(connection: Any) -> None:
    """The table of what ran, in Piccolo's own shape."""
    await connection.execute(_CREATE)


async def applied(connection: Any) -> dict[str, bool]:
    """What ran, and whether it is finished, its indexes included."""
    query = f"select name, app_name from {HISTORY} where app_name = any($1) order by id"  # noqa: S608 - a constant
    if await connection.fetchval("select to_regclass($1)", f"public.{HISTORY}") is None:
        return {}  # asked for first: a failure would end the transaction that this may be part of
    rows = await connection.fetch(query, [NAME, UNFINISHED])
    unfinished = {row["name"] for row in rows if row["app_name"] == UNFINISHED}
    return {row["name"]: row["name"] not in unfinished for row in rows if row["app_name"] == NAME}


async def note(connection: Any, migration: Migration, *, indexes: bool) -> None:
    """Write down that it ran; in the same transaction."""
    moment = clock.now().replace(tzinfo=None)
    for app in (NAME, UNFINISHED) if indexes else (NAME,):
        statement = f"insert into {HISTORY} (name, app_name, ran_on) values ($1, $2, $3)"  # noqa: S608 - a constant
        await connection.execute(statement, migration.id, app, moment)


async def forget(connection: Any, migration: Migration, apps: Sequence[str]) -> None:
    """Write down that it, or the rest of it, is no longer so."""
    statement = f"delete from {HISTORY} where name = $1 and app_name = any($2)"  # noqa: S608 - a constant
    await connection.execute(statement, migration.id, list(apps))
