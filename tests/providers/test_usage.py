"""What was used: noted once, counted per person and day, priced where a price is known."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import atomic, db
from app.providers import usage
from app.providers.usage import Call
from tests.cast import Player

pytestmark = pytest.mark.usefixtures("database")


def call(tokens_in: int = 1000, tokens_out: int = 200, cost: str | None = "0.0045", model: str = "gpt-4o") -> Call:
    return Call("reply", model, "OpenAI", tokens_in, tokens_out, cost=None if cost is None else Decimal(cost))


async def test_a_call_is_noted_with_all_that_is_known_of_it(alice: Player) -> None:
    source = new_id()
    told = Call("title", "gpt-4o", "OpenAI", 12, 3, is_estimated=True, cost=Decimal("0.00012"))
    await usage.record(alice.id, replace(told, source_kind="message", source_id=source))
    row = await db.fetch_one("select * from ai_usage where user_id = $1", alice.id)
    assert row is not None
    assert (row["action"], row["model"], row["tokens_in"], row["tokens_out"]) == ("title", "gpt-4o", 12, 3)
    assert (row["is_estimated"], row["cost"]) == (True, Decimal("0.00012"))
    assert (row["source_kind"], row["source_id"]) == ("message", source)


async def test_a_call_is_noted_in_the_callers_transaction(alice: Player) -> None:
    with pytest.raises(RuntimeError):
        async with atomic():
            await usage.record(alice.id, call())
            raise RuntimeError
    assert await usage.tokens(alice.id) == 0


async def test_what_others_used_does_not_count(alice: Player, bob: Player) -> None:
    await usage.record(bob.id, call())
    await usage.record(alice.id, call(10, 5))
    assert await usage.tokens(alice.id) == 15
    assert [line.tokens_in for line in await usage.lately(alice.id, 30)] == [10]


async def test_a_day_adds_up_for_each_model(alice: Player) -> None:
    for model in ("gpt-4o", "gpt-4o", "gpt-5"):
        await usage.record(alice.id, call(model=model))
    first, second = await usage.lately(alice.id, 1)
    assert (first.model, first.calls, first.tokens_in, first.cost) == ("gpt-4o", 2, 2000, Decimal("0.009"))
    assert (second.model, second.calls) == ("gpt-5", 1)


async def test_one_estimate_makes_the_sum_an_estimate(alice: Player) -> None:
    await usage.record(alice.id, call())
    await usage.record(alice.id, Call("reply", "gpt-4o", "OpenAI", 1, 1, is_estimated=True))
    assert [line.is_estimated for line in await usage.lately(alice.id, 1)] == [True]


async def test_a_cost_that_nobody_knows_stays_unknown(alice: Player) -> None:
    await usage.record(alice.id, call(cost=None))
    assert [line.cost for line in await usage.lately(alice.id, 1)] == [None]


async def test_what_is_older_than_the_days_is_left_out(alice: Player) -> None:
    await usage.record(alice.id, call())
    await db.fetch("update ai_usage set created_at = $2 where user_id = $1", alice.id, now() - timedelta(days=30))
    assert await usage.lately(alice.id, 30) == []
