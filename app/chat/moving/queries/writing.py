"""Conversations and messages that come by the hundred: each kind of row in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from app.database.engine import db

Row = Mapping[str, Any]

# One of our own that comes back is known by its id, one that was held elsewhere by its name there.
_KNOWN: Final = """
    select w.number, c.id, c.title, c.leaf_id, m.origin_id is null as goes_on_here
    from jsonb_to_recordset($2::text::jsonb) as w (number int, origin text, origin_id text, own_id uuid)
    join conversations c on c.user_id = $1
        and (c.id = w.own_id or (c.origin = w.origin and c.origin_id = w.origin_id))
    left join messages m on m.user_id = $1 and m.id = c.leaf_id
    where c.user_id = $1
"""
_THERE: Final = """
    select m.conversation_id, coalesce(m.origin_id, m.id::text) as key, m.id, m.depth, m.created_at from messages m
    join unnest($3::uuid[], $4::text[]) as w(conversation_id, key)
        on w.conversation_id = m.conversation_id and w.key = coalesce(m.origin_id, m.id::text)
    where m.user_id = $1 and m.conversation_id = any($2)
"""
_CONVERSATIONS: Final = """
    insert into conversations (id, user_id, title, has_own_title, folder_id, assistant_id, model, instructions,
        pinned_at, archived_at, origin, origin_id, active_at, created_at, updated_at)
    select g.id, $1, g.title, g.has_own_title, g.folder_id, g.assistant_id, g.model, g.instructions,
        g.pinned_at, g.archived_at, g.origin, g.origin_id, g.active_at, g.created_at, g.active_at
    from jsonb_to_recordset($2::text::jsonb) as g (
        id uuid, title text, has_own_title bool, folder_id uuid, assistant_id uuid, model text, instructions text,
        pinned_at timestamptz, archived_at timestamptz, origin text, origin_id text, active_at timestamptz,
        created_at timestamptz
    )
"""
_MESSAGES: Final = """
    insert into messages (id, user_id, conversation_id, parent_id, depth, role, content, model, provider, status, error,
        beside_id, tokens_in, tokens_out, tokens_estimated, cost, first_token_ms, duration_ms, reasoning, reasoning_ms,
        origin_id, deleted_at, created_at, settled_at)
    select g.id, $1, g.conversation_id, g.parent_id, g.depth, g.role, g.content, g.model, g.provider, g.status, g.error,
        g.beside_id, g.tokens_in, g.tokens_out, g.tokens_estimated, g.cost, g.first_token_ms, g.duration_ms,
        g.reasoning, g.reasoning_ms, g.origin_id, g.deleted_at, g.created_at, g.created_at
    from jsonb_to_recordset($2::text::jsonb) as g (
        id uuid, conversation_id uuid, parent_id uuid, depth int, role text, content text, model text, provider text,
        status text, error text, beside_id uuid, tokens_in int, tokens_out int, tokens_estimated bool, cost numeric,
        first_token_ms int, duration_ms int, reasoning text, reasoning_ms int, origin_id text, deleted_at timestamptz,
        created_at timestamptz
    )
"""
_REACTIONS: Final = """
    insert into message_reactions (id, user_id, message_id, type, created_at)
    select g.id, $1, g.message_id, g.type, g.created_at
    from jsonb_to_recordset($2::text::jsonb) as g (id uuid, message_id uuid, type text, created_at timestamptz)
    on conflict (user_id, message_id, type) do nothing
"""
_CHOICES: Final = """
    update messages m set chosen_id = p.child from unnest($2::uuid[], $3::uuid[]) as p(parent, child)
    where m.user_id = $1 and m.id = p.parent
"""
_HEADS: Final = """
    update conversations c set leaf_id = g.leaf_id, chosen_id = coalesce(g.chosen_id, c.chosen_id), preview = g.preview,
        active_at = greatest(c.active_at, g.active_at)
    from jsonb_to_recordset($2::text::jsonb) as g (
        id uuid, leaf_id uuid, chosen_id uuid, preview text, active_at timestamptz
    )
    where c.user_id = $1 and c.id = g.id
"""


async def known(user_id: UUID, wanted: Sequence[Row]) -> dict[int, Row]:
    """Which of these conversations are there already, by their number."""
    return {row["number"]: row for row in await db.fetch(_KNOWN, user_id, _json(wanted))}


async def there(user_id: UUID, wanted: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], Row]:
    """Which of these messages are there already, each named by its conversation and its name in the file."""
    if not wanted:
        return {}
    talks, keys = zip(*wanted, strict=True)
    rows = await db.fetch(_THERE, user_id, list(set(talks)), list(talks), list(keys))
    return {(row["conversation_id"], row["key"]): row for row in rows}


async def add_conversations(user_id: UUID, rows: Sequence[Row]) -> None:
    """These are new."""
    await _all_at_once(_CONVERSATIONS, user_id, rows)


async def add_messages(user_id: UUID, rows: Sequence[Row]) -> None:
    """These too."""
    await _all_at_once(_MESSAGES, user_id, rows)


async def add_reactions(user_id: UUID, rows: Sequence[Row]) -> None:
    """What the person thought of them."""
    await _all_at_once(_REACTIONS, user_id, rows)


async def set_heads(user_id: UUID, rows: Sequence[Row]) -> None:
    """Where the shown path of these conversations ends now, and what is said of them in the list."""
    await _all_at_once(_HEADS, user_id, rows)


async def choose(user_id: UUID, pairs: Mapping[UUID, UUID]) -> None:
    """Which child of each of these messages is shown."""
    if pairs:
        await db.fetch(_CHOICES, user_id, list(pairs), list(pairs.values()))


async def choose_first(user_id: UUID, conversation_id: UUID, message_id: UUID) -> None:
    """Which of several first messages of a conversation is shown."""
    sql = "update conversations set chosen_id = $3 where user_id = $1 and id = $2"
    await db.fetch(sql, user_id, conversation_id, message_id)


async def _all_at_once(sql: str, user_id: UUID, rows: Sequence[Row]) -> None:
    if rows:
        await db.fetch(sql, user_id, _json(rows))


def _json(rows: Sequence[Row]) -> str:
    return msgspec.json.encode(rows).decode()
