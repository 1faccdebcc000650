"""Imports and what became of each conversation in them. How far one is, its job knows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.database.engine import db

Row = Mapping[str, Any]

# An import whose job is dead, or was taken away, will never end by itself.
_STATE: Final = "case when i.state = 'WAITING' and coalesce(j.state, 'DEAD') = 'DEAD' then 'FAILED' else i.state end"
_IMPORTS: Final = f"""
    select i.id, i.name, i.size, {_STATE} as state, i.why, i.created_at, i.finished_at,
        coalesce(j.progress, 0) as progress
    from imports i left join jobs j on j.unique_key = 'import:' || i.id
    where i.user_id = $1
"""  # noqa: S608 - nothing but constants
_COUNTS: Final = """
    select import_id, outcome, count(*) as conversations, sum(messages) as messages from import_results
    where user_id = $1 and import_id = any($2) group by import_id, outcome
"""
_RESULTS: Final = """
    select r.number, r.title, r.outcome, r.messages, r.left_out, r.why, c.id as conversation_id
    from import_results r
    left join conversations c on c.user_id = $1 and c.id = r.conversation_id and c.deleted_at is null
    where r.user_id = $1 and r.import_id = $2 and r.number > $3 and ($5 or r.outcome = 'LEFT_OUT')
    order by r.number limit $4
"""


async def imports_of(user_id: UUID) -> Sequence[Row]:
    """The imports of this person, the newest first."""
    return await db.fetch(_IMPORTS + "order by i.created_at desc, i.id desc limit 100", user_id)


async def import_of(user_id: UUID, import_id: UUID) -> Row | None:
    """One of this person's imports."""
    return await db.fetch_one(_IMPORTS + "and i.id = $2", user_id, import_id)


async def counts(user_id: UUID, import_ids: Sequence[UUID]) -> Sequence[Row]:
    """How many conversations became what, in each of these."""
    return await db.fetch(_COUNTS, user_id, import_ids)


async def results(user_id: UUID, import_id: UUID, after: int, most: int, *, all_of_them: bool) -> Sequence[Row]:
    """What became of the conversations, in the order of the file; or of those alone that did not come."""
    return await db.fetch(_RESULTS, user_id, import_id, after, most, all_of_them)


async def take_person(user_id: UUID) -> None:
    """Until this unit of work ends, nobody else brings anything for this person, so that nothing comes twice."""
    await db.fetch("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"import:{user_id}")


async def add(import_id: UUID, user_id: UUID, name: str, size: int) -> None:
    """One whose file has arrived."""
    sql = "insert into imports (id, user_id, name, size, created_at) values ($1, $2, $3, $4, $5)"
    await db.fetch(sql, import_id, user_id, name, size, now())


async def goes_on(user_id: UUID, import_id: UUID) -> bool:
    """Whether it is still wanted; it stays so until this unit of work ends."""
    sql = "select id from imports where user_id = $1 and id = $2 and state = 'WAITING' for update"
    return await db.fetch_one(sql, user_id, import_id) is not None


async def end(user_id: UUID, import_id: UUID, state: str, why: str = "") -> bool:
    """It is over; false where it was before."""
    sql = """
        update imports set state = $3, why = $4, finished_at = $5
        where user_id = $1 and id = $2 and state = 'WAITING' returning id
    """
    return await db.fetch_one(sql, user_id, import_id, state, why, now()) is not None


async def remove(user_id: UUID, import_id: UUID) -> bool:
    """Forget it, and what became of each conversation; the conversations stay."""
    await db.fetch("delete from import_results where user_id = $1 and import_id = $2", user_id, import_id)
    sql = "delete from imports where user_id = $1 and id = $2 returning id"
    return await db.fetch_one(sql, user_id, import_id) is not None


async def last_number(user_id: UUID, import_id: UUID) -> int:
    """How far an earlier run came: the last conversation of which something is there."""
    sql = "select coalesce(max(number), 0) from import_results where user_id = $1 and import_id = $2"
    return int(await db.fetch_value(sql, user_id, import_id))


_NOTE: Final = """
    insert into import_results
        (id, user_id, import_id, number, title, outcome, messages, left_out, why, conversation_id)
    select g.id, $1, $2, g.number, g.title, g.outcome, g.messages, g.left_out, g.why, g.conversation_id
    from jsonb_to_recordset($3::text::jsonb) as g (
        id uuid, number int, title text, outcome text, messages int, left_out int, why text, conversation_id uuid
    )
    on conflict (user_id, import_id, number) do update set
        messages = import_results.messages + excluded.messages,
        outcome = case when import_results.outcome = 'SAME' then excluded.outcome else import_results.outcome end
"""


async def note(user_id: UUID, import_id: UUID, results_json: str) -> None:
    """What became of these. A conversation that comes in several parts counts once, with all of its messages."""
    await db.fetch(_NOTE, user_id, import_id, results_json)


async def unfinished(user_id: UUID) -> int:
    """How many are still to be read."""
    return sum(row["state"] == "WAITING" for row in await imports_of(user_id))


async def abandoned(before: datetime) -> Sequence[Row]:
    """Those whose job is no more, and which were begun before this moment."""
    sql = """
        select i.id, i.user_id from imports i left join jobs j on j.unique_key = 'import:' || i.id
        where i.state = 'WAITING' and i.created_at < $1 and coalesce(j.state, 'DEAD') = 'DEAD' limit 500
    """
    return await db.fetch(sql, before)


async def waiting(import_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are still to be read."""
    rows = await db.fetch("select id from imports where id = any($1) and state = 'WAITING'", list(import_ids))
    return {row["id"] for row in rows}
