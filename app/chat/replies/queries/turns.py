"""The statements with which a turn begins: one that reads all that is needed, one that writes all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from app.chat.messages.queries import COLUMNS
from app.chat.replies.live import Key
from app.chat.replies.queries.runs import LEASE_S
from app.database.engine import db

Row = Mapping[str, Any]


def epoch_at(moment: datetime) -> int:
    """The epoch of a run that begins now: seconds, which later claims count up from."""
    return int(moment.timestamp())


@dataclass(frozen=True, slots=True)
class Asked:
    """One reply that is to be written: by which model, and what that model is told."""

    id: UUID
    model: str
    provider: str
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a person says, where it belongs, and the replies that it asks for."""

    user_id: UUID
    conversation_id: UUID
    message_id: UUID
    parent_id: UUID
    depth: int
    text: str
    preview: str
    key: str
    moment: datetime
    owner: str
    replies: Sequence[Asked] = ()
    beside_id: UUID | None = None
    status: str = "DONE"
    attached: Sequence[UUID] = ()  # files that hang on it from now on
    like_id: UUID | None = None  # the message that this is another version of, whose files it has as well
    files: int = 0  # how many that makes
    ends_draft: bool = False
    wishes: Sequence[str] | None = None  # the models that it waits for

    @property
    def epoch(self) -> int:
        """The right by which its replies are written: never one that an earlier run of the same message had."""
        return epoch_at(self.moment)

    @property
    def leaf_id(self) -> UUID:
        return self.replies[-1].id if self.replies else self.message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a new conversation begins with."""

    title: str
    model: str | None = None
    folder_id: UUID | None = None
    assistant_id: UUID | None = None
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the past, as a model is told of it."""

    id: UUID
    role: str
    content: str
    depth: int
    parent_id: UUID
    status: str
    is_deleted: bool
    attached: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """A conversation as it stands: what holds in it, and what was said, the newest first."""

    id: UUID
    model: str | None
    instructions: tuple[str, ...]
    folder_model: str | None
    assistant_id: UUID | None
    temporary: bool
    said: Sequence[Said] = field(default_factory=tuple)


MOST_STEPS: Final = 600  # however short they are: what lies further back seldom matters
_PAST: Final = f"""
    with recursive path as (
        select m.id, m.parent_id, m.depth, m.role, m.content, m.status, m.deleted_at, m.attached,
            length(m.content) as total, 1 as steps
        from messages m where m.user_id = $1 and m.conversation_id = $2 and m.id = coalesce($3::uuid,
            (select c.leaf_id from conversations c where c.user_id = $1 and c.id = $2))
        union all
        select n.id, n.parent_id, n.depth, n.role, n.content, n.status, n.deleted_at, n.attached,
            p.total + length(n.content), p.steps + 1
        from path p cross join lateral (select * from messages m where m.user_id = $1 and m.id = p.parent_id limit 1) n
        where n.conversation_id = $2 and p.total < $4 and p.steps < {MOST_STEPS}
    )
    select c.id, c.model, c.instructions, c.assistant_id, c.temporary, f.default_model as folder_model,
        coalesce(f.instructions, '') as folder_instructions,
        (select jsonb_agg(jsonb_build_array(p.id, p.role, p.content, p.depth, p.parent_id, p.status,
            p.deleted_at is not null, p.attached) order by p.depth desc) from path p) as said
    from conversations c left join folders f on f.user_id = $1 and f.id = c.folder_id
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null
"""  # noqa: S608 - a number of ours


async def past(user_id: UUID, conversation_id: UUID, message_id: UUID | None, most_characters: int) -> Past | None:
    """The conversation, and what was said up to this message (or the last one), as far back as so many characters."""
    row = await db.fetch_one(_PAST, user_id, conversation_id, message_id, most_characters)
    if row is None:
        return None
    return Past(
        row["id"],
        row["model"],
        (row["folder_instructions"], row["instructions"]),
        row["folder_model"],
        row["assistant_id"],
        row["temporary"],
        _said(row["said"]),
    )


def _said(packed: str | None) -> list[Said]:
    """The messages as PostgreSQL packs them: one array each."""
    kind = list[tuple[UUID, str, str, int, UUID, str, bool, int]]
    return [Said(*each) for each in msgspec.json.decode(packed, type=kind)] if packed else []


