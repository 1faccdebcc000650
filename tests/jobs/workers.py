"""Workers and handlers for the tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from app.database.engine import db
from app.jobs.handlers import RunningJob, register
from app.jobs.queue import wake
from app.jobs.schedule import Timetable
from app.jobs.worker import Worker


@asynccontextmanager
async def working(slots: int = 4, lease: float = 30.0, plan: Timetable | None = None) -> AsyncIterator[asyncio.Event]:
    """A worker for as long as the block lasts. Whatever it is doing then, it has to be gone in ten seconds."""
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(slots, lease, plan or Timetable()).run(stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


def noting(kind: str) -> list[RunningJob]:
    """Register a handler that only remembers what it was given."""
    seen: list[RunningJob] = []

    async def note(job: RunningJob) -> None:
        seen.append(job)

    register(kind, note)
    return seen


def failing(kind: str, failure: BaseException) -> None:
    """Register a handler that raises this."""

    async def fail(_job: RunningJob) -> None:
        raise failure

    register(kind, fail)


class Endless:
    """A handler that never ends by itself, and tells when it began and how often it was cancelled."""

    def __init__(self, kind: str) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()
        register(kind, self)

    async def __call__(self, _job: RunningJob) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def until(is_so: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not await is_so():
            await asyncio.sleep(0.02)


async def row_of(job: UUID | None) -> dict[str, Any]:
    """The job as it lies in the database."""
    row = await db.fetch_one("select * from jobs where id = $1", job)
    assert row is not None
    return dict(row)


async def reach(job: UUID | None, state: str) -> dict[str, Any]:
    """The job, once it is in this state."""

    async def is_there() -> bool:
        return bool((await row_of(job))["state"] == state)

    await until(is_there)
    return await row_of(job)


async def make_due() -> None:
    """Let no job wait any longer."""
    await db.fetch("update jobs set run_after = now() where state = 'READY'")
    wake()
