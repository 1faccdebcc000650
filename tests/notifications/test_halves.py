"""Whichever call to the database fails, there is the old state or the new one, never half of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.audit import service as audit
from app.core.errors import Unavailable
from app.database.engine import Engine, atomic, db
from app.jobs.queue import later
from app.notifications import service as notifications
from tests.cast import Player
from tests.jobs.workers import noting, until, working

TABLES = ("jobs", "audit_logs", "notifications")
Answered = Callable[..., Awaitable[Any]]


class Faults:
    """Let the nth call from now on fail, as it does when the line breaks; before it was answered, or after."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered
        self.left = 0
        self.after = False

    def next(self, nth: int, *, after: bool) -> None:
        self.left, self.after = nth, after

    async def __call__(self, connection: Any, sql: str, values: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise ConnectionResetError
        answer = await self._answered(db, connection, sql, values)
        if self.left == 0:
            raise ConnectionResetError
        return answer


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    faults = Faults(Engine._answered)  # noqa: SLF001 - the last place before the driver
    monkeypatch.setattr(db, "_answered", faults)
    return faults


async def _all_three(player: Player, kind: str) -> None:
    async with atomic():
        await later(kind, user_id=player.id)
        await audit.record(player.id, "thing.made")
        await notifications.notify(player.id, "thing", "Made.")


async def _counts() -> set[int]:
    return {int(await db.fetch_value(f"select count(*) from {table}")) for table in TABLES}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_b27_job_trail_and_notice_are_there_together_or_not_at_all(
    faults: Faults, alice: Player, nth: int, *, after: bool
) -> None:
    faults.next(nth, after=after)
    with pytest.raises(Unavailable):
        await _all_three(alice, "of.nobody")
    assert await _counts() == {0}
    assert db.use()[0] == 0
    await _all_three(alice, "of.nobody")
    assert await _counts() == {1}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 8))
async def test_b27_a_worker_whose_nth_call_fails_still_gets_everything_done(
    faults: Faults, alice: Player, nth: int, *, after: bool
) -> None:
    kind = f"test.halves.{nth}.{after}"
    seen = noting(kind)
    for _ in range(3):
        await later(kind)
    faults.next(nth, after=after)
    async with working(lease=1.0):
        await until(_all_done)
    assert len({job.id for job in seen}) == 3
    assert db.use()[0] == 0


async def _all_done() -> bool:
    return bool(await db.fetch_value("select not exists (select from jobs where state <> 'DONE')"))