_ALL: Final = COLUMNS.replace("m.", "messages.")
# What a turn writes, once `said` stands for the person's message. $1 is the person, $2 the conversation.
_ANSWERS: Final = f"""
    replies as (
        insert into messages (id, user_id, conversation_id, parent_id, depth, role, status, model, provider,
            beside_id, told, created_at)
        select r.id, $1, said.conversation_id, said.id, said.depth + 1, 'ASSISTANT', 'STREAMING', r.model, r.provider,
            $3, r.told, $4
        from said, unnest($5::uuid[], $6::text[], $7::text[], $8::jsonb[]) as r(id, model, provider, told)
        returning {_ALL}
    ), started as (
        insert into runs (id, user_id, message_id, conversation_id, owner, epoch, lease_until, created_at)
        select r.id, $1, r.id, r.conversation_id, $9, floor(extract(epoch from $4::timestamptz))::bigint,
            now() + interval '{LEASE_S} seconds', $4 from replies r
    )
"""  # noqa: S608 - a number of ours
_MESSAGE: Final = """
    insert into messages (id, user_id, conversation_id, parent_id, depth, role, content, status, idempotency_key,
        attached, created_at, settled_at, wishes)
    select $10::uuid, $1::uuid, $2::uuid, $11::uuid, $12::int, 'USER', $13::text, $14::varchar, $15::text,
        $20::smallint, $4::timestamptz,
        case when $14::varchar = 'DONE' then $4::timestamptz end, $18::text[]
"""
_ONCE: Final = f"""
    on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing
    returning {_ALL}
"""
_SENT: Final = "select * from said union all select * from replies"
_GO_ON: Final = f"""
    with said as ({_MESSAGE}
        from conversations c where c.user_id = $1 and c.id = $2 and c.deleted_at is null and (
            $11 = c.id or exists (
                select from messages p where p.user_id = $1 and p.conversation_id = $2 and p.id = $11))
        {_ONCE}
    ), {_ANSWERS}, above as (
        update messages m set chosen_id = null from said where m.user_id = $1 and m.id = $11 and m.chosen_id is not null
    ), draft as (
        delete from drafts d using said where $19 and d.user_id = $1 and d.place = $2
    ), moved as (
        update conversations c set leaf_id = $16, preview = $17, active_at = $4, unread_since = null,
            archived_at = null, chosen_id = case when $11 = c.id then said.id else c.chosen_id end
        from said where c.user_id = $1 and c.id = $2
    )
    {_SENT}
"""  # noqa: S608 - statements of ours
_BEGIN: Final = f"""
    with said as ({_MESSAGE} {_ONCE}), {_ANSWERS}, draft as (
        delete from drafts d using said where $19 and d.user_id = $1 and d.place = $1
    ), opened as (
        insert into conversations (id, user_id, leaf_id, preview, title, model, folder_id, assistant_id, temporary,
            active_at, created_at, updated_at)
        select said.conversation_id, $1, $16, $17, $21, $22,
            (select f.id from folders f where f.user_id = $1 and f.id = $23), $24, $25, $4, $4, $4
        from said
    )
    {_SENT}
"""  # noqa: S608 - statements of ours
_REPLY: Final = f"""
    with said as (
        update messages set status = 'DONE', settled_at = coalesce(settled_at, $4)
        where user_id = $1 and conversation_id = $2 and id = $10 and role = 'USER' and status in ('DONE', 'QUEUED')
          and (status = 'QUEUED' or not $11) and deleted_at is null
        returning id, conversation_id, depth
    ), {_ANSWERS}, above as (
        update messages m set chosen_id = null from said where m.user_id = $1 and m.id = $10
    ), with_it as (
        update messages m set status = 'DONE', settled_at = $4 from said
        where m.user_id = $1 and m.id = any($13) and m.status = 'QUEUED'
    )
    update conversations c set leaf_id = $12, active_at = $4 from said
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null returning said.id
"""  # noqa: S608 - statements of ours


def _answers(turn: Turn) -> list[Any]:
    return [
        turn.user_id,
        turn.conversation_id,
        turn.beside_id,
        turn.moment,
        [each.id for each in turn.replies],
        [each.model for each in turn.replies],
        [each.provider for each in turn.replies],
        [msgspec.json.encode(each.told).decode() for each in turn.replies],
        turn.owner,
    ]


def _message(turn: Turn) -> list[Any]:
    key = turn.key or None  # who sends none does not want two to be taken for one
    of_it = [turn.message_id, turn.parent_id, turn.depth, turn.text, turn.status, key, turn.leaf_id, turn.preview]
    return [*of_it, turn.wishes, turn.ends_draft, turn.files]


