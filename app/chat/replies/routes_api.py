"""Talking, for programs: saying something, having it answered, and listening while the reply grows."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, RequestBody
from litestar.response import Stream

from app.auth.attendance import while_allowed
from app.chat.attachments.service import MOST
from app.chat.messages import service as messages
from app.chat.replies import raw, service
from app.chat.replies.desk import hall
from app.chat.replies.service import LONGEST_MESSAGE, MOST_BESIDE, Begun, Saying
from app.core.asker import Asker
from app.core.errors import NotFound

EVENTS: Final = "text/event-stream"
UNBUFFERED: Final = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}

Text = Annotated[str, msgspec.Meta(max_length=LONGEST_MESSAGE)]
Attachments = Annotated[list[UUID], msgspec.Meta(max_length=MOST)]
IdempotencyKey = Annotated[str, msgspec.Meta(max_length=200)]
ModelPath = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Models = Annotated[list[ModelPath], msgspec.Meta(max_length=MOST_BESIDE)]


class BegunOut(msgspec.Struct):
    """The message, and the replies that are being written: none yet, where it waits until the one above has ended."""

    conversation_id: UUID
    message_id: UUID
    replies: list[UUID]


class Beginning(msgspec.Struct, forbid_unknown_fields=True):
    """The first message of a new conversation. The same `key` twice is one message.

    Several models answer side by side; where none is named, the holder's usual one does.
    """

    text: Text
    key: IdempotencyKey = ""
    models: Models = msgspec.field(default_factory=list)
    attachments: Attachments = msgspec.field(default_factory=list)
    folder_id: UUID | None = None
    assistant_id: UUID | None = None
    temporary: bool = False


class SayIn(msgspec.Struct, forbid_unknown_fields=True):
    """One more message: after `parent_id`, or after what was said last.

    While a reply is being written it waits for its end; with `steer` it stops that reply, which keeps what it has said.
    """

    text: Text
    key: IdempotencyKey = ""
    parent_id: UUID | None = None
    models: Models = msgspec.field(default_factory=list)
    attachments: Attachments = msgspec.field(default_factory=list)
    steer: bool = False


class EditIn(msgspec.Struct, forbid_unknown_fields=True):
    """The same message, said differently. Its files stay with it; `attachments` come in addition."""

    text: Text
    key: IdempotencyKey = ""
    models: Models = msgspec.field(default_factory=list)
    attachments: Attachments = msgspec.field(default_factory=list)


class AgainIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who shall answer."""

    models: Models = msgspec.field(default_factory=list)


_TAGS: Sequence[str] = ["replies"]
_ALL = "/api/conversations/{conversation_id:uuid}/messages"
_ONE = _ALL + "/{message_id:uuid}"


@post("/api/conversations", tags=_TAGS, operation_id="begin")
async def begin(data: RequestBody[Beginning], person: NamedDependency[Asker]) -> BegunOut:
    """Begin a conversation by saying something."""
    return _out(
        await service.say(
            person,
            Saying(
                text=data.text,
                key=data.key,
                models=data.models,
                folder_id=data.folder_id,
                assistant_id=data.assistant_id,
                temporary=data.temporary,
                attached=data.attachments,
            ),
        )
    )


@post(_ALL, tags=_TAGS, operation_id="say")
async def say(conversation_id: FromPath[UUID], data: RequestBody[SayIn], person: NamedDependency[Asker]) -> BegunOut:
    """Say something more."""
    saying = Saying(
        text=data.text,
        key=data.key,
        conversation_id=conversation_id,
        parent_id=data.parent_id,
        models=data.models,
        attached=data.attachments,
        steers=data.steer,
    )
    return _out(await service.say(person, saying))


@post(_ONE + "/edit", tags=_TAGS, operation_id="edit")
async def edit(
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: RequestBody[EditIn],
    person: NamedDependency[Asker],
) -> BegunOut:
    """Say it differently: a sibling of the holder's message, so that what was said stays."""
    row = await messages.one(person.id, conversation_id, message_id)
    if row["role"] != "USER":
        raise NotFound
    saying = Saying(
        text=data.text,
        key=data.key,
        conversation_id=conversation_id,
        parent_id=row["parent_id"],
        models=data.models,
        attached=data.attachments,
        like_id=row["id"],
    )
    return _out(await service.say(person, saying))


@post(_ONE + "/replies", tags=_TAGS, operation_id="regenerate")
async def again(
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: RequestBody[AgainIn],
    person: NamedDependency[Asker],
) -> BegunOut:
    """Further replies to this message; of a reply, to what it replies to. Those that there are stay."""
    row = await messages.one(person.id, conversation_id, message_id)
    said = row["id"] if row["role"] == "USER" else row["parent_id"]
    return _out(await service.regenerate(person, conversation_id, said, data.models))


@post(_ONE + "/stop", tags=_TAGS, operation_id="stop", status_code=204)
async def stop(conversation_id: FromPath[UUID], message_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Enough of this reply. What it has said stays; to stop what has ended by itself is no mistake."""
    await service.stop(person.id, conversation_id, message_id)


@post(_ONE + "/continue", tags=_TAGS, operation_id="continue", status_code=200)
async def go_on(
    conversation_id: FromPath[UUID], message_id: FromPath[UUID], person: NamedDependency[Asker]
) -> BegunOut:
    """Take up a reply where it ended."""
    return _out(await service.go_on(person, conversation_id, message_id))


@get(
    _ONE + "/events",
    tags=_TAGS,
    operation_id="events",
    media_type=EVENTS,
    response_headers=[ResponseHeader(name="Cache-Control", value="no-store", documentation_only=True)],
    responses={200: ResponseSpec(str, media_type=EVENTS, description="Server-sent events")},
)
async def events(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
    after: FromQuery[int] = 0,
) -> Stream:
    """The reply while it grows, as server-sent events.

    `id` is the offset of its text, in Unicode code points, and the data is `{"text": …}` to append, `{"reasoning": …,
    "at": …}`, or `{"replace": …}` where more had been seen than was kept. The event `done` says the status. Come back
    with `Last-Event-ID`, or begin at `after`.
    """
    came_to = raw.offset(request.headers.get("last-event-id", ""), after)
    async with hall.listening(person.id, conversation_id, message_id):
        pass  # a stranger hears of nothing before the answer begins
    return Stream(_reply(person, conversation_id, message_id, came_to), media_type=EVENTS, headers=UNBUFFERED)


async def _reply(person: Asker, conversation_id: UUID, message_id: UUID, after: int) -> AsyncGenerator[bytes, None]:
    async with hall.listening(person.id, conversation_id, message_id) as live:
        async for event in while_allowed(person, raw.streamed(live, after)):
            yield event


def _out(begun: Begun) -> BegunOut:
    return BegunOut(begun.conversation_id, begun.message_id, list(begun.replies))


routes = [begin, say, edit, again, stop, go_on, events]
