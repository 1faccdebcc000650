"""What is enqueued is enqueued exactly when its reason is true."""

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import atomic, db
from app.jobs.queue import heard_by, later
from tests.jobs.workers import noting, reach, row_of, working

pytestmark = pytest.mark.usefixtures("database")


async def _count() -> int:
    return int(await db.fetch_value("select count(*) from jobs"))


async def _spoilt(kind: str) -> None:
    async with atomic():
        await later(kind)
        raise ZeroDivisionError


async def test_a_job_that_was_enqueued_is_there(kind: str) -> None:
    job = await later(kind, {"n": 1}, user_id=new_id())
    row = await row_of(job)
    assert (row["kind"], row["state"], row["attempts"], row["payload"]) == (kind, "READY", 0, '{"n": 1}')


async def test_b27_a_job_goes_with_the_transaction_that_is_rolled_back(kind: str) -> None:
    with pytest.raises(ZeroDivisionError):
        await _spoilt(kind)
    assert await _count() == 0


async def test_a_worker_hears_of_a_job_only_after_the_commit(kind: str) -> None:
    rings: list[str] = []
    with heard_by(lambda: rings.append("ring")):
        async with atomic():
            await later(kind)
            assert rings == []
        assert rings == ["ring"]


async def test_a_rollback_wakes_nobody(kind: str) -> None:
    rings: list[str] = []
    with heard_by(lambda: rings.append("ring")), pytest.raises(ZeroDivisionError):
        await _spoilt(kind)
    assert rings == []


async def test_two_jobs_with_one_key_are_one(kind: str) -> None:
    first = await later(kind, unique_key="the one")
    assert first is not None
    assert await later(kind, unique_key="the one") is None
    assert await _count() == 1


async def test_a_key_that_is_taken_does_not_spoil_the_transaction(kind: str) -> None:
    await later(kind, unique_key="the one")
    async with atomic():
        assert await later(kind, unique_key="the one") is None
        await later(kind)
    assert await _count() == 2


async def test_a_job_for_tomorrow_waits(kind: str) -> None:
    seen = noting(kind)
    await later(kind, {"when": "tomorrow"}, run_after=now() + timedelta(days=1))
    today = await later(kind, {"when": "now"})
    async with working():
        await reach(today, "DONE")
    assert [job.payload["when"] for job in seen] == ["now"]


async def test_a_job_of_a_kind_that_nobody_here_knows_is_left_for_others(kind: str) -> None:
    noting(kind)
    unknown = await later("of.a.newer.release")
    known = await later(kind)
    async with working():
        await reach(known, "DONE")
    assert (await row_of(unknown))["state"] == "READY"
