"""Every statement on replies under way. Each carries the person whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.chat.replies.live import Key
from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]
LEASE_S: Final = 12


@dataclass(frozen=True, slots=True)
class Written:
    """Text that is to be kept: of which reply, from which offset on, by which right."""

    key: Key
    epoch: int
    at: int
    text: str
    is_reasoning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a reply ended, and what it was."""

    status: str
    content: str
    html: str | None
    error: str | None = None
    reasoning: str = ""
    reasoning_ms: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_estimated: bool = False
    cost: Decimal | None = None
    first_token_ms: int | None = None
    duration_ms: int | None = None


# Keeping what comes -------------------------------------------------------------------------------------------------

# Whoever writes shares the run's row until it is done, so that nobody settles the reply in between: what is written is
# either in what was settled, or not written. Where an answer was lost, the same is written again, and more of it.
_APPEND: Final = """
    insert into chunks (id, user_id, message_id, is_reasoning, at, text)
    select c.id, c.user_id, c.message_id, c.is_reasoning, c.at, c.text
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bool[], $6::int[], $7::text[])
        as c(id, user_id, message_id, epoch, is_reasoning, at, text)
    join runs r on r.user_id = c.user_id and r.message_id = c.message_id and r.epoch = c.epoch
    for share of r
    on conflict (user_id, message_id, is_reasoning, at) do update set text = excluded.text
    returning message_id
"""


async def append(written: Sequence[Written]) -> set[UUID]:
    """Keep the new text of many replies at once; the replies that are still ours."""
    rows = await db.fetch(
        _APPEND,
        [new_id() for _ in written],
        [each.key.user_id for each in written],
        [each.key.message_id for each in written],
        [each.epoch for each in written],
        [each.is_reasoning for each in written],
        [each.at for each in written],
        [each.text for each in written],
    )
    return {row["message_id"] for row in rows}


_RENEW: Final = f"""
    update runs r set lease_until = now() + interval '{LEASE_S} seconds'
    from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as o(user_id, message_id, epoch)
    where r.user_id = o.user_id and r.message_id = o.message_id and r.epoch = o.epoch
    returning r.message_id, r.stop_requested
"""  # noqa: S608 - a number of ours


async def renew(held: Sequence[tuple[Key, int]]) -> dict[UUID, bool]:
    """Hold these for longer; for each that is still ours, whether somebody asked to stop it."""
    keys, epochs = [key for key, _ in held], [epoch for _, epoch in held]
    rows = await db.fetch(_RENEW, [key.user_id for key in keys], [key.message_id for key in keys], epochs)
    return {row["message_id"]: row["stop_requested"] for row in rows}


_MATERIALISE: Final = """
    with ours as (
        select o.user_id, o.message_id, o.content, o.reasoning
        from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[])
            as o(user_id, message_id, epoch, content, reasoning)
        join runs r on r.user_id = o.user_id and r.message_id = o.message_id and r.epoch = o.epoch
        for share of r
    ), kept as (
        update messages m set content = o.content, reasoning = o.reasoning from ours o
        where m.user_id = o.user_id and m.id = o.message_id
        returning m.user_id, m.id, length(m.content) as answered, length(m.reasoning) as reasoned
    )
    delete from chunks c using kept k
    where c.user_id = k.user_id and c.message_id = k.id
      and c.at < case when c.is_reasoning then k.reasoned else k.answered end
"""


async def materialise(whole: Sequence[tuple[Key, int, str, str]]) -> None:
    """Write the text so far, which is kept in chunks already, into the messages themselves."""
    keys = [key for key, *_ in whole]
    await db.fetch(
        _MATERIALISE,
        [key.user_id for key in keys],
        [key.message_id for key in keys],
        [epoch for _, epoch, *_ in whole],
        [content for *_, content, _ in whole],
        [reasoning for *_, reasoning in whole],
    )


# Reading what others write ------------------------------------------------------------------------------------------

_SO_FAR: Final = """
    select m.conversation_id, m.status, m.error, m.content, m.reasoning, r.epoch,
        coalesce((select string_agg(c.text, '' order by c.at) from chunks c
            where c.user_id = $1 and c.message_id = m.id and not c.is_reasoning and c.at >= length(m.content)), '')
            as content_more,
        coalesce((select string_agg(c.text, '' order by c.at) from chunks c
            where c.user_id = $1 and c.message_id = m.id and c.is_reasoning and c.at >= length(m.reasoning)), '')
            as reasoning_more
    from messages m left join runs r on r.user_id = $1 and r.message_id = m.id
    where m.user_id = $1 and m.id = $2 and m.role = 'ASSISTANT'
"""


