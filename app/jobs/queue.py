"""Work for later: written in the caller's transaction, so that it is there exactly when its reason is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from app.database.engine import db
from app.jobs import queries
from app.jobs.queries import NewJob

MOST_ATTEMPTS = 5
_ears: list[Callable[[], None]] = []


async def later(
    kind: str,
    payload: Mapping[str, Any] | None = None,
    *,
    user_id: UUID | None = None,
    unique_key: str | None = None,
    run_after: datetime | None = None,
    most_attempts: int = MOST_ATTEMPTS,
) -> UUID | None:
    """Enqueue a job; its id, or None where one with this key is still known (a day after it was done, at most)."""
    job = await queries.insert(NewJob(kind, payload or {}, user_id, unique_key, run_after, most_attempts))
    if job is not None:
        wake()
    return job


def wake() -> None:
    """Let the workers of this process look at once, or as soon as the present unit of work is committed."""
    db.after_commit(_tell)


def _tell() -> None:
    for ear in _ears:
        ear()


@contextmanager
def heard_by(ear: Callable[[], None]) -> Iterator[None]:
    """Call this whenever a job of this process has been committed."""
    _ears.append(ear)
    try:
        yield
    finally:
        _ears.remove(ear)
