"""Whether this process can do its work: asked by load balancers, by operators, by the administrators' pages."""

import asyncio
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final

from app import __version__
from app.core import clock
from app.core.errors import Unavailable
from app.core.settings import settings
from app.database import health
from app.database.engine import db
from app.database.health import Database, Disk
from app.jobs import service as jobs
from app.jobs.service import Figures
from app.web.readonly import saving

FRESH_FOR: Final = 1.0
WITHIN: Final = 1.0
STARTED: Final = clock.monotonic()


@dataclass(frozen=True, slots=True)
class Pool:
    """Connections: in use, open, allowed."""

    used: int
    open: int
    most: int

    @property
    def share(self) -> float:
        return self.used / self.most if self.most else 0.0


@dataclass(frozen=True, slots=True)
class Readings:
    """What was found at one moment. Without a database, what it would have told is missing."""

    pool: Pool
    disk: Disk
    trouble: str = ""
    database: Database | None = None
    pending: tuple[str, ...] = ()
    jobs: Figures | None = None

    @property
    def is_ready(self) -> bool:
        return not self.trouble and not self.pending


class _Latest:
    """The newest readings. However often they are asked for, the database is asked once a second."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Readings] | None = None
        self._read_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def get(self) -> Readings:
        """Perhaps a second old."""
        if self._task is None or self._is_old():
            self._loop, self._read_at = asyncio.get_running_loop(), clock.monotonic()
            self._task = asyncio.create_task(_read(), context=Context())
        return await asyncio.shield(self._task)

    def _is_old(self) -> bool:
        is_over = self._task is not None and self._task.done() and clock.since(self._read_at) > FRESH_FOR
        return is_over or self._loop is not asyncio.get_running_loop()

    def forget(self) -> None:
        """Ask again next time."""
        self._task = None


latest: Final = _Latest()
readings: Final = latest.get


async def _read() -> Readings:
    disk = health.disk(settings().data_dir)
    try:
        async with asyncio.timeout(WITHIN):
            database = await health.database()
            pending = tuple(await health.pending())
            queue = None if pending else await jobs.figures()
    except Unavailable:
        return Readings(_pool(), disk, "away")
    except TimeoutError:
        return Readings(_pool(), disk, "busy" if _pool().share >= 1 else "slow")
    return Readings(_pool(), disk, "", database, pending, queue)


def _pool() -> Pool:
    return Pool(*db.use())


def uptime() -> float:
    """Seconds since this process began."""
    return clock.since(STARTED)


def told(found: Readings) -> dict[str, Any]:
    """The readings for programs: nothing of where things are, nothing of anybody."""
    return {
        "status": "ready" if found.is_ready else "unavailable",
        "version": __version__,
        "uptime_s": round(uptime(), 1),
        "database": _database(found),
        "migrations": {"at_head": None if found.database is None else not found.pending, "pending": len(found.pending)},
        "pool": {"used": found.pool.used, "open": found.pool.open, "most": found.pool.most},
        "disk": {"free_bytes": found.disk.free, "total_bytes": found.disk.total, "read_only": saving.rests},
        "jobs": _jobs(found.jobs),
    }


def _database(found: Readings) -> dict[str, Any]:
    if found.database is None:
        return {"state": found.trouble}
    answered = round(found.database.answered_in * 1000, 2)
    return {
        "state": "there",
        "version": found.database.version,
        "pgvector": found.database.vector or None,
        "answered_ms": answered,
    }


def _jobs(found: Figures | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "waiting": found.counts["READY"],
        "running": found.counts["RUNNING"],
        "dead": found.counts["DEAD"],
        "oldest_waiting_s": round(found.longest_wait, 1),
    }
