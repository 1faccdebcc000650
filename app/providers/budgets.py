"""How much a person may use in a day. The soft bound is a word of warning, the hard one ends it until midnight UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, get_args
from uuid import UUID

from app.audit import service as audit
from app.auth import people
from app.core.asker import Asker, Role
from app.core.clock import now
from app.core.errors import NotFound, Rejected
from app.core.language import marked
from app.database.engine import atomic
from app.providers.queries import budgets as queries
from app.providers.queries import usage
from app.providers.usage import today

MOST_TOKENS: Final = 10**12
MOST_COST: Final = Decimal(100_000)
_NEAR: Final = Decimal("0.8")  # of the hard bound, where there is no soft one


@dataclass(frozen=True, slots=True)
class Amount:
    """So many tokens, so many US dollars. As a bound, None is as much as one likes."""

    tokens: int | None = None
    cost: Decimal | None = None

    def reaches(self, bound: "Amount", part: Decimal = Decimal(1)) -> bool:
        """Whether one of the two is as much as its bound, or as this part of it."""
        pairs = ((self.tokens, bound.tokens), (self.cost, bound.cost))
        return any(most is not None and (spent or 0) >= most * part for spent, most in pairs)

    @property
    def is_none(self) -> bool:
        return self.tokens is None and self.cost is None


@dataclass(frozen=True, slots=True)
class Room:
    """What somebody used today, and what they may use."""

    spent: Amount
    soft: Amount
    hard: Amount

    @property
    def is_near(self) -> bool:
        return self.spent.reaches(self.soft) or self.spent.reaches(self.hard, _NEAR)

    @property
    def left(self) -> Amount:
        """How much there is until the hard bound."""
        tokens = None if self.hard.tokens is None else max(0, self.hard.tokens - (self.spent.tokens or 0))
        cost = None if self.hard.cost is None else max(Decimal(0), self.hard.cost - (self.spent.cost or 0))
        return Amount(tokens, cost)

    @property
    def is_over(self) -> bool:
        return self.spent.reaches(self.hard)


@dataclass(frozen=True, slots=True)
class Budget:
    """A bound as the administrators see it: of a person, or of a role."""

    id: UUID
    role: Role | None
    user_id: UUID | None
    name: str
    email: str
    soft: Amount
    hard: Amount


async def room(person: UUID, role: str) -> Room:
    """How much is left. A budget of one's own counts in place of the one of one's role."""
    spent, bounds = await usage.room(person, role, today())
    return Room(
        Amount(*spent),
        Amount(bounds["soft_tokens"], bounds["soft_cost"]),
        Amount(bounds["hard_tokens"], bounds["hard_cost"]),
    )


async def listed() -> list[Budget]:
    """Every budget: of roles, then of people."""
    return [_budget(row) for row in await queries.listed()]


def _budget(row: queries.Row) -> Budget:
    soft = Amount(row["soft_tokens"], row["soft_cost"])
    hard = Amount(row["hard_tokens"], row["hard_cost"])
    return Budget(row["id"], row["role"], row["user_id"], row["name"] or "", row["email"] or "", soft, hard)


async def put(administrator: Asker, whose: str, soft: Amount, hard: Amount) -> None:
    """Set the budget of a role, or of the person with this address."""
    wrong = {field: sentence for field, sentence in _problems(soft, hard) if sentence}
    if wrong:
        raise Rejected(fields=wrong)
    role, person = (whose, None) if whose in get_args(Role) else (None, await _person(whose))
    async with atomic():
        limits = (soft.tokens, soft.cost, hard.tokens, hard.cost)
        budget_id = await queries.put(person, role, limits, now())
        details = {"role": role, "person": person, "soft": str(soft), "hard": str(hard)}
        await audit.record(administrator, "models.budget_set", "budget", budget_id, details)


async def remove(administrator: Asker, budget_id: UUID) -> None:
    """Let there be no bound any more."""
    async with atomic():
        if not await queries.remove(budget_id):
            raise NotFound
        await audit.record(administrator, "models.budget_removed", "budget", budget_id)


async def _person(address: str) -> UUID:
    found = await people.at_address(address.strip())
    if found is None:
        raise Rejected(fields={"address": marked("Nobody with this address has an account.")})
    return found.id


def _problems(soft: Amount, hard: Amount) -> Sequence[tuple[str, str]]:
    needed = marked("Say how much: at least one of the four.")
    above = marked("The warning must come before the end.")
    return (
        ("soft_tokens", needed if soft.is_none and hard.is_none else ""),
        ("hard_tokens", above if _is_above(soft.tokens, hard.tokens) else ""),
        ("hard_cost", above if _is_above(soft.cost, hard.cost) else ""),
    )


def _is_above(soft: int | Decimal | None, hard: int | Decimal | None) -> bool:
    return soft is not None and hard is not None and soft > hard
