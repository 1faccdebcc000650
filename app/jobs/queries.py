"""Every statement on jobs. Leases run on the database's clock, so hosts whose clocks differ still agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.core.ids import new_id
from app.core.paging import Cursor
from app.database.engine import db


@dataclass(frozen=True, slots=True)
class Taken:
    """A job as a worker gets it. `attempts` is its epoch: a run with an older number cannot write any more."""

    id: UUID
    kind: str
    payload: Mapping[str, Any]
    user_id: UUID | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A job as an administrator sees it. The payload stays inside: it may be somebody's own words."""

    id: UUID
    kind: str
    state: str
    user_id: UUID | None
    attempts: int
    most_attempts: int
    progress: int
    worker: str
    error: str | None
    run_after: datetime
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is to be enqueued."""

    kind: str
    payload: Mapping[str, Any]
    user_id: UUID | None
    unique_key: str | None
    run_after: datetime | None
    most_attempts: int


_INSERT = """
    insert into jobs (id, kind, payload, user_id, unique_key, run_after, most_attempts)
    values ($1, $2, $3, $4, $5, coalesce($6, now()), $7)
    on conflict (unique_key) do nothing
    returning id
"""
_TAKE = """
    with due as (
        select id from jobs
        where state = 'READY' and run_after <= now() and kind = any($1)
        order by run_after, id
        limit $2
        for update skip locked
    )
    update jobs
    set state = 'RUNNING', attempts = attempts + 1, progress = 0, worker = $3,
        lease_until = now() + $4 * interval '1 second'
    from due where jobs.id = due.id
    returning jobs.id, kind, payload, user_id, attempts
"""
_RECLAIM = """
    with lost as (
        select id from jobs where state = 'RUNNING' and lease_until < now() for update skip locked
    )
    update jobs
    set state = case when attempts < most_attempts then 'READY' else 'DEAD' end,
        finished_at = case when attempts < most_attempts then null else now() end,
        run_after = now(), lease_until = null, error = $1
    from lost where jobs.id = lost.id
    returning jobs.id
"""
_RENEW = """
    update jobs set lease_until = now() + $3 * interval '1 second'
    where state = 'RUNNING' and (id, attempts) in (select * from unnest($1::uuid[], $2::integer[]))
    returning id
"""
_FINISH = """
    update jobs set state = 'DONE', progress = 100, error = null, lease_until = null, finished_at = now()
    where id = $1 and attempts = $2 and state = 'RUNNING'
    returning id
"""
_FAIL = """
    update jobs
    set state = case when attempts < most_attempts then 'READY' else 'DEAD' end,
        finished_at = case when attempts < most_attempts then null else now() end,
        run_after = now() + $3 * interval '1 second', lease_until = null, error = $4
    where id = $1 and attempts = $2 and state = 'RUNNING'
    returning state
"""
# A stop is no fault of the job: the try that it took is given back by allowing one more, since the epoch only grows.
_GIVE_BACK = """
    update jobs
    set state = 'READY', run_after = now(), lease_until = null, progress = 0, most_attempts = most_attempts + 1
    where id = $1 and attempts = $2 and state = 'RUNNING'
    returning id
"""
_PROGRESS = "update jobs set progress = $3 where id = $1 and attempts = $2 and state = 'RUNNING' returning id"
_BY_STATE = """
    select id, kind, state, user_id, attempts, most_attempts, progress, worker, error,
           run_after, created_at, finished_at
    from jobs
    where state = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
    order by created_at desc, id desc
    limit $4
"""
_AGAIN = """
    update jobs
    set state = 'READY', run_after = now(), finished_at = null, progress = 0, most_attempts = attempts + $2
    where id = $1 and state = 'DEAD'
    returning id
"""
_WAITING = """
    select coalesce(extract(epoch from now() - min(run_after)), 0)::float8
    from jobs where state = 'READY' and run_after <= now()
"""
_SWEEP = """
    with old as (
        select id from jobs
        where state = $1 and finished_at < now() - $2 * interval '1 hour' and not (coalesce(unique_key, '') = any($3))
        limit 5000
        for update skip locked
    )
    delete from jobs using old where jobs.id = old.id returning jobs.id
"""


async def insert(job: NewJob) -> UUID | None:
    """The id of the new job; None where one with its key is there already."""
    payload = msgspec.json.encode(job.payload).decode()
    values = (new_id(), job.kind, payload, job.user_id, job.unique_key, job.run_after, job.most_attempts)
    found: UUID | None = await db.fetch_value(_INSERT, *values)
    return found


async def take(kinds: Sequence[str], most: int, worker: str, lease: float) -> list[Taken]:
    """Up to `most` jobs that are due, leased to this worker alone."""
    rows = await db.fetch(_TAKE, kinds, most, worker, lease)
    return [Taken(**{**row, "payload": msgspec.json.decode(row["payload"])}) for row in rows]


async def reclaim(error: str) -> int:
    """Free the jobs whose worker has not been heard of for the length of a lease; how many there were."""
    return len(await db.fetch(_RECLAIM, error))


async def renew(running: Mapping[UUID, int], lease: float) -> set[UUID]:
    """Which of these (id → attempt) are still the worker's own, now for another lease."""
    rows = await db.fetch(_RENEW, list(running), list(running.values()), lease)
    return {row["id"] for row in rows}


async def finish(job: UUID, attempt: int) -> bool:
    """It is done; False where this run no longer counts."""
    return bool(await db.fetch(_FINISH, job, attempt))


async def fail(job: UUID, attempt: int, pause: float, error: str) -> str | None:
    """It failed, and is tried again after a pause or is dead; its state, None where this run no longer counts."""
    state: str | None = await db.fetch_value(_FAIL, job, attempt, pause, error)
    return state


async def give_back(job: UUID, attempt: int) -> bool:
    """The worker stops, so that another one has to do it."""
    return bool(await db.fetch(_GIVE_BACK, job, attempt))


async def note_progress(job: UUID, attempt: int, percent: int) -> bool:
    """How far it is; False where this run no longer counts."""
    return bool(await db.fetch(_PROGRESS, job, attempt, percent))


async def in_state(state: str, after: Cursor | None, most: int) -> list[Listed]:
    """Jobs in this state, newest first."""
    rows = await db.fetch(_BY_STATE, state, after and after.at, after and after.id, most)
    return [Listed(**row) for row in rows]


async def again(job: UUID, tries: int) -> bool:
    """Let a dead job have so many more tries; False where it is not dead."""
    return bool(await db.fetch(_AGAIN, job, tries))


async def remove(job: UUID) -> bool:
    """Forget a job that is not running; False where there is none."""
    return bool(await db.fetch("delete from jobs where id = $1 and state <> 'RUNNING' returning id", job))


async def remove_of(user_id: UUID) -> None:
    """Forget what was to be done, or was done, for this person."""
    await db.fetch("delete from jobs where user_id = $1 and state <> 'RUNNING'", user_id)


async def counts() -> dict[str, int]:
    """How many jobs are in each state."""
    rows = await db.fetch("select state, count(*) as count from jobs group by state")
    return {row["state"]: row["count"] for row in rows}


async def longest_wait() -> float:
    """For how many seconds the oldest job that is due has been waiting."""
    return float(await db.fetch_value(_WAITING))


async def sweep(state: str, hours: int, keep: Sequence[str]) -> int:
    """Delete some of the jobs that ended in this state longer ago, except those with these keys; how many."""
    return len(await db.fetch(_SWEEP, state, hours, keep))