async def go_on(turn: Turn) -> list[Row]:
    """Write this turn into a conversation that is there: its messages; none where the same was sent before."""
    return await db.fetch(_GO_ON, *_answers(turn), *_message(turn))


async def begin(turn: Turn, opening: Opening) -> list[Row]:
    """Write a new conversation with its first turn: its messages; none where the same was sent before."""
    of_it = [opening.title, opening.model, opening.folder_id, opening.assistant_id, opening.temporary]
    return await db.fetch(_BEGIN, *_answers(turn), *_message(turn), *of_it)


async def reply(turn: Turn, *, only_queued: bool = False, with_it: Sequence[UUID] = ()) -> bool:
    """Begin (more) replies to a message that was said; false where it is not there, or nobody waits any more.

    `with_it` are messages before it that waited too: they are answered with it.
    """
    values = (turn.message_id, only_queued, turn.leaf_id, with_it)
    return await db.fetch_one(_REPLY, *_answers(turn), *values) is not None


async def sent_before(user_id: UUID, key: str) -> Row | None:
    """The message that came with this key, and the replies to it."""
    return await db.fetch_one(
        """
        select m.id, m.conversation_id, m.content, array(
            select r.id from messages r where r.user_id = $1 and r.parent_id = m.id order by r.id) as replies
        from messages m where m.user_id = $1 and m.idempotency_key = $2
        """,
        user_id,
        key,
    )


_CONTINUE: Final = f"""
    with again as (
        update messages set status = 'STREAMING', error = null, html = null, settled_at = null
        where user_id = $1 and conversation_id = $2 and id = $3 and role = 'ASSISTANT' and deleted_at is null
          and status in ('STOPPED', 'FAILED', 'INTERRUPTED', 'DONE') and length(content) = $6
        returning id, conversation_id, content, reasoning
    ), started as (
        insert into runs (id, user_id, message_id, conversation_id, owner, epoch, lease_until, created_at)
        select id, $1, id, conversation_id, $4, floor(extract(epoch from $5::timestamptz))::bigint,
            now() + interval '{LEASE_S} seconds', $5 from again
    )
    select content, reasoning from again
"""  # noqa: S608 - a number of ours


async def go_on_writing(turn: Turn, known: int) -> Row | None:
    """Take up a reply where it ended: what it says so far.

    None where it is not there, is still under way, or says something else than the so many characters that are known.
    """
    values = (turn.user_id, turn.conversation_id, turn.message_id, turn.owner, turn.moment, known)
    return await db.fetch_one(_CONTINUE, *values)


_WAITING: Final = """
    with recursive waiting as (
        select m.id, m.parent_id, m.wishes from messages m
        where m.user_id = $1 and m.parent_id = $2 and m.status = 'QUEUED'
        union all
        select m.id, m.parent_id, m.wishes from messages m join waiting w on m.parent_id = w.id
        where m.user_id = $1 and m.status = 'QUEUED'
    )
    select id, wishes from waiting w where not exists (select from waiting v where v.parent_id = w.id) order by id
"""


async def queued_below(user_id: UUID, parent_id: UUID) -> list[tuple[UUID, Sequence[str]]]:
    """The messages that wait for this reply to end, and for whom: of several one after the other, the last."""
    return [(row["id"], row["wishes"] or ()) for row in await db.fetch(_WAITING, user_id, parent_id)]


async def written_beside(user_id: UUID, conversation_id: UUID, parent_id: UUID) -> list[UUID]:
    """The replies to this message that are being written."""
    sql = """
        select id from messages
        where user_id = $1 and conversation_id = $2 and parent_id = $3 and status = 'STREAMING' order by id
    """
    return [row["id"] for row in await db.fetch(sql, user_id, conversation_id, parent_id)]


_LEFT: Final = """
    select distinct m.user_id, m.conversation_id, m.parent_id from messages m
    join messages p on p.user_id = m.user_id and p.id = m.parent_id
    where m.status = 'QUEUED' and p.status not in ('QUEUED', 'STREAMING') limit $1
"""


async def left_waiting(most: int = 20) -> list[Key]:
    """Replies that ended while somebody died who would have answered what waited for them."""
    return [Key(row["user_id"], row["conversation_id"], row["parent_id"]) for row in await db.fetch(_LEFT, most)]
