"""What an administrator sees of jobs, and may do."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core import events
from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.paging import Cursor
from app.database.engine import db
from app.jobs import listeners, service
from app.jobs.queue import later
from tests.jobs.workers import failing, make_due, noting, reach, row_of, until, working

pytestmark = pytest.mark.usefixtures("database")


async def _dead(kind: str) -> UUID:
    job = await later(kind)
    await db.fetch("update jobs set state = 'DEAD', attempts = 5, error = 'no', finished_at = now() where id = $1", job)
    assert job is not None
    return job


async def test_figures_count_every_state_also_those_without_a_job(kind: str) -> None:
    await _dead(kind)
    await later(kind)
    await later(kind)
    assert (await service.figures()).counts == {"READY": 2, "RUNNING": 0, "DONE": 0, "DEAD": 1}


async def test_the_oldest_wait_counts_from_when_a_job_became_due(kind: str) -> None:
    assert (await service.figures()).longest_wait == 0
    await later(kind, run_after=now() + timedelta(hours=1))
    assert (await service.figures()).longest_wait == 0
    await later(kind, run_after=now() - timedelta(seconds=90))
    assert (await service.figures()).longest_wait == pytest.approx(90, abs=20)


async def test_a_list_is_paged_without_holes_and_doubles(kind: str) -> None:
    jobs = [await later(kind, {"n": n}) for n in range(7)]
    found, after = [], None
    for _ in range(3):
        page = await service.in_state("READY", after, 3)
        found += [job.id for job in page.rows]
        after = page.next
    assert found == jobs[::-1]
    assert after is None


async def test_jobs_of_one_transaction_are_paged_too(kind: str) -> None:
    await db.fetch("insert into jobs (kind, created_at) select 'x', '2026-01-01' from generate_series(1, 5)")
    first = await service.in_state("READY", None, 3)
    second = await service.in_state("READY", first.next, 3)
    assert len({job.id for job in (*first.rows, *second.rows)}) == 5


async def test_an_unknown_state_has_no_jobs(kind: str) -> None:
    await later(kind)
    page = await service.in_state("x' or true --", Cursor(now(), new_id()))
    assert list(page.rows) == []


async def test_a_dead_job_can_be_run_again(kind: str) -> None:
    job = await _dead(kind)
    noting(kind)
    async with working():
        await service.again(job)
        row = await reach(job, "DONE")
    assert row["attempts"] == 6


async def test_a_dead_job_that_is_run_again_has_all_its_tries(kind: str) -> None:
    failing(kind, ValueError("still"))
    job = await _dead(kind)
    await service.again(job)

    async def is_dead() -> bool:
        await make_due()
        return bool((await row_of(job))["state"] == "DEAD")

    async with working():
        await until(is_dead)
    assert (await row_of(job))["attempts"] == 10


async def test_only_a_dead_job_can_be_run_again(kind: str) -> None:
    job = await later(kind)
    for known in (job, new_id()):
        assert known is not None
        with pytest.raises(NotFound):
            await service.again(known)


async def test_a_job_can_be_removed_unless_it_runs(kind: str) -> None:
    job = await _dead(kind)
    await service.remove(job)
    with pytest.raises(NotFound):
        await service.remove(job)
    running = await later(kind)
    assert running is not None
    await db.fetch("update jobs set state = 'RUNNING' where id = $1", running)
    with pytest.raises(NotFound):
        await service.remove(running)


async def test_the_jobs_of_an_erased_person_go(kind: str) -> None:
    listeners.subscribe_all()
    person, other = new_id(), new_id()
    await later(kind, user_id=person)
    kept = await later(kind, user_id=other)
    await events.publish(events.PersonErased(person))
    assert [row["id"] for row in await db.fetch("select id from jobs where kind = $1", kind)] == [kept]
