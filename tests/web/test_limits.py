"""How often is too often."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.errors import TooMany
from app.database import counters
from app.database.address import Address
from app.database.engine import db
from app.web import limits
from app.web.limits import Limit
from app.web.peer import Peer
from tests.web import wire
from tests.web.asking import ask

pytestmark = pytest.mark.usefixtures("database", "app")  # which counts in the database
NOON = datetime(2026, 11, 20, 12, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time, as the test sets it."""
    time = [NOON]
    for module in (limits, counters):
        monkeypatch.setattr(module, "now", lambda: time[0])
    return time


async def _refused(limit: Limit, *whose: str) -> int:
    """After how many seconds to come back; 0 where all is well."""
    try:
        await limit.spend(*whose)
    except TooMany as often:
        return often.retry_after
    return 0


async def test_one_too_many_is_told_when_to_come_back() -> None:
    limit = Limit("letter", 3, 60)
    assert [await _refused(limit, "alice") for _ in range(5)] == [0, 0, 0, 50, 50]


async def test_after_its_time_a_count_begins_anew(at: list[datetime]) -> None:
    limit = Limit("letter", 1, 60)
    assert [await _refused(limit, "alice") for _ in range(2)] == [0, 50]
    at[0] = NOON + timedelta(seconds=49, milliseconds=900)
    assert await _refused(limit, "alice") == 1
    at[0] = NOON + timedelta(seconds=50)
    assert [await _refused(limit, "alice") for _ in range(2)] == [0, 60]


async def test_everybody_has_a_count_of_their_own_and_so_has_every_limit() -> None:
    one, other = Limit("one", 1, 60), Limit("other", 1, 60)
    assert [await _refused(one, "alice"), await _refused(one, "bob"), await _refused(other, "alice")] == [0, 0, 0]


async def test_a_request_counts_for_each_that_it_is_from() -> None:
    limit = Limit("sign-in", 2, 60)
    statuses = [await _refused(limit, "192.0.2.1", f"{name}@example.com") for name in ("a", "b", "c")]
    assert statuses == [0, 0, 50]
    assert await _refused(limit, "192.0.2.2", "c@example.com") == 0
    peers = [await _refused(limit, f"192.0.2.{number}", "d@example.com") for number in (3, 4, 5)]
    assert peers == [0, 0, 50]


async def test_who_is_nobody_is_not_counted() -> None:
    assert [await _refused(Limit("sign-in", 1, 60), "") for _ in range(3)] == [0, 0, 0]


async def test_a21_many_at_once_are_counted_one_by_one() -> None:
    limit = Limit("sign-in", 5, 60)
    refused = await asyncio.gather(*(_refused(limit, "192.0.2.1") for _ in range(40)))
    assert refused.count(0) == 5


async def test_a21_what_another_worker_counted_counts(database: Address) -> None:
    await counters.hit("sign-in:192.0.2.1", NOON + timedelta(seconds=50))
    assert [await _refused(Limit("sign-in", 2, 60), "192.0.2.1") for _ in range(2)] == [0, 50]


async def test_a_name_of_any_length_is_counted() -> None:
    limit = Limit("sign-in", 1, 60)
    assert [await _refused(limit, "é" * 5000) for _ in range(2)] == [0, 50]


async def test_counts_that_are_over_are_swept_away(at: list[datetime]) -> None:
    await Limit("short", 1, 10).spend("alice")
    await Limit("long", 1, 3600).spend("alice")
    at[0] = NOON + timedelta(seconds=11)
    await counters.sweep()
    assert [row["key"] for row in await db.fetch("select key from rate_counts")] == ["long:alice"]


async def test_without_a_database_of_counts_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a command that serves nothing."""
    monkeypatch.setattr(limits, "_hit", [limits._uncounted])  # noqa: SLF001 - the state before anything is joined
    assert [await _refused(Limit("letter", 1, 60), "alice") for _ in range(3)] == [0, 0, 0]


async def test_a21_an_address_that_is_made_up_wins_nothing() -> None:
    limit = Limit("sign-in", 5, 60)

    async def door(scope: Any, _receive: Any, send: Any) -> None:
        refused = await _refused(limit, scope["client"][0])
        await wire.answer(send, b"", 429 if refused else 200)

    made_up = [[("x-forwarded-for", f"198.51.100.{number}")] for number in range(200)]
    answers = [await ask(Peer(door, ()), "/", headers=headers) for headers in made_up]
    let_in = [answer.status for answer in answers].count(200)
    print(f"A21: {let_in} of {len(answers)} were let in with addresses that they made up, 5 may be")
    assert let_in == 5
