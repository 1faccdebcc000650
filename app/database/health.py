"""Is the database there, what does it run, how full is it, has it every migration."""

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.core import clock
from app.database import history
from app.database.engine import db
from app.database.registry import MIGRATIONS

_MB: Final = 1024 * 1024
LOW_DISK: Final = 500 * _MB
LEAST_DISK: Final = 64 * _MB  # a few segments of the write-ahead log: without room for the next, PostgreSQL stops


@dataclass(frozen=True, slots=True)
class Database:
    """What the database says of itself."""

    version: str
    vector: str
    size: int
    answered_in: float


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk under the data directory."""

    free: int
    total: int

    @property
    def limit(self) -> int:
        """Below this nothing more is written: 500 MB, on a small disk one part in twenty, but never next to nothing."""
        return min(LOW_DISK, max(self.total // 20, LEAST_DISK))

    @property
    def is_low(self) -> bool:
        return self.free < self.limit


_ASKED = """
    select current_setting('server_version') as version,
           coalesce((select extversion from pg_extension where extname = 'vector'), '') as vector,
           pg_database_size(current_database()) as size
"""
_ROOM = """
    select current_setting('max_connections')::integer
           - current_setting('superuser_reserved_connections')::integer as most,
           (select count(*)::integer from pg_stat_activity
            where backend_type = 'client backend' and usename is distinct from current_user) as used
"""


async def database() -> Database:
    """Ask; raises Unavailable where nobody answers."""
    start = clock.monotonic()
    row = (await db.fetch(_ASKED))[0]
    return Database(row["version"].split(" ")[0], row["vector"], row["size"], clock.since(start))


async def room() -> tuple[int, int]:
    """How many connections the server allows to ordinary roles, and how many others are there, ours aside."""
    row = (await db.fetch(_ROOM))[0]
    return row["most"], row["used"]


@cache
def _known() -> tuple[str, ...]:
    """The migrations that this release brings; they do not change while it runs."""
    return tuple(migration.id for migration in history.in_folder(MIGRATIONS))


async def pending() -> list[str]:
    """The migrations that the database has not behind it, or not wholly."""
    behind = await _behind()
    return [migration for migration in _known() if not behind.get(migration)]


async def newest() -> str:
    """The migration that the database is at."""
    return next(reversed(await _behind()), "")


async def _behind() -> dict[str, bool]:
    async with db.transaction() as unit:
        return await history.applied(unit.connection)


def disk(directory: Path) -> Disk:
    """How much is left."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    usage = shutil.disk_usage(there)
    return Disk(usage.free, usage.total)
