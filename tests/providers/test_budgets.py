"""Who may use how much in a day."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import NotFound, Rejected
from app.core.ids import new_id
from app.database.engine import db
from app.providers import budgets, usage
from app.providers.budgets import Amount
from app.providers.usage import Call
from tests.cast import Player

pytestmark = pytest.mark.usefixtures("database")
NOTHING = Amount()


@pytest.fixture
def chief(root: Player) -> Asker:
    return Asker(root.id, root.name, root.email, "ADMIN")


async def spend(player: Player, tokens: int, cost: str | None = None) -> None:
    await usage.record(player.id, Call("reply", "m", "P", tokens, 0, cost=Decimal(cost) if cost else None))


async def test_without_a_budget_nothing_is_near(alice: Player) -> None:
    await spend(alice, 10**6, "999")
    room = await budgets.room(alice.id, "DEVELOPER")
    assert (room.spent, room.soft, room.hard) == (Amount(10**6, Decimal(999)), NOTHING, NOTHING)
    assert (room.is_near, room.is_over) == (False, False)


@pytest.mark.parametrize(
    ("tokens", "near", "over"), [(0, False, False), (79, False, False), (80, True, False), (100, True, True)]
)
async def test_the_soft_bound_warns_and_the_hard_one_ends(
    alice: Player, chief: Asker, tokens: int, *, near: bool, over: bool
) -> None:
    await budgets.put(chief, "DEVELOPER", Amount(tokens=80), Amount(tokens=100))
    await spend(alice, tokens)
    room = await budgets.room(alice.id, "DEVELOPER")
    assert (room.is_near, room.is_over) == (near, over)


async def test_without_a_soft_bound_four_fifths_are_near(alice: Player, chief: Asker) -> None:
    await budgets.put(chief, "DEVELOPER", NOTHING, Amount(cost=Decimal("1.00")))
    await spend(alice, 1, "0.80")
    assert (await budgets.room(alice.id, "DEVELOPER")).is_near


async def test_one_of_two_bounds_is_enough(alice: Player, chief: Asker) -> None:
    await budgets.put(chief, "DEVELOPER", NOTHING, Amount(10**9, Decimal("0.01")))
    await spend(alice, 1, "0.02")
    assert (await budgets.room(alice.id, "DEVELOPER")).is_over


async def test_a_bound_of_nothing_ends_at_once(alice: Player, chief: Asker) -> None:
    await budgets.put(chief, "DEVELOPER", NOTHING, Amount(tokens=0))
    assert (await budgets.room(alice.id, "DEVELOPER")).is_over


async def test_ones_own_budget_counts_in_place_of_the_roles(alice: Player, bob: Player, chief: Asker) -> None:
    await budgets.put(chief, "DEVELOPER", NOTHING, Amount(tokens=10))
    await budgets.put(chief, alice.email.upper(), NOTHING, Amount(tokens=1000))
    for player in (alice, bob):
        await spend(player, 10)
    assert not (await budgets.room(alice.id, "DEVELOPER")).is_over
    assert (await budgets.room(bob.id, "DEVELOPER")).is_over


async def test_another_role_is_not_bounded(alice: Player, chief: Asker) -> None:
    await budgets.put(chief, "STUDENT", NOTHING, Amount(tokens=1))
    await spend(alice, 10)
    assert not (await budgets.room(alice.id, "DEVELOPER")).is_over


async def test_yesterday_is_over(alice: Player, chief: Asker) -> None:
    await budgets.put(chief, "DEVELOPER", NOTHING, Amount(tokens=10))
    await spend(alice, 10)
    await db.fetch("update ai_usage set created_at = $2 where user_id = $1", alice.id, now() - timedelta(days=1))
    assert (await budgets.room(alice.id, "DEVELOPER")).spent.tokens == 0


async def test_setting_it_again_replaces_it(chief: Asker) -> None:
    for tokens in (10, 20):
        await budgets.put(chief, "STUDENT", NOTHING, Amount(tokens=tokens))
    assert [budget.hard for budget in await budgets.listed()] == [Amount(tokens=20)]


async def test_a_budget_that_is_removed_bounds_nothing(alice: Player, chief: Asker) -> None:
    await budgets.put(chief, "DEVELOPER", NOTHING, Amount(tokens=0))
    (budget,) = await budgets.listed()
    await budgets.remove(chief, budget.id)
    assert not (await budgets.room(alice.id, "DEVELOPER")).is_over


async def test_one_that_is_not_there_cannot_be_removed(chief: Asker) -> None:
    with pytest.raises(NotFound):
        await budgets.remove(chief, new_id())


@pytest.mark.parametrize(
    ("whose", "soft", "hard", "field"),
    [
        ("DEVELOPER", NOTHING, NOTHING, "soft_tokens"),
        ("DEVELOPER", Amount(tokens=2), Amount(tokens=1), "hard_tokens"),
        ("DEVELOPER", Amount(cost=Decimal(2)), Amount(cost=Decimal(1)), "hard_cost"),
        ("nobody@example.com", NOTHING, Amount(tokens=1), "address"),
        ("KING", NOTHING, Amount(tokens=1), "address"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(
    chief: Asker, whose: str, soft: Amount, hard: Amount, field: str
) -> None:
    with pytest.raises(Rejected) as wrong:
        await budgets.put(chief, whose, soft, hard)
    assert list(wrong.value.fields) == [field]


async def test_the_room_is_found_in_one_statement(alice: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fetch = db.fetch

    async def counted(sql: str, *values: Any) -> Any:
        asked.append(sql)
        return await fetch(sql, *values)

    monkeypatch.setattr(db, "fetch", counted)
    await budgets.room(alice.id, "DEVELOPER")
    assert len(asked) == 1