async def so_far(user_id: UUID, message_id: UUID) -> Row | None:
    """A reply of this person as far as it is stored."""
    return await db.fetch_one(_SO_FAR, user_id, message_id)


# Ends ---------------------------------------------------------------------------------------------------------------

_HOLD: Final = "select epoch from runs where user_id = $1 and message_id = $2 and epoch = $3 for update"


async def hold(key: Key, epoch: int) -> bool:
    """Wait for what is being written of it, and let nothing more be written in this unit of work; if it is ours."""
    return await db.fetch_one(_HOLD, key.user_id, key.message_id, epoch) is not None


_SETTLE: Final = """
    with ended as (
        delete from runs where user_id = $1 and message_id = $2 and epoch = $3 returning message_id, conversation_id
    ), gone as (
        delete from chunks c using ended e where c.user_id = $1 and c.message_id = e.message_id
    ), talk as (
        update conversations c set preview = $17, active_at = $16, unread_since = coalesce(c.unread_since, $16)
        from ended e where c.user_id = $1 and c.id = e.conversation_id
        returning c.title, c.has_own_title, c.temporary
    ), settled as (
        update messages m set status = $4, content = $5, html = $6, error = $7, reasoning = $8, reasoning_ms = $9,
            tokens_in = $10, tokens_out = $11, tokens_estimated = $12, cost = $13, first_token_ms = $14,
            duration_ms = $15, settled_at = $16
        from ended e where m.user_id = $1 and m.id = e.message_id
        returning m.id, m.parent_id, m.depth, m.status, m.error, m.created_at
    )
    select s.*, t.title, t.has_own_title, t.temporary, q.content as question, q.created_at as asked_at
    from settled s left join talk t on true left join messages q on q.user_id = $1 and q.id = s.parent_id
"""


async def settle(key: Key, epoch: int, ending: Ending, preview: str) -> Row | None:
    """Write how it ended, if it is still ours, and in the list what was said last, unread.

    The message, with its conversation (unless that is gone) and what it replies to.
    """
    return await db.fetch_one(
        _SETTLE,
        key.user_id,
        key.message_id,
        epoch,
        ending.status,
        ending.content,
        ending.html,
        ending.error,
        ending.reasoning,
        ending.reasoning_ms,
        ending.tokens_in,
        ending.tokens_out,
        ending.tokens_estimated,
        ending.cost,
        ending.first_token_ms,
        ending.duration_ms,
        now(),
        preview,
    )


_REQUEST_STOP: Final = """
    update runs set stop_requested = true where user_id = $1 and message_id = $2 returning message_id
"""


async def request_stop(user_id: UUID, message_id: UUID) -> bool:
    """Ask whoever writes it to stop; whether anybody does."""
    return await db.fetch_one(_REQUEST_STOP, user_id, message_id) is not None


_CLAIM: Final = f"""
    update runs r set epoch = r.epoch + 1, owner = $1, lease_until = now() + interval '{LEASE_S} seconds'
    from (
        select user_id, message_id from runs where lease_until < now() and message_id <> all($3) order by lease_until
        limit $2 for update skip locked
    ) as late
    where r.user_id = late.user_id and r.message_id = late.message_id
    returning r.user_id, r.message_id, r.conversation_id, r.epoch
"""  # noqa: S608 - a number of ours


async def claim_lost(owner: str, but: Sequence[UUID] = (), most: int = 20) -> list[tuple[Key, int]]:
    """Take over replies whose worker was not heard of any more. Nobody else gets them, the old owner included.

    `but` are those that the caller writes itself: they are late, not lost.
    """
    rows = await db.fetch(_CLAIM, owner, most, but)
    return [(Key(row["user_id"], row["conversation_id"], row["message_id"]), row["epoch"]) for row in rows]


async def of_owner(owner: str) -> int:
    """How many replies this worker holds, for whoever looks after the house."""
    return int(await db.fetch_value("select count(*) from runs where owner = $1", owner))
