"""What an administrator may know of jobs and do with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.core.errors import NotFound
from app.core.paging import Cursor, Page, page_size
from app.jobs import queries
from app.jobs.queries import Listed
from app.jobs.queue import MOST_ATTEMPTS, wake

__all__ = ["STATES", "Figures", "Listed", "again", "figures", "forget_person", "in_state", "remove"]

STATES = ("READY", "RUNNING", "DONE", "DEAD")


@dataclass(frozen=True, slots=True)
class Figures:
    """How many jobs are in each state, and for how many seconds the oldest that is due has been waiting."""

    counts: Mapping[str, int]
    longest_wait: float


async def figures() -> Figures:
    """For health and metrics."""
    counts = await queries.counts()
    return Figures({state: counts.get(state, 0) for state in STATES}, await queries.longest_wait())


async def in_state(state: str, after: Cursor | None = None, size: int | None = None) -> Page[Listed]:
    """Jobs in this state, newest first; an unknown state has none."""
    most = page_size(size)
    rows = await queries.in_state(state, after, most + 1)
    return Page.of(rows, most, lambda job: Cursor(job.created_at, job.id))


async def again(job: UUID) -> None:
    """Give a dead job as many tries as a new one has."""
    if not await queries.again(job, MOST_ATTEMPTS):
        raise NotFound
    wake()


async def remove(job: UUID) -> None:
    """Forget a job. One that is running stays."""
    if not await queries.remove(job):
        raise NotFound


async def forget_person(user_id: UUID) -> None:
    """Forget everything that was to be done for this person."""
    await queries.remove_of(user_id)
