"""Every statement on messages. Each carries the person whose they are.

The shown path runs from the conversation down: at each message to the chosen child, or else to the newest. Each step
is a look-up of its own (`lateral`, with a limit), so that no plan reads the whole conversation for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]
COLUMNS: Final = """
    m.id, m.conversation_id, m.parent_id, m.depth, m.role, m.content, m.html, m.model, m.provider, m.status, m.error,
    m.beside_id, m.tokens_in, m.tokens_out, m.tokens_estimated, m.cost, m.first_token_ms, m.duration_ms,
    m.reasoning, m.reasoning_ms, m.attached, m.deleted_at, m.created_at, m.settled_at
"""
_UP: Final = f"""
    with recursive path as (
        select {COLUMNS} from messages m where m.user_id = $1 and m.conversation_id = $2 and m.id = $3
        union all
        select n.* from path p cross join lateral (
            select {COLUMNS} from messages m where m.user_id = $1 and m.id = p.parent_id limit 1
        ) as n where n.conversation_id = $2
    )
    select * from path limit $4
"""  # noqa: S608 - columns of ours
_DOWN: Final = f"""
    with recursive path as (
        select {COLUMNS}, m.chosen_id from messages m where m.user_id = $1 and m.conversation_id = $2 and m.id = $3
        union all
        select n.* from path p cross join lateral (
            select {COLUMNS}, m.chosen_id from messages m
            where m.user_id = $1 and m.parent_id = p.id
            order by (m.id = p.chosen_id) desc nulls last, m.id desc limit 1
        ) as n where n.conversation_id = $2
    )
    select * from path offset 1 limit $4
"""  # noqa: S608 - columns of ours
_LEAF: Final = """
    with recursive path as (
        select m.id, m.chosen_id, m.depth, m.conversation_id from messages m
        where m.user_id = $1 and m.conversation_id = $2 and m.id = $3
        union all
        select n.* from path p cross join lateral (
            select m.id, m.chosen_id, m.depth, m.conversation_id from messages m
            where m.user_id = $1 and m.parent_id = p.id
            order by (m.id = p.chosen_id) desc nulls last, m.id desc limit 1
        ) as n where n.conversation_id = $2
    )
    select id from path order by depth desc limit 1
"""
_SIBLINGS: Final = """
    select parent_id, array_agg(id order by id) as ids from messages
    where user_id = $1 and parent_id = any($2) group by parent_id having count(*) > 1
"""
_BESIDE: Final = f"""
    select {COLUMNS} from messages m
    where m.user_id = $1 and m.conversation_id = $2 and m.beside_id = any($3)
      and not exists (
        select from messages p
        where p.user_id = $1 and p.conversation_id = $2 and p.id = m.parent_id and p.chosen_id is not null)
    order by m.id
"""  # noqa: S608 - columns of ours
_REACTIONS: Final = "select message_id, type from message_reactions where user_id = $1 and message_id = any($2)"
_ONE: Final = f"select {COLUMNS} from messages m where m.user_id = $1 and m.conversation_id = $2 and m.id = $3"  # noqa: S608 - columns of ours


async def upwards(user_id: UUID, conversation_id: UUID, message_id: UUID, most: int) -> list[Row]:
    """One message and those before it, the nearest first."""
    return await db.fetch(_UP, user_id, conversation_id, message_id, most)


async def downwards(user_id: UUID, conversation_id: UUID, message_id: UUID, most: int) -> list[Row]:
    """The shown path below this message."""
    return await db.fetch(_DOWN, user_id, conversation_id, message_id, most)


async def leaf_below(user_id: UUID, conversation_id: UUID, message_id: UUID) -> UUID | None:
    """The last message of the shown path through this one."""
    found: UUID | None = await db.fetch_value(_LEAF, user_id, conversation_id, message_id)
    return found


async def siblings(user_id: UUID, parents: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The children of each of these that has several, oldest first."""
    return {row["parent_id"]: row["ids"] for row in await db.fetch(_SIBLINGS, user_id, parents)}


async def beside(user_id: UUID, conversation_id: UUID, groups: Sequence[UUID]) -> list[Row]:
    """The replies of these groups, for as long as nobody has chosen one of them."""
    return await db.fetch(_BESIDE, user_id, conversation_id, groups) if groups else []


async def reactions(user_id: UUID, messages: Sequence[UUID]) -> dict[UUID, set[str]]:
    """What the person thinks of each of these."""
    found: dict[UUID, set[str]] = {}
    for row in await db.fetch(_REACTIONS, user_id, messages):
        found.setdefault(row["message_id"], set()).add(row["type"])
    return found


async def message_of(user_id: UUID, conversation_id: UUID, message_id: UUID) -> Row | None:
    """One message of this person in this conversation."""
    return await db.fetch_one(_ONE, user_id, conversation_id, message_id)


async def messages_of(user_id: UUID, conversation_id: UUID, messages: Sequence[UUID]) -> list[Row]:
    """These messages, oldest first."""
    sql = f"""
        select {COLUMNS} from messages m
        where m.user_id = $1 and m.conversation_id = $2 and m.id = any($3) order by m.depth, m.id
    """  # noqa: S608 - columns of ours
    return await db.fetch(sql, user_id, conversation_id, messages)


async def told_of(user_id: UUID, conversation_id: UUID, message_id: UUID) -> str | None:
    """What the model was told for this reply, as it was noted."""
    found: str | None = await db.fetch_value(
        "select told from messages where user_id = $1 and conversation_id = $2 and id = $3",
        user_id,
        conversation_id,
        message_id,
    )
    return found


