"""What was used."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]

_INSERT: Final = """
    insert into ai_usage (id, user_id, action, model, provider, tokens_in, tokens_out, is_estimated, cost, source_kind,
                          source_id, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_BY_DAY: Final = """
    select date(created_at at time zone 'UTC') as day, model, provider, count(*) as calls,
           sum(tokens_in) as tokens_in, sum(tokens_out) as tokens_out, sum(cost) as cost,
           bool_or(is_estimated) as is_estimated
    from ai_usage where user_id = $1 and created_at >= $2
    group by 1, 2, 3 order by 1 desc, sum(tokens_in + tokens_out) desc, 2, 3 limit $3
"""
_ROOM: Final = """
    with used as (
        select coalesce(sum(tokens_in + tokens_out), 0) as tokens, coalesce(sum(cost), 0) as cost
        from ai_usage where user_id = $1 and created_at >= $3
    )
    select used.tokens, used.cost, b.soft_tokens, b.soft_cost, b.hard_tokens, b.hard_cost
    from used left join lateral (
        select soft_tokens, soft_cost, hard_tokens, hard_cost from budgets
        where user_id = $1 or role = $2 order by role nulls first limit 1
    ) b on true
"""


async def insert(user_id: UUID, values: Row, moment: datetime) -> None:
    """One more call."""
    told = (values["action"], values["model"], values["provider"], values["tokens_in"], values["tokens_out"])
    rest = (values["is_estimated"], values["cost"], values["source_kind"], values["source_id"])
    await db.fetch(_INSERT, new_id(), user_id, *told, *rest, moment)


async def by_day(user_id: UUID, since: datetime, most: int) -> Sequence[Row]:
    """What this person used, a line for each day and model, the newest day first."""
    return await db.fetch(_BY_DAY, user_id, since, most)


async def tokens(user_id: UUID) -> int:
    """How many this person has ever used."""
    sql = "select coalesce(sum(tokens_in + tokens_out), 0) from ai_usage where user_id = $1"
    return int(await db.fetch_value(sql, user_id))


async def room(user_id: UUID, role: str, since: datetime) -> tuple[tuple[int, Decimal], Row]:
    """What this person used since then, and the budget that holds for them: their own, else their role's."""
    row = (await db.fetch(_ROOM, user_id, role, since))[0]  # a sum has a row always
    return (int(row["tokens"]), row["cost"]), row
