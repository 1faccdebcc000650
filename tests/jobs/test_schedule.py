"""What runs when: once for each slot of time, whoever comes first."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.database.engine import db
from app.jobs import jobs
from app.jobs.handlers import RunningJob
from app.jobs.schedule import Schedule, Timetable, timetable
from tests.jobs.workers import noting, until, working

MORNING = datetime(2026, 11, 20, 8, 30, 5, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time that the timetable sees: its last entry."""
    times = [MORNING]
    monkeypatch.setattr("app.jobs.schedule.now", lambda: times[-1])
    return times


@pytest.mark.parametrize(
    ("schedule", "began"),
    [
        (Schedule("x", hours=1), MORNING.replace(minute=0, second=0)),
        (Schedule("x", hours=0.5), MORNING.replace(second=0)),
        (Schedule("x", hours=24), MORNING.replace(hour=0, minute=0, second=0)),
        (Schedule("x", at=MORNING.time().replace(hour=3)), MORNING.replace(hour=3)),
        (Schedule("x", at=MORNING.time().replace(hour=22)), MORNING.replace(hour=22) - timedelta(days=1)),
    ],
)
def test_a_slot_begins_at_a_round_hour_or_at_its_time_of_day(schedule: Schedule, began: datetime) -> None:
    assert schedule.slot(MORNING) == began


@pytest.mark.parametrize(("hours", "at"), [(0, ""), (1, "03:00")])
def test_a_schedule_needs_either_hours_or_a_time(hours: float, at: str) -> None:
    with pytest.raises(ValueError, match="either hours or a time"):
        Timetable().every("x", hours=hours, at=at)


async def _slots(kind: str) -> list[str]:
    rows = await db.fetch("select unique_key from jobs where kind = $1 order by unique_key", kind)
    return [row["unique_key"].removeprefix(f"schedule:{kind}:") for row in rows]


def _hourly(kind: str) -> Timetable:
    plan = Timetable()
    plan.every(kind, hours=1, payload={"why": "the clock"})
    return plan


@pytest.mark.usefixtures("database")
async def test_a_slot_is_enqueued_once_by_all_workers_together(kind: str, clock: list[datetime]) -> None:
    plans = [_hourly(kind) for _ in range(10)]
    await asyncio.gather(*(plan.enqueue() for plan in plans), *(plan.enqueue() for plan in plans))
    assert await _slots(kind) == ["2026-11-20T08:00:00+00:00"]


@pytest.mark.usefixtures("database")
async def test_each_slot_has_its_own_job(kind: str, clock: list[datetime]) -> None:
    plan = _hourly(kind)
    for hour in (8, 9, 10):
        clock.append(MORNING.replace(hour=hour))
        await plan.enqueue()
    assert [slot[11:13] for slot in await _slots(kind)] == ["08", "09", "10"]


@pytest.mark.usefixtures("database")
async def test_a_slot_that_was_done_before_a_restart_is_not_done_again(kind: str, clock: list[datetime]) -> None:
    await _hourly(kind).enqueue()
    await db.fetch("update jobs set state = 'DONE', finished_at = now()")
    await _hourly(kind).enqueue()
    assert await db.fetch_value("select count(*) from jobs where state = 'READY'") == 0


@pytest.mark.usefixtures("database")
async def test_what_was_missed_is_made_up_for_when_the_house_is_warm(kind: str, clock: list[datetime]) -> None:
    await _hourly(kind).enqueue()
    clock.append(MORNING.replace(hour=9, minute=0))
    await _hourly(kind).enqueue()
    rows = await db.fetch("select run_after, unique_key from jobs order by unique_key")
    assert rows[0]["run_after"] == MORNING + timedelta(minutes=1)
    assert rows[1]["run_after"] < MORNING + timedelta(days=10_000)


async def _all_are(kind: str, state: str) -> bool:
    rows = await db.fetch("select state from jobs where kind = $1", kind)
    return [row["state"] for row in rows] == [state]


@pytest.mark.usefixtures("database")
async def test_a_worker_runs_what_the_timetable_says(kind: str, clock: list[datetime]) -> None:
    seen = noting(kind)
    clock.append(MORNING.replace(minute=0))
    async with working(plan=_hourly(kind)):
        await until(lambda: _all_are(kind, "DONE"))
    assert seen[0].payload == {"why": "the clock"}


# Housekeeping ---------------------------------------------------------------------------------------------------------


async def _add(kind: str, state: str, hours: float, key: str | None = None) -> None:
    await db.fetch(
        "insert into jobs (kind, state, finished_at, unique_key) values ($1, $2, now() - $3 * interval '1 hour', $4)",
        kind,
        state,
        hours,
        key,
    )


async def _sweep(job: RunningJob) -> list[str]:
    await jobs.sweep(job)
    return [row["kind"] for row in await db.fetch("select kind from jobs order by kind")]


@pytest.fixture
def job() -> RunningJob:
    return RunningJob.__new__(RunningJob)


@pytest.mark.usefixtures("database")
async def test_what_was_done_is_kept_for_a_day_and_what_died_for_three_months(job: RunningJob) -> None:
    await _add("done lately", "DONE", 23)
    await _add("done long ago", "DONE", 25)
    await _add("died", "DEAD", 24 * 89)
    await _add("died long ago", "DEAD", 24 * 91)
    await db.fetch("insert into jobs (kind, created_at) values ('waits', now() - interval '1 year')")
    assert await _sweep(job) == ["died", "done lately", "waits"]


@pytest.mark.usefixtures("database")
async def test_the_present_slot_of_a_long_schedule_is_not_forgotten(
    kind: str, job: RunningJob, clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Timetable()
    plan.every(kind, hours=24 * 7)
    monkeypatch.setattr("app.jobs.jobs.timetable", plan)
    await plan.enqueue()
    await db.fetch("update jobs set state = 'DONE', finished_at = now() - interval '3 days'")
    assert await _sweep(job) == [kind]


def test_the_queue_sweeps_itself_by_the_clock() -> None:
    jobs.schedule_all()
    assert any(key.startswith("schedule:jobs.sweep:") for key in timetable.keys())  # noqa: SIM118 - no mapping
    assert "jobs.sweep" in jobs.JOBS
