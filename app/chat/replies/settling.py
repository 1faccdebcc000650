"""How a reply ends: in one transaction it is written, indexed, paid for and mentioned in the list; then it is told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Final

from app.chat.messages.passages import passages
from app.chat.replies import telling
from app.chat.replies.answering import Answer
from app.chat.replies.live import STREAMING, Key
from app.chat.replies.naming import name_later
from app.chat.replies.queries import runs
from app.chat.replies.queries.runs import Ending, Row
from app.chat.replies.queries.turns import Turn
from app.chat.replies.runner import Outcome, Settle
from app.chat.replies.scribe import TOPIC
from app.core import log
from app.core.clock import now, timedelta
from app.core.errors import Unavailable
from app.core.text import shortened
from app.database.bus import bus
from app.database.engine import atomic
from app.database.transaction import repeated
from app.index import service as index
from app.index.passages import Passage
from app.markup.render import rendered_later
from app.providers import usage
from app.providers.usage import Call

TALK: Final = "talk"  # something in a conversation changed
LONGEST_PREVIEW: Final = 140
LONG: Final = timedelta(seconds=30)  # a reply that took so long is worth a notification
_log = log.logger("app.chat.replies")
_followers: Final[list[Callable[[Key], Awaitable[None]]]] = []


def tell(key: Key) -> None:
    """Let every page that shows this conversation know that there is more of it."""
    bus.publish(TALK, key.conversation_id)


def by(answer: Answer, turn: Turn | None) -> Settle:
    """What settles a reply of this process."""
    return partial(_settle, answer, turn)


async def _settle(answer: Answer, turn: Turn | None, outcome: Outcome) -> None:
    live = outcome.live
    ending = await _ending(answer, outcome)
    row = await _write(live.key, live.epoch, ending, is_first=turn is not None, answer=answer)
    if row is None:
        row = await _settled_before(live.key)
    if row is None:
        live.settle("INTERRUPTED", "LOST")
        return
    live.settle(row["status"], row["error"] or "")
    _announce(live.key)
    await _go_on(live.key)


async def _settled_before(key: Key) -> Row | None:
    """The reply as it stands, where it has an end: perhaps ours, when only the word that it is written was lost."""
    row = await runs.so_far(key.user_id, key.message_id)
    return None if row is None or row["status"] == STREAMING else row


async def settle_lost(key: Key, epoch: int) -> None:
    """Settle what another worker left behind: all that was stored of it stays."""
    row = await runs.so_far(key.user_id, key.message_id)
    if row is None:
        return
    text, reasoning = row["content"] + row["content_more"], row["reasoning"] + row["reasoning_more"]
    ending = Ending(
        status="INTERRUPTED",
        content=text,
        html=None,
        error="WORKER_GONE",
        reasoning=reasoning,
        tokens_out=usage.estimated_tokens(text + reasoning),
        tokens_estimated=True,
    )
    if await _write(key, epoch, ending, is_first=True, answer=None) is not None:
        _announce(key)
        await _go_on(key)


async def _ending(answer: Answer, outcome: Outcome) -> Ending:
    live, text = outcome.live, outcome.live.answer.text
    spent = _spent(answer, outcome) if answer.choice.endpoint is not None else Spent()
    return Ending(
        status=outcome.status,
        content=text,
        html=None,
        error=outcome.error or None,
        reasoning=live.reasoning.text,
        reasoning_ms=round(live.reasoned_s * 1000) if live.reasoning.length else None,
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        tokens_estimated=spent.is_estimated,
        cost=spent.cost,
        first_token_ms=outcome.first_token_ms,
        duration_ms=outcome.duration_ms,
    )


@dataclass(frozen=True, slots=True)
class Spent:
    """What a reply took, as its provider counted; or estimated, and marked so."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    is_estimated: bool = False
    cost: Decimal | None = None


def _spent(answer: Answer, outcome: Outcome) -> Spent:
    live, told = outcome.live, "".join(turn.text for turn in answer.prompt.turns)
    tokens_in, tokens_out = outcome.tokens_in, outcome.tokens_out
    is_estimated = tokens_in is None or tokens_out is None
    tokens_in = usage.estimated_tokens(told) if tokens_in is None else tokens_in
    if tokens_out is None:
        tokens_out = usage.estimated_tokens(live.answer.text + live.reasoning.text)
    return Spent(tokens_in, tokens_out, is_estimated, usage.cost(answer.choice.model, tokens_in, tokens_out))


async def _write(key: Key, epoch: int, ending: Ending, *, is_first: bool, answer: Answer | None) -> Row | None:
    """All of it together. Where something beside it is broken, at least what was said, and how it ended."""
    whole = asyncio.create_task(repeated(lambda: _whole(key, epoch, ending, is_first=is_first, answer=answer)))
    await asyncio.wait({whole})
    failure = whole.exception()
    if isinstance(failure, Unavailable):
        raise failure
    if failure is None:
        return whole.result()
    _log.error("A reply is kept, but neither indexed nor paid for", exc_info=failure)
    async with atomic():
        return await _settled(key, epoch, ending)


async def _settled(key: Key, epoch: int, ending: Ending) -> Row | None:
    if not await runs.hold(key, epoch):
        return None
    return await runs.settle(key, epoch, ending, shortened(ending.content, LONGEST_PREVIEW))


async def _whole(key: Key, epoch: int, ending: Ending, *, is_first: bool, answer: Answer | None) -> Row | None:
    ending = replace(ending, html=await rendered_later(ending.content))
    async with atomic():
        row = await _settled(key, epoch, ending)
        if row is None:
            return None
        is_there = row["title"] is not None
        if is_there and not row["temporary"]:
            await index.put(key.user_id, _passages(key, row, ending, with_question=is_first))
        if answer is not None and answer.choice.endpoint is not None:
            await usage.record(key.user_id, _call(key, ending, answer))
            if row["depth"] == 1 and ending.status == "DONE" and is_there and not row["has_own_title"]:
                await name_later(key, row["parent_id"])
        if is_there and _took(row, ending) >= LONG:
            await telling.tell_later(key, ending.status, row["title"])
    return row


def _took(row: Row, ending: Ending) -> timedelta:
    """How long it was written at; by the clock, where the one who measured it is gone."""
    if ending.duration_ms is None:
        return timedelta(seconds=(now() - row["created_at"]).total_seconds())
    return timedelta(milliseconds=ending.duration_ms)


def _call(key: Key, ending: Ending, answer: Answer) -> Call:
    return Call(
        "chat",
        answer.path,
        answer.provider,
        ending.tokens_in or 0,
        ending.tokens_out or 0,
        ending.tokens_estimated,
        ending.cost,
        "message",
        key.message_id,
    )


def _passages(key: Key, row: Row, ending: Ending, *, with_question: bool) -> list[Passage]:
    """The reply, and what it replies to where that is not in the index yet."""
    talk, title, question = key.conversation_id, row["title"], row["question"]
    reply = passages(talk, title, {**row, "role": "ASSISTANT"}, ending.content)
    if not with_question or question is None:
        return [*reply]
    asked = {"id": row["parent_id"], "role": "USER", "depth": row["depth"] - 1, "created_at": row["asked_at"]}
    return [*passages(talk, title, asked, question), *reply]


async def _go_on(key: Key) -> None:
    """Answer what waited for this reply to end."""
    for follow in _followers:
        await follow(key)


def afterwards(follow: Callable[[Key], Awaitable[None]]) -> None:
    """Call this whenever a reply has settled."""
    if follow not in _followers:
        _followers.append(follow)


def _announce(key: Key) -> None:
    bus.publish(TOPIC, key.message_id)
    tell(key)
