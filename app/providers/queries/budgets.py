"""How much may be used."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]

_LISTED: Final = """
    select b.id, b.role, b.user_id, u.name, u.email, b.soft_tokens, b.soft_cost, b.hard_tokens, b.hard_cost
    from budgets b left join users u on u.id = b.user_id order by b.role, lower(u.name), b.id
"""
_PUT: Final = """
    insert into budgets (id, user_id, role, period, soft_tokens, soft_cost, hard_tokens, hard_cost, created_at,
                         updated_at)
    values ($1, $2, $3, 'DAY', $4, $5, $6, $7, $8, $8)
    on conflict ({whose}) do update
    set soft_tokens = $4, soft_cost = $5, hard_tokens = $6, hard_cost = $7, updated_at = $8
    returning id
"""


async def listed() -> Sequence[Row]:
    """Every budget: roles first, then people."""
    return await db.fetch(_LISTED)


async def put(user_id: UUID | None, role: str | None, limits: Sequence[Any], moment: datetime) -> UUID:
    """Set the budget of a person or of a role, whether or not there was one."""
    sql = _PUT.format(whose="role" if user_id is None else "user_id")
    return UUID(str(await db.fetch_value(sql, new_id(), user_id, role, *limits, moment)))


async def remove(budget_id: UUID) -> bool:
    """Take one away."""
    return await db.fetch_one("delete from budgets where id = $1 returning id", budget_id) is not None
