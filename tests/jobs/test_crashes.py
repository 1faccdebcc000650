"""Workers and databases that die, and what becomes of the work."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import pytest

from app.core.errors import Unavailable
from app.core.settings import Settings
from app.database import bootstrap, migrate
from app.database.address import Address
from app.database.embedded import Cluster
from app.database.engine import atomic, db
from app.jobs.handlers import RunningJob, register
from app.jobs.queue import later
from tests.database.conftest import made_place
from tests.jobs import victim
from tests.jobs.workers import noting, reach, until, working

JOBS = 600


@contextmanager
def _process(address: Address, kind: str, lease: float) -> Iterator[subprocess.Popen[str]]:
    command = [
        sys.executable,
        "-m",
        "tests.jobs.victim",
        address.host,
        address.user,
        address.database,
        kind,
        str(lease),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def _begun_in(process: subprocess.Popen[str]) -> UUID:
    assert process.stdout is not None
    return UUID((await asyncio.to_thread(process.stdout.readline)).strip())


async def _counted(prefix: str) -> dict[str, int]:
    rows = await db.fetch("select key, hits from rate_counts where starts_with(key, $1)", prefix)
    return {row["key"]: row["hits"] for row in rows}


async def test_b1_a_job_whose_worker_is_killed_is_done_by_another_exactly_once(database: Address, kind: str) -> None:
    job = await later(kind, {"endless": True})
    with _process(database, kind, 1.5) as process:
        assert await _begun_in(process) == job
        process.kill()
        process.wait()
    register(kind, victim.handler)
    async with working(lease=3):
        row = await reach(job, "DONE")
    assert row["attempts"] == 2
    assert await _counted("done:") == {f"done:{job}": 1}


async def test_b1_a_worker_that_was_paused_past_its_lease_settles_nothing(database: Address, kind: str) -> None:
    job = await later(kind, {"endless": True})
    with _process(database, kind, 1.5) as process:
        assert await _begun_in(process) == job
        process.send_signal(signal.SIGSTOP)
        register(kind, victim.handler)
        async with working(lease=3):
            await reach(job, "DONE")
        process.send_signal(signal.SIGCONT)
        second = await later(kind, {})
        await reach(second, "DONE")
    assert (await _counted("done:")) == {f"done:{job}": 1, f"done:{second}": 1}


async def test_b1_two_processes_never_run_the_same_job(database: Address, kind: str) -> None:
    async with atomic():
        jobs = [await later(kind) for _ in range(JOBS)]
    register(kind, victim.handler)
    with _process(database, kind, 30) as one, _process(database, kind, 30) as other:
        await _begun_in(one)
        await _begun_in(other)
        async with working():
            await until(_all_done, 120)
    begun = await _counted("begun:")
    assert set(begun.values()) == {1}
    assert len(begun) == len(jobs)
    workers = await db.fetch_value("select count(distinct worker) from jobs")
    assert workers >= 2
    print(f"{len(begun)} jobs, {workers} workers, 0 run twice")


async def _all_done() -> bool:
    return bool(await db.fetch_value("select not exists (select from jobs where state <> 'DONE')"))


@pytest.fixture
async def fragile(settings: Settings) -> AsyncIterator[Cluster]:
    """A database of this test alone, which it may kill."""
    await db.close()
    place = made_place()
    with Cluster(place / "data") as cluster:  # durable: what was acknowledged has to outlive the server
        await bootstrap.prepare(cluster.superuser, cluster.addresses)
        await migrate.migrate(cluster.addresses, settings)
        await db.open(cluster.addresses.app, *settings.pool)
        yield cluster
        await db.close()
    shutil.rmtree(place)


async def _kill(cluster: Cluster) -> None:
    assert cluster.pid is not None
    os.kill(cluster.pid, signal.SIGKILL)


async def _again_and_again(kind: str) -> UUID:
    """Enqueue a job as soon as the database takes it."""
    while True:
        with suppress(Unavailable):
            job = await later(kind)
            assert job is not None
            return job
        await asyncio.sleep(0.05)


async def test_b1_a_worker_goes_on_after_the_database_was_killed(
    fragile: Cluster, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen = noting(kind)
    async with working():
        await reach(await later(kind), "DONE")
        for _ in range(3):
            await _kill(fragile)
            await reach(await _again_and_again(kind), "DONE")
    assert len({job.id for job in seen}) == 4
    assert len([line for line in caplog.records if line.name == "commonplace.jobs"]) <= 6  # no flood


async def test_b1_a_job_that_ends_while_the_database_is_away_is_settled_when_it_is_back(
    fragile: Cluster, kind: str
) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def handler(_job: RunningJob) -> None:
        begun.set()
        await over.wait()

    register(kind, handler)
    job = await later(kind)
    async with working():
        await begun.wait()
        await _kill(fragile)
        db.breaker.open()  # it restarts faster than the engine gives up
        over.set()
        await _again_and_again("of.nobody")
        row = await reach(job, "DONE")
    assert row["attempts"] == 1
