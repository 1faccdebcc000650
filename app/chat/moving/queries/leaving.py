"""What is read of conversations that are written down: a part at a time, in the order in which it was made."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.database.engine import db

Row = Mapping[str, Any]

_HEAD: Final = """
    select c.id, c.title, c.origin, c.origin_id, c.created_at, c.active_at, c.folder_id, c.assistant_id, c.model,
        c.instructions, c.pinned_at is not null as pinned, c.archived_at is not null as archived, c.chosen_id,
        coalesce(m.origin_id, c.leaf_id::text) as current
    from conversations c left join messages m on m.user_id = $1 and m.id = c.leaf_id
    where c.user_id = $1 and c.deleted_at is null
"""
_MESSAGE: Final = """
    m.id, coalesce(m.origin_id, m.id::text) as origin_id, m.parent_id, m.depth, m.role, m.content, m.created_at,
    m.model, m.provider, m.reasoning, m.status, m.error, m.attached, m.deleted_at, m.chosen_id, m.beside_id,
    m.tokens_in, m.tokens_out, m.tokens_estimated, m.cost, m.first_token_ms, m.duration_ms, m.reasoning_ms,
    (select coalesce(p.origin_id, p.id::text) from messages p where p.user_id = $1 and p.id = m.parent_id) as parent,
    (select coalesce(p.origin_id, p.id::text) from messages p where p.user_id = $1 and p.id = m.chosen_id) as chosen,
    (select array_agg(r.type order by r.id) from message_reactions r where r.user_id = $1 and r.message_id = m.id)
        as reactions
"""
_TREE: Final = f"""
    select {_MESSAGE} from messages m
    where m.user_id = $1 and m.conversation_id = $2 and m.status not in ('STREAMING', 'QUEUED')
      and ($3::uuid is null or m.id > $3)
    order by m.id limit $4
"""  # noqa: S608 - columns of ours
_CHILD: Final = """
    select id from messages where user_id = $1 and parent_id = $2
    order by (id = $3) desc nulls last, id desc limit 1
"""


async def heads(user_id: UUID, after: UUID | None, most: int) -> Sequence[Row]:
    """The conversations that stay, in the order in which they were made."""
    sql = _HEAD + "and not c.temporary and ($2::uuid is null or c.id > $2) order by c.id limit $3"
    return await db.fetch(sql, user_id, after, most)


async def head(user_id: UUID, conversation_id: UUID) -> Row | None:
    """One conversation."""
    return await db.fetch_one(_HEAD + "and c.id = $2", user_id, conversation_id)


async def tree(user_id: UUID, conversation_id: UUID, after: UUID | None, most: int) -> Sequence[Row]:
    """Messages of the whole tree."""
    return await db.fetch(_TREE, user_id, conversation_id, after, most)


async def first_shown(user_id: UUID, conversation_id: UUID, chosen_id: UUID | None) -> UUID | None:
    """The first message of the path that is shown."""
    found: UUID | None = await db.fetch_value(_CHILD, user_id, conversation_id, chosen_id)
    return found
