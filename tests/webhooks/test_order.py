"""B22: repeated, reordered, at once, or very many: the state is what it would be in order, and each counts once."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import pytest

from app.core.ids import new_id
from app.database.engine import db
from app.webhooks import routes
from tests.webhooks.clerk_events import Told, deliver

Scene = Callable[[int], Sequence[Told]]


def _one_life(number: int) -> Sequence[Told]:
    """Somebody comes, changes name and address, twice within one moment, and goes."""
    who, mail = f"user_{number}", f"ada.{number}@example.org"
    return (
        Told("user.created", 1, f"{who}.a", who, mail),
        Told("user.updated", 2, f"{who}.b", who, mail, first_name="Augusta"),
        Told("user.updated", 3, f"{who}.c", who, f"new.{mail}", is_verified=False),
        Told("user.updated", 4, f"{who}.d", who, f"new.{mail}", first_name="Countess"),
        Told("user.updated", 4, f"{who}.e", who, f"new.{mail}", first_name="Lady"),
        Told("user.deleted", 5, f"{who}.f", who),
    )


def _address_handed_on(number: int) -> Sequence[Told]:
    """One person gives an address up, another takes it, and the first one goes."""
    one, two, mail = f"user_one_{number}", f"user_two_{number}", f"shared.{number}@example.org"
    return (
        Told("user.created", 1, f"{one}.a", one, mail),
        Told("user.updated", 2, f"{one}.b", one, f"one.{mail}"),
        Told("user.created", 3, f"{two}.a", two, mail, is_verified=False, first_name="Grace"),
        Told("user.updated", 4, f"{two}.b", two, mail, first_name="Grace"),
        Told("user.deleted", 5, f"{one}.c", one),
        Told("user.updated", 6, f"{two}.c", two, mail, first_name="Admiral"),
    )


def _with_an_account_already(number: int) -> Sequence[Told]:
    """Somebody who was here before Clerk knew of them."""
    who, mail = f"user_old_{number}", f"old.{number}@example.org"
    return (
        Told("user.created", 1, f"{who}.a", who, mail),
        *(
            Told("user.updated", second, f"{who}.{second}", who, mail, first_name=f"N{second}")
            for second in (2, 3, 4, 5)
        ),
        Told("user.deleted", 6, f"{who}.f", who),
    )


async def _before(number: int) -> None:
    sql = """
        insert into users (id, email, email_verified_at, name, is_active, role)
        values ($1, $2, now(), 'Old', true, 'DEVELOPER')
    """
    await db.fetch(sql, new_id(), f"old.{number}@example.org")


async def _state(told: Sequence[Told], number: int) -> list[dict[str, Any]]:
    """Everything about these people but what tells one permutation from another."""
    rows = await db.fetch(
        """
        select replace(clerk_id, $2, '') as clerk_id, replace(email, $2, '') as email, email_verified_at, name,
               first_name, last_name, avatar_url, clerk_event_at, role, is_active, deactivated_at is null as stays,
               (select count(*) from users other where other.email = users.email) as namesakes
        from users where clerk_id = any($1) order by clerk_id
        """,
        [event.subject for event in told],
        str(number),
    )
    return [dict(row) for row in rows]


async def _delivered(client: httpx2.AsyncClient, told: Sequence[Told]) -> None:
    """As Svix does: what was not taken comes again, later."""
    waiting = list(told)
    for _round in range(len(told) + 1):
        answers = [(event, (await deliver(client, event)).status_code) for event in waiting]
        assert {status for _, status in answers} <= {200, 409}
        waiting = [event for event, status in answers if status == 409]
    assert not waiting


@pytest.mark.parametrize("scene", [_one_life, _address_handed_on, _with_an_account_already])
async def test_b22_every_order_of_six_events_leads_to_the_same_state(
    client: httpx2.AsyncClient, secret: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "TAKEN", replace(routes.TAKEN, times=10**6))
    states = []
    for number, order in enumerate(permutations(range(6)), start=10_000):
        told = scene(number)
        await _before(number)
        await _delivered(client, [told[place] for place in order])
        states.append(await _state(told, number))
    same = sum(state == states[0] for state in states)
    print(f"\nB22 {scene.__name__}: {same} of {len(states)} orders end as the one in order")
    assert same == len(states) == 720
    assert states[0]


@pytest.fixture
def everybody_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a turn."""
    monkeypatch.setattr(routes, "AT_ONCE", 50)
    monkeypatch.setattr(routes, "_turns", WeakKeyDictionary())


async def test_b22_a_replay_changes_nothing(client: httpx2.AsyncClient, secret: str) -> None:
    told = _one_life(1)
    for event in told:
        await deliver(client, event)
    before = await _everything()
    answers = [(await deliver(client, event)).json() for event in (*told, *reversed(told))]
    assert answers == [{"outcome": "DUPLICATE"}] * 12
    assert await _everything() == before


async def _everything() -> list[Any]:
    tables = ("users", "user_stats", "webhook_deliveries", "audit_logs", "jobs")
    return [await db.fetch(f"select * from {table} order by 1") for table in tables]


async def test_b22_one_delivery_that_comes_many_times_at_once_counts_once(
    client: httpx2.AsyncClient, secret: str, everybody_at_once: None
) -> None:
    told = Told("user.created", 1, "msg_1")
    answers = await asyncio.gather(*(deliver(client, told) for _ in range(20)))
    assert sorted(answer.json()["outcome"] for answer in answers) == ["APPLIED", *["DUPLICATE"] * 19]
    assert await db.fetch_value("select count(*) from users") == 1
    assert await db.fetch_value("select count(*) from audit_logs where action = 'auth.joined'") == 1


async def test_b22_events_of_one_person_at_once_end_as_in_order(
    client: httpx2.AsyncClient, secret: str, everybody_at_once: None
) -> None:
    for number in range(100, 120):
        told = _one_life(number)
        await asyncio.gather(*(deliver(client, event) for event in told))
        (person,) = await _state(told, number)
        assert (person["name"], person["is_active"]) == ("Lady Lovelace", False)


async def test_b22_a_thousand_deliveries_in_a_burst_are_all_applied(client: httpx2.AsyncClient, secret: str) -> None:
    told = [Told("user.created", 1, f"msg_{n}", f"user_{n}", f"ada.{n}@example.org") for n in range(1000)]
    in_flight = asyncio.Semaphore(20)
    took: list[float] = []

    async def one(event: Told) -> int:
        async with in_flight:
            start = time.perf_counter()
            answer = await deliver(client, event)
            took.append(time.perf_counter() - start)
            return answer.status_code

    answers = await asyncio.gather(*(one(event) for event in told))
    print(f"\nB22 burst: 1000 in {sum(took) / 20:.1f} s, the slowest answer {max(took) * 1000:.0f} ms")
    assert set(answers) == {200}
    assert await db.fetch_value("select count(*) from users where clerk_id is not null") == 1000


async def test_b22_a_thousand_at_the_very_same_time_wait_for_their_turn(
    client: httpx2.AsyncClient, secret: str
) -> None:
    told = [Told("user.updated", n, f"msg_{n}", f"user_{n % 10}", f"ada.{n % 10}@example.org") for n in range(1000)]
    answers = await asyncio.gather(*(deliver(client, event) for event in told))
    assert {answer.status_code for answer in answers} == {200}
    newest = await db.fetch("select clerk_event_at from users where clerk_id is not null order by clerk_event_at")
    assert [row["clerk_event_at"] for row in newest] == [event.at for event in told[-10:]]