async def texts_of(user_id: UUID, conversation_id: UUID, messages: Sequence[UUID]) -> list[Row]:
    """These messages in the order in which they were said."""
    return await db.fetch(
        """
        select id, role, content, deleted_at from messages
        where user_id = $1 and conversation_id = $2 and id = any($3) order by depth
        """,
        user_id,
        conversation_id,
        messages,
    )


_FORK: Final = """
    with made as (
        insert into conversations (id, user_id, title, preview, model, instructions, folder_id, assistant_id, leaf_id,
            active_at, created_at, updated_at)
        select $3, c.user_id, c.title, c.preview, c.model, c.instructions, c.folder_id, c.assistant_id, $7, $8, $8, $8
        from conversations c where c.user_id = $1 and c.id = $2 and c.deleted_at is null returning id
    )
    insert into messages (id, user_id, conversation_id, parent_id, depth, role, content, html, model, provider, status,
        error, reasoning, reasoning_ms, attached, deleted_at, created_at, settled_at)
    select f.id, $1, made.id, f.parent_id, m.depth, m.role, m.content, m.html, m.model, m.provider, m.status,
        m.error, m.reasoning, m.reasoning_ms, m.attached, m.deleted_at, m.created_at, m.settled_at
    from made, unnest($4::uuid[], $5::uuid[], $6::uuid[]) as f(old_id, id, parent_id), messages m
    where m.user_id = $1 and m.conversation_id = $2 and m.id = f.old_id and m.status not in ('STREAMING', 'QUEUED')
    returning id
"""
_PATH_IDS: Final = """
    with recursive path as (
        select m.id, m.parent_id from messages m where m.user_id = $1 and m.conversation_id = $2 and m.id = $3
        union all
        select n.id, n.parent_id from path p cross join lateral (
            select m.id, m.parent_id, m.conversation_id from messages m
            where m.user_id = $1 and m.id = p.parent_id limit 1
        ) as n where n.conversation_id = $2
    )
    select id from path limit $4
"""


async def path_to(user_id: UUID, conversation_id: UUID, message_id: UUID, most: int) -> list[UUID]:
    """The ids of this message and those before it, the first of the conversation first."""
    rows = await db.fetch(_PATH_IDS, user_id, conversation_id, message_id, most)
    return [row["id"] for row in reversed(rows)]


async def fork(user_id: UUID, conversation_id: UUID, new_conversation: UUID, path: Sequence[UUID]) -> dict[UUID, UUID]:
    """Copy these messages, which follow one another, into a new conversation: of each that was, the copy."""
    copies = [new_id() for _ in path]
    parents = [new_conversation, *copies][: len(copies)]
    rows = await db.fetch(_FORK, user_id, conversation_id, new_conversation, path, copies, parents, copies[-1], now())
    made = {row["id"] for row in rows}
    return {old: copy for old, copy in zip(path, copies, strict=True) if copy in made}


async def some_of(user_id: UUID, conversation_id: UUID, after: UUID | None, most: int) -> list[Row]:
    """Messages of a conversation in the order in which they were made, with its title: for whoever reads all of it."""
    return await db.fetch(
        """
        select m.id, m.role, m.depth, m.content, m.created_at, c.title from messages m
        join conversations c on c.user_id = $1 and c.id = m.conversation_id
        where m.user_id = $1 and m.conversation_id = $2 and m.deleted_at is null
          and ($3::uuid is null or m.id > $3) and not c.temporary
        order by m.id limit $4
        """,
        user_id,
        conversation_id,
        after,
        most,
    )


_CHOOSE: Final = """
    with one as (
        select id, parent_id from messages where user_id = $1 and conversation_id = $2 and id = $3
    ), above as (
        update messages m set chosen_id = one.id from one
        where m.user_id = $1 and m.conversation_id = $2 and m.id = one.parent_id
    )
    update conversations c set chosen_id = case when one.parent_id = c.id then one.id else c.chosen_id end, leaf_id = $4
    from one where c.user_id = $1 and c.id = $2 returning c.id
"""


async def choose(user_id: UUID, conversation_id: UUID, message_id: UUID, leaf_id: UUID) -> bool:
    """Show this one in place of its siblings; whether there is one."""
    return await db.fetch_one(_CHOOSE, user_id, conversation_id, message_id, leaf_id) is not None


async def blank(user_id: UUID, conversation_id: UUID, message_id: UUID) -> bool:
    """Take away what a message says. Its place stays, so that its answers can be reached."""
    sql = """
        update messages set content = '', html = null, reasoning = '', told = null, attached = 0, deleted_at = $4
        where user_id = $1 and conversation_id = $2 and id = $3 and deleted_at is null
          and status not in ('STREAMING', 'QUEUED')
        returning id
    """
    return await db.fetch_one(sql, user_id, conversation_id, message_id, now()) is not None


_REACT: Final = """
    insert into message_reactions (id, user_id, message_id, type, created_at)
    select $1, m.user_id, m.id, $5, $6 from messages m
    where m.user_id = $2 and m.conversation_id = $3 and m.id = $4 and m.deleted_at is null
    on conflict (user_id, message_id, type) do nothing
"""
_UNREACT: Final = (
    "delete from message_reactions where user_id = $1 and message_id = $2 and type = any($3) returning type"
)


async def react(user_id: UUID, conversation_id: UUID, message_id: UUID, kind: str) -> None:
    """Think this of it."""
    await db.fetch(_REACT, new_id(), user_id, conversation_id, message_id, kind, now())


async def unreact(user_id: UUID, message_id: UUID, kinds: Sequence[str]) -> bool:
    """Think it no longer; whether it was so."""
    return bool(await db.fetch(_UNREACT, user_id, message_id, kinds))


async def count(user_id: UUID) -> int:
    """How many there are."""
    return int(await db.fetch_value("select count(*) from messages where user_id = $1 and deleted_at is null", user_id))
