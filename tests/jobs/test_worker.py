"""A worker runs what is due, once, and writes down how it ended."""

import asyncio
import logging
from functools import partial
from uuid import UUID

import pytest

from app.core import log
from app.core.clock import now, timedelta
from app.core.ids import new_id
from app.core.patience import FOR_A_JOB, patience
from app.database.connection import connected
from app.database.embedded import Cluster
from app.database.engine import atomic, db
from app.jobs import queries
from app.jobs.handlers import LeaseLost, RunningJob, TookTooLong, register
from app.jobs.queue import later
from app.jobs.worker import Worker
from tests.jobs.workers import Endless, failing, make_due, noting, reach, row_of, until, working
from tests.line import impatient

pytestmark = pytest.mark.usefixtures("database")


async def test_a_handler_gets_what_was_given_to_the_job(kind: str) -> None:
    person, seen = new_id(), noting(kind)
    job = await later(kind, {"name": "Ünï", "list": [1, None]}, user_id=person)
    async with working():
        await reach(job, "DONE")
    assert [(run.id, run.payload, run.user_id, run.attempt) for run in seen] == [
        (job, {"name": "Ünï", "list": [1, None]}, person, 1)
    ]


async def test_a_job_that_is_done_says_so(kind: str) -> None:
    noting(kind)
    job = await later(kind)
    async with working():
        row = await reach(job, "DONE")
    assert row["progress"] == 100
    assert row["finished_at"] is not None
    assert row["lease_until"] is None


