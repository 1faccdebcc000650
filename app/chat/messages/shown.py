"""The stretch of a conversation that is shown at once: a few messages of one path, wherever one looks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.chat.attachments import service as attachments
from app.chat.attachments.service import Attached
from app.chat.messages import queries
from app.chat.messages.queries import Row
from app.core.errors import NotFound

MOST_SHOWN: Final = 40
MORE: Final = 20  # what a page that is scrolled asks for at a time
MOST_SIBLINGS: Final = 100
_ABOVE: Final = 12  # of the message that was looked for


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages one after the other, with what surrounds them."""

    rows: Sequence[Row]
    siblings: dict[UUID, list[UUID]]
    reactions: dict[UUID, set[str]]
    has_earlier: bool
    has_later: bool
    beside: dict[UUID, list[Row]] = field(default_factory=dict)  # replies that stand side by side, by their group
    attached: dict[UUID, list[Attached]] = field(default_factory=dict)  # the files of each message


async def at_the_end(user_id: UUID, talk: Row) -> Stretch:
    """The end of the shown path."""
    return await before(user_id, talk, talk["leaf_id"]) if talk["leaf_id"] else _nothing()


async def around(user_id: UUID, talk: Row, message_id: UUID) -> Stretch:
    """One message with some before it and more after."""
    above = await queries.upwards(user_id, talk["id"], message_id, _ABOVE + 1)
    if not above:
        raise NotFound
    below = await queries.downwards(user_id, talk["id"], message_id, MOST_SHOWN - _ABOVE + 1)
    rows = [*reversed(above), *below[: MOST_SHOWN - _ABOVE]]
    return await _stretch(user_id, rows, has_later=len(below) > MOST_SHOWN - _ABOVE)


async def before(
    user_id: UUID, talk: Row, message_id: UUID, most: int = MOST_SHOWN, *, has_later: bool = False
) -> Stretch:
    """What was said up to this message."""
    rows = await queries.upwards(user_id, talk["id"], message_id, most)
    if not rows:
        raise NotFound
    return await _stretch(user_id, list(reversed(rows)), has_later=has_later)


async def above(user_id: UUID, talk: Row, message_id: UUID, most: int) -> Stretch:
    """What was said before this message, without it."""
    row = await queries.message_of(user_id, talk["id"], message_id)
    if row is None:
        raise NotFound
    is_first = row["parent_id"] == talk["id"]
    return _nothing() if is_first else await before(user_id, talk, row["parent_id"], most, has_later=True)


async def below(user_id: UUID, talk: Row, message_id: UUID, most: int) -> Stretch:
    """The shown path after this message."""
    if await queries.message_of(user_id, talk["id"], message_id) is None:
        raise NotFound
    rows = await queries.downwards(user_id, talk["id"], message_id, most + 1)
    return await _stretch(user_id, rows[:most], has_later=len(rows) > most) if rows else _nothing()


async def beside(user_id: UUID, conversation_id: UUID, message_id: UUID) -> Stretch:
    """A message and its siblings, the oldest first."""
    row = await queries.message_of(user_id, conversation_id, message_id)
    if row is None:
        raise NotFound
    found = await queries.siblings(user_id, [row["parent_id"]])
    ids = found.get(row["parent_id"], [message_id])[-MOST_SIBLINGS:]
    return await _stretch(user_id, await queries.messages_of(user_id, conversation_id, ids), has_later=False)


async def one(user_id: UUID, conversation_id: UUID, message_id: UUID) -> Stretch:
    """One message alone."""
    row = await queries.message_of(user_id, conversation_id, message_id)
    if row is None:
        raise NotFound
    return await _stretch(user_id, [row], has_later=False)


async def _stretch(user_id: UUID, rows: Sequence[Row], *, has_later: bool) -> Stretch:
    groups = {row["beside_id"] for row in rows if row["beside_id"]}
    beside: dict[UUID, list[Row]] = {}
    for row in await queries.beside(user_id, rows[0]["conversation_id"], list(groups)):
        beside.setdefault(row["beside_id"], []).append(row)
    ids = [row["id"] for row in [*rows, *(each for group in beside.values() for each in group)]]
    return Stretch(
        rows,
        await queries.siblings(user_id, [row["parent_id"] for row in rows]),
        await queries.reactions(user_id, ids),
        has_earlier=rows[0]["depth"] > 0,
        has_later=has_later,
        beside=beside,
        attached=await attached(user_id, rows),
    )


async def attached(user_id: UUID, rows: Sequence[Row]) -> dict[UUID, list[Attached]]:
    """The files of these messages. Nobody looks where there are none."""
    return await attachments.of_messages(user_id, [row["id"] for row in rows if row["attached"]])


def _nothing() -> Stretch:
    return Stretch((), {}, {}, has_earlier=False, has_later=False)
