"""Who does which kind of work, and what a handler knows of the job that it is given."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core import log
from app.jobs import queries
from app.jobs.queries import Taken

LONGEST_MINUTES = 60


class LeaseLost(Exception):
    """Another worker has this job now; whatever this one still finds out does not count."""


class TookTooLong(Exception):
    """The run was ended because it did not end by itself."""


class RunningJob:
    """One job in the hands of one worker. It may be run again after a crash, so a handler is idempotent."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken

    @property
    def id(self) -> UUID:
        return self._taken.id

    @property
    def kind(self) -> str:
        return self._taken.kind

    @property
    def payload(self) -> Mapping[str, Any]:
        return self._taken.payload

    @property
    def user_id(self) -> UUID | None:
        return self._taken.user_id

    @property
    def attempt(self) -> int:
        """Which try this is, from 1. It is also what tells this run from any other: it only ever grows."""
        return self._taken.attempts

    async def progress(self, percent: int) -> None:
        """Say how far it is. Seen at once, also from inside a unit of work, and refused where the lease is lost."""
        noting = queries.note_progress(self.id, self.attempt, min(max(percent, 0), 100))
        if not await asyncio.create_task(noting, context=Context()):
            raise LeaseLost


Handler = Callable[[RunningJob], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Registered:
    handler: Handler
    seconds: float


_handlers: dict[str, _Registered] = {}


def register(kind: str, handler: Handler, *, minutes: float = LONGEST_MINUTES) -> None:
    """Let this handler do the work of this kind; a run that takes longer than `minutes` has failed."""
    known = _handlers.get(kind)
    if known is not None and known.handler is not handler:
        message = f"Two handlers want the jobs of kind {kind}"
        raise ValueError(message)
    _handlers[kind] = _Registered(handler, minutes * 60)


def kinds() -> list[str]:
    """What can be done here. A worker leaves alone what it does not know: a newer one may."""
    return list(_handlers)


async def run(job: RunningJob) -> None:
    """Do the work of this job."""
    registered = _handlers[job.kind]
    log.request_id.set(f"job-{job.id}")
    limit = asyncio.timeout(registered.seconds)
    try:
        async with limit:
            await registered.handler(job)
    except TimeoutError as late:
        if limit.expired():
            message = f"It took longer than {registered.seconds / 60:g} minutes."
            raise TookTooLong(message) from late
        raise