async def test_a_worker_is_woken_by_a_job_of_its_own_process(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = noting(kind)
    monkeypatch.setattr("app.jobs.worker._LOOK_EVERY", 3600.0)
    async with working():
        await asyncio.sleep(0.3)  # it has looked once, and would look again only in an hour
        job = await later(kind)
        await reach(job, "DONE")
    assert [run.id for run in seen] == [job]


async def test_a_worker_finds_what_another_process_enqueued(kind: str) -> None:
    seen = noting(kind)
    async with working():
        await asyncio.sleep(0.3)
        job = await later(kind, run_after=now() + timedelta(seconds=0.1))  # its bell rings too early
        await reach(job, "DONE")
    assert [run.id for run in seen] == [job]


async def test_progress_is_seen_while_the_job_runs_also_from_inside_a_transaction(kind: str) -> None:
    seen = asyncio.Event()

    async def handler(job: RunningJob) -> None:
        async with atomic():
            await db.fetch("select 1")
            await job.progress(42)
            await seen.wait()

    register(kind, handler)
    job = await later(kind)
    async with working():
        await until(lambda: _has_progress(job))
        while_it_ran = await row_of(job)
        seen.set()
        await reach(job, "DONE")
    assert (while_it_ran["state"], while_it_ran["progress"]) == ("RUNNING", 42)


async def _has_progress(job: UUID | None) -> bool:
    return bool((await row_of(job))["progress"] > 0)


async def test_the_log_of_a_job_carries_its_number(kind: str) -> None:
    numbers: list[str] = []

    async def handler(_job: RunningJob) -> None:
        numbers.append(log.request_id.get())

    register(kind, handler)
    job = await later(kind)
    async with working():
        await reach(job, "DONE")
    assert numbers == [f"job-{job}"]


async def test_a_job_is_patient_with_the_database_also_where_an_impatient_one_asked_for_it(kind: str) -> None:
    seen: list[float] = []

    async def handler(_job: RunningJob) -> None:
        seen.append(patience.get())

    register(kind, handler)
    with impatient(5):
        job = await later(kind)
        async with working():
            await reach(job, "DONE")
    assert seen == [FOR_A_JOB]


async def test_a_job_that_fails_is_tried_again_later(kind: str) -> None:
    failing(kind, ValueError("not today"))
    job = await later(kind)
    async with working():
        await until(lambda: _failed(job))
    row = await row_of(job)
    waits = await db.fetch_value("select extract(epoch from run_after - now()) from jobs where id = $1", job)
    assert (row["state"], row["attempts"]) == ("READY", 1)
    assert 5 < waits < 16


async def _failed(job: UUID | None) -> bool:
    return (await row_of(job))["error"] is not None


async def test_a_job_that_always_fails_is_dead_after_its_tries_and_says_why(kind: str) -> None:
    failing(kind, ValueError("password=hunter22 was refused"))
    job = await later(kind, most_attempts=3)
    async with working():
        for attempt in range(1, 4):
            await until(partial(_tried, job, attempt))
            await make_due()
        row = await reach(job, "DEAD")
    assert row["attempts"] == 3
    assert row["finished_at"] is not None
    assert row["error"].startswith("ValueError: password=… was refused (workers.py:")


async def _tried(job: UUID | None, times: int) -> bool:
    row = await row_of(job)
    return bool(row["attempts"] >= times and row["state"] in ("READY", "DEAD"))


async def test_what_went_wrong_before_is_forgotten_when_it_goes_well(kind: str) -> None:
    failures = [OSError("gone"), None]

    async def handler(_job: RunningJob) -> None:
        if failure := failures.pop(0):
            raise failure

    register(kind, handler)
    job = await later(kind)
    async with working():
        await until(lambda: _tried(job, 1))
        await make_due()
        row = await reach(job, "DONE")
    assert (row["attempts"], row["error"]) == (2, None)


async def test_a_handler_that_takes_too_long_has_failed(kind: str) -> None:
    endless = Endless(f"{kind}.unused")
    register(kind, endless.__call__, minutes=0.001)
    job = await later(kind, most_attempts=1)
    async with working():
        row = await reach(job, "DEAD")
    assert row["error"].startswith(f"{TookTooLong.__name__}: It took longer than")


async def test_a_handler_that_cancels_itself_has_failed(kind: str) -> None:
    failing(kind, asyncio.CancelledError())
    job = await later(kind, most_attempts=1)
    async with working():
        row = await reach(job, "DEAD")
    assert row["error"] == "CancelledError: It was cancelled."


async def test_a_failing_job_does_not_hold_up_the_others(kind: str) -> None:
    failing(f"{kind}.bad", RuntimeError("no"))
    noting(kind)
    bad = await later(f"{kind}.bad")
    good = await later(kind)
    async with working(slots=1):
        await reach(good, "DONE")
    assert (await row_of(bad))["error"].startswith("RuntimeError: no")


async def test_as_many_jobs_run_at_once_as_there_are_slots(kind: str) -> None:
    running, most = 0, 0

    async def handler(_job: RunningJob) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1

    register(kind, handler)
    jobs = [await later(kind) for _ in range(9)]
    async with working(slots=3):
        for job in jobs:
            await reach(job, "DONE")
    assert most == 3


# Stopping -------------------------------------------------------------------------------------------------------------


async def test_a_job_that_runs_when_the_worker_stops_goes_back_to_the_queue(kind: str) -> None:
    endless = Endless(kind)
    job = await later(kind, most_attempts=1)
    async with working():
        await endless.begun.wait()
    row = await row_of(job)
    assert endless.cancelled.is_set()
    assert (row["state"], row["error"], row["lease_until"]) == ("READY", None, None)
    assert row["most_attempts"] - row["attempts"] == 1  # to be stopped costs no try


async def test_a_job_that_is_nearly_done_when_the_worker_stops_is_finished(kind: str) -> None:
    begun = asyncio.Event()

    async def handler(_job: RunningJob) -> None:
        begun.set()
        await asyncio.sleep(0.3)

    register(kind, handler)
    job = await later(kind)
    async with working():
        await begun.wait()
    assert (await row_of(job))["state"] == "DONE"


async def test_a_job_that_refuses_to_stop_is_left_to_its_lease(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    over = asyncio.Event()

    async def handler(_job: RunningJob) -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    register(kind, handler)
    job = await later(kind)
    async with working():
        await reach(job, "RUNNING")
    assert (await row_of(job))["state"] == "RUNNING"
    assert "does not stop" in caplog.text
    over.set()


async def test_a_worker_whose_task_is_cancelled_gives_its_jobs_back_too(kind: str) -> None:
    endless = Endless(kind)
    job = await later(kind)
    task = asyncio.create_task(Worker(1).run(asyncio.Event()))
    await endless.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await row_of(job))["state"] == "READY"


# Leases ---------------------------------------------------------------------------------------------------------------


async def test_a_lease_is_renewed_for_as_long_as_the_job_runs(kind: str) -> None:
    endless = Endless(kind)
    job = await later(kind)
    async with working(lease=0.6), working(lease=0.6):
        await endless.begun.wait()
        await asyncio.sleep(1.5)
        row = await row_of(job)
        assert (row["state"], row["attempts"]) == ("RUNNING", 1)
        assert not endless.cancelled.is_set()


async def _taken(kind: str, lease: float) -> queries.Taken:
    return (await queries.take([kind], 1, "by hand", lease))[0]


async def test_a_worker_that_lost_its_lease_can_settle_nothing(kind: str) -> None:
    job = await later(kind)
    assert job is not None
    slow = await _taken(kind, 0.0)
    assert await queries.reclaim("lost") == 1
    quick = await _taken(kind, 30.0)
    assert quick.attempts == slow.attempts + 1
    assert not await queries.finish(job, slow.attempts)
    assert await queries.fail(job, slow.attempts, 0, "late") is None
    assert not await queries.give_back(job, slow.attempts)
    assert not await queries.note_progress(job, slow.attempts, 50)
    assert await queries.renew({job: slow.attempts}, 30) == set()
    assert await queries.finish(job, quick.attempts)


async def test_progress_that_comes_too_late_ends_the_handler(kind: str) -> None:
    job = await later(kind)
    slow = RunningJob(await _taken(kind, 0.0))
    await queries.reclaim("lost")
    with pytest.raises(LeaseLost):
        await slow.progress(50)
    assert (await row_of(job))["progress"] == 0


async def test_a_handler_whose_lease_went_to_another_is_cancelled_and_settles_nothing(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    endless = Endless(kind)
    job = await later(kind)
    async with working(lease=0.6):
        await endless.begun.wait()
        await db.fetch("update jobs set attempts = attempts + 1, worker = 'another' where id = $1", job)
        await asyncio.wait_for(endless.cancelled.wait(), 10)
    row = await row_of(job)
    assert (row["state"], row["attempts"], row["worker"]) == ("RUNNING", 2, "another")
    assert "Lost the lease" in caplog.text


async def test_a_job_whose_worker_always_dies_is_dead_in_the_end(kind: str) -> None:
    job = await later(kind, most_attempts=2)
    for _ in range(2):
        await _taken(kind, 0.0)
        await queries.reclaim("Nobody heard of its worker any more.")
    row = await row_of(job)
    assert (row["state"], row["error"]) == ("DEAD", "Nobody heard of its worker any more.")


# Trouble --------------------------------------------------------------------------------------------------------------


async def test_b27_a_worker_outlives_what_breaks_its_round_and_says_so_once(
    kind: str, cluster: Cluster, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    noting(kind)
    monkeypatch.setattr("app.jobs.worker._LOOK_EVERY", 0.05)
    async with working(), connected(cluster.addresses.owner) as owner:
        await owner.execute("alter table jobs rename to jobs_away")
        await until(lambda: _logged(caplog))
        await asyncio.sleep(0.5)  # for some more rounds
        await owner.execute("alter table jobs_away rename to jobs")
        job = await later(kind)
        await reach(job, "DONE")
    assert sum("cannot go on" in line.message for line in caplog.records if line.levelno == logging.ERROR) == 1


async def _logged(caplog: pytest.LogCaptureFixture) -> bool:
    return "cannot go on" in caplog.text
