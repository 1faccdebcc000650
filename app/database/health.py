"""Is the database there, what does it run, how full is it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from app.core import clock
from app.database.engine import db

LOW_DISK = 500 * 1024 * 1024


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
    def is_low(self) -> bool:
        """Less than 500 MB, or less than one part in twenty of a small disk."""
        return self.free < min(LOW_DISK, self.total // 20)


_ASKED = """
    select current_setting('server_version') as version,
           coalesce((select extversion from pg_extension where extname = 'vector'), '') as vector,
           pg_database_size(current_database()) as size
"""


async def database() -> Database:
    """Ask; raises Unavailable where nobody answers."""
    start = clock.monotonic()
    row = (await db.fetch(_ASKED))[0]
    return Database(row["version"].split(" ")[0], row["vector"], row["size"], clock.since(start))


def disk(directory: Path) -> Disk:
    """How much is left."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    usage = shutil.disk_usage(there)
    return Disk(usage.free, usage.total)
