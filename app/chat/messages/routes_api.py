"""Messages for programs: the path that is shown, in windows; and what may be done with one of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, RequestBody

from app.chat.attachments.views import AttachmentOut
from app.chat.conversations import service as conversations
from app.chat.messages import finding, service, shown
from app.chat.messages.queries import Row
from app.chat.messages.shown import Stretch
from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.ids import parse_id
from app.core.paging import page_size

Role = Literal["USER", "ASSISTANT", "SYSTEM"]
Status = Literal["QUEUED", "STREAMING", "DONE", "STOPPED", "FAILED", "INTERRUPTED"]
Reaction = Literal["LIKE", "DISLIKE", "HELPFUL", "CONFUSED"]


class MessageOut(msgspec.Struct):
    """One message; of a reply that is being written, what is stored of it so far.

    `length` counts its characters (Unicode code points): with this as `Last-Event-ID` the events give the rest.
    """

    id: UUID
    conversation_id: UUID
    parent_id: UUID | None
    role: Role
    content: str
    length: int
    status: Status
    error: str | None
    model: str | None
    provider: str | None
    beside_id: UUID | None
    siblings: list[UUID]
    reactions: list[Reaction]
    attachments: list[AttachmentOut]
    reasoning: str
    reasoning_ms: int | None
    tokens_in: int | None
    tokens_out: int | None
    tokens_estimated: bool
    cost: Decimal | None
    first_token_ms: int | None
    duration_ms: int | None
    created_at: datetime
    settled_at: datetime | None
    deleted_at: datetime | None


class MessagesOut(msgspec.Struct):
    """A window on a path, the oldest first. Where there is more, `earlier` goes into `before`, `later` into `after`."""

    items: list[MessageOut]
    earlier: UUID | None
    later: UUID | None


class Chosen(msgspec.Struct):
    """The last message of the path that is shown now."""

    leaf_id: UUID


class ReactionsIn(msgspec.Struct, forbid_unknown_fields=True):
    """All that the holder thinks of it."""

    reactions: Annotated[list[Reaction], msgspec.Meta(max_length=4)]


class ToldTurn(msgspec.Struct):
    """One message that the model was given."""

    id: UUID
    role: Role
    content: str


class ToldFileOut(msgspec.Struct):
    """A file that came with one of the messages: `told` of its `of` characters were told, or its picture was shown."""

    message_id: UUID
    name: str
    told: int
    of: int
    is_image: bool
    is_shown: bool


class ToldOut(msgspec.Struct):
    """What the model was told for a reply; `left_out` counts earlier messages that did not fit."""

    model: str | None
    instructions: str
    messages: list[ToldTurn]
    left_out: int
    files: list[ToldFileOut]


class Piece(msgspec.Struct):
    """A stretch of text; whether it is one of the words that were looked for."""

    text: str
    is_match: bool


class HitOut(msgspec.Struct):
    """A message that was found, with the place in it where the words stand. It may be a version that is not shown."""

    message_id: UUID
    role: Role
    created_at: datetime
    snippet: list[Piece]


class HitsOut(msgspec.Struct):
    """Some of what was found, the earliest first. Where there is more, `next` goes into `after`."""

    items: list[HitOut]
    next: str | None


_TAGS: Sequence[str] = ["messages"]
_ALL = "/api/conversations/{conversation_id:uuid}/messages"
_ONE = _ALL + "/{message_id:uuid}"


@get(_ALL, tags=_TAGS, operation_id="messages")
async def listed(
    conversation_id: FromPath[UUID],
    person: NamedDependency[Asker],
    before: FromQuery[str] = "",
    after: FromQuery[str] = "",
    at: FromQuery[str] = "",
    size: FromQuery[int] = 40,
) -> MessagesOut:
    """The end of the shown path; or what comes before, after or around a message of it."""
    talk = await conversations.conversation(person.id, conversation_id)
    most = page_size(size)
    if before:
        return _window(await shown.above(person.id, talk, _known(before), most))
    if after:
        return _window(await shown.below(person.id, talk, _known(after), most))
    if at:
        return _window(await shown.around(person.id, talk, _known(at)))
    if talk["leaf_id"] is None:
        return MessagesOut([], None, None)
    return _window(await shown.before(person.id, talk, talk["leaf_id"], most))


@get("/api/conversations/{conversation_id:uuid}/find", tags=_TAGS, operation_id="findMessages")
async def find(
    conversation_id: FromPath[UUID],
    person: NamedDependency[Asker],
    q: FromQuery[str] = "",
    after: FromQuery[str] = "",
    size: FromQuery[int] = finding.PAGE,
) -> HitsOut:
    """The messages that have all these words, or words that begin so; "in quotes" in this order; -without one."""
    await conversations.conversation(person.id, conversation_id)
    hits = await finding.find(person.id, conversation_id, q, after, page_size(size))
    return HitsOut([_hit(each) for each in hits.items], hits.next or None)


def _hit(hit: finding.Hit) -> HitOut:
    snippet = [Piece(text, is_match) for text, is_match in hit.pieces]
    return HitOut(hit.message_id, hit.role, hit.at, snippet)  # type: ignore[arg-type] # the database knows no others


@get(_ONE, tags=_TAGS, operation_id="message")
async def show(
    conversation_id: FromPath[UUID], message_id: FromPath[UUID], person: NamedDependency[Asker]
) -> MessageOut:
    """One message."""
    (found,) = _window(await shown.one(person.id, conversation_id, message_id)).items
    return found


@get(_ONE + "/siblings", tags=_TAGS, operation_id="siblings")
async def siblings(
    conversation_id: FromPath[UUID], message_id: FromPath[UUID], person: NamedDependency[Asker]
) -> list[MessageOut]:
    """A message and those beside it, the oldest first: other versions, or other replies."""
    return _window(await shown.beside(person.id, conversation_id, message_id)).items


@get(_ONE + "/told", tags=_TAGS, operation_id="told")
async def told(conversation_id: FromPath[UUID], message_id: FromPath[UUID], person: NamedDependency[Asker]) -> ToldOut:
    """What the model was told for this reply."""
    row, note, said = await service.told(person.id, conversation_id, message_id)
    turns = [ToldTurn(each["id"], each["role"], each["content"]) for each in said]
    files = [
        ToldFileOut(each.with_id or row["parent_id"], each.name, each.told, each.of, each.is_image, each.is_shown)
        for each in note.files
    ]
    return ToldOut(row["model"], note.instructions, turns, note.left_out, files)


@post(_ONE + "/choose", tags=_TAGS, operation_id="chooseMessage", status_code=200)
async def choose(conversation_id: FromPath[UUID], message_id: FromPath[UUID], person: NamedDependency[Asker]) -> Chosen:
    """Show this one in place of its siblings."""
    return Chosen(await service.choose(person.id, conversation_id, message_id))


@put(_ONE + "/reactions", tags=_TAGS, operation_id="react", status_code=204)
async def react(
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: RequestBody[ReactionsIn],
    person: NamedDependency[Asker],
) -> None:
    """Think exactly this of it."""
    await service.think(person.id, conversation_id, message_id, data.reactions)


@delete(_ONE, tags=_TAGS, operation_id="deleteMessage")
async def take_away(
    conversation_id: FromPath[UUID], message_id: FromPath[UUID], person: NamedDependency[Asker]
) -> None:
    """Take away what it says. Its place stays, and so do its answers."""
    await service.take_away(person.id, conversation_id, message_id)


def _known(text: str) -> UUID:
    found = parse_id(text)
    if found is None:
        raise NotFound
    return found


def _window(stretch: Stretch) -> MessagesOut:
    items = [_out(row, stretch) for row in stretch.rows]
    return MessagesOut(
        items,
        items[0].id if items and stretch.has_earlier else None,
        items[-1].id if items and stretch.has_later else None,
    )


_PLAIN = frozenset(MessageOut.__struct_fields__) - {"parent_id", "length", "siblings", "reactions", "attachments"}


def _out(row: Row, stretch: Stretch) -> MessageOut:
    is_first = row["parent_id"] == row["conversation_id"]
    return MessageOut(
        parent_id=None if is_first else row["parent_id"],
        length=len(row["content"]),
        siblings=stretch.siblings.get(row["parent_id"], [row["id"]]),
        reactions=sorted(stretch.reactions.get(row["id"], ())),  # type: ignore[arg-type] # the database knows no others
        attachments=[AttachmentOut.of(each) for each in stretch.attached.get(row["id"], ())],
        **{name: row[name] for name in _PLAIN},
    )


routes = [listed, find, show, siblings, told, choose, react, take_away]
