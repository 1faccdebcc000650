"""What was used: counted by the provider, or estimated and marked so; and what it cost, where that is known."""

import math
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.core.clock import now
from app.providers import prices
from app.providers.catalogue import Model
from app.providers.queries import usage as queries

MOST_LINES: Final = 500
_PER_LETTER: Final = 0.25  # of Latin scripts; measured on English prose and code
_PER_OTHER: Final = 0.8


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a model. `cost` is None where it is not known."""

    action: str
    model: str
    provider: str
    tokens_in: int
    tokens_out: int
    is_estimated: bool = False
    cost: Decimal | None = None
    source_kind: str = ""
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What one person used of one model on one day."""

    day: date
    model: str
    provider: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: Decimal | None
    is_estimated: bool


async def record(person: UUID, call: Call) -> None:
    """Note a call, in the caller's transaction."""
    await queries.insert(person, asdict(call), now())


def estimated_tokens(text: str) -> int:
    """About how many tokens this text is; what is written in other letters than Latin ones needs more of them."""
    latin = sum(1 for char in text if char < "\u0250")
    return math.ceil(latin * _PER_LETTER + (len(text) - latin) * _PER_OTHER)


def cost(model: Model, tokens_in: int, tokens_out: int) -> Decimal | None:
    """What such a call costs in US dollars: nothing on machines of one's own, None where nobody has told the price."""
    if model.is_local:
        return Decimal(0)
    return prices.cost(model.price, tokens_in, tokens_out) if model.price else None


def today() -> datetime:
    """When the day began, by which budgets count: at midnight UTC."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


async def lately(person: UUID, days: int) -> list[Used]:
    """What this person used in these days, today among them."""
    rows = await queries.by_day(person, today() - timedelta(days=days - 1), MOST_LINES)
    return [Used(**row) for row in rows]


async def tokens(person: UUID) -> int:
    """How many tokens this person has ever used."""
    return await queries.tokens(person)
