"""What may be done with one message of a conversation, and the stream of a reply while it grows."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from app.auth import attendance
from app.auth.attendance import while_allowed
from app.chat.conversations import service as conversations
from app.chat.messages import service as messages
from app.chat.replies import service as replies
from app.chat.replies.desk import hall
from app.chat.replies.service import Saying
from app.chat.talk import drawing, pages, pulse
from app.chat.talk.sheet import streamed
from app.chat.talk.views import ToldPage
from app.core.asker import Asker
from app.core.errors import NotFound
from app.web import forms
from app.web.answers import elsewhere, is_swap
from app.web.translations import gettext
from app.web.visit import Visit

EVENTS = "text/event-stream"
UNBUFFERED = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


class Edit(forms.Form):
    """The same message, said differently."""

    text: str = ""
    key: forms.OptionalLine = ""


class Model(forms.Form):
    """Who shall answer."""

    model: forms.OptionalLine = ""


class Reaction(forms.Form):
    """What the person thinks of it."""

    kind: forms.OptionalLine = ""


@get("/c/{conversation_id:uuid}/m/{message_id:uuid}", include_in_schema=False)
async def show(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """One message: by itself for the page that shows it, or the conversation around it."""
    if not is_swap(request):
        await messages.one(person.id, conversation_id, message_id)
        return elsewhere(request, f"/c/{conversation_id}?at={message_id}#m-{message_id}")
    part = await drawing.alone(person.id, conversation_id, message_id)
    await conversations.read(person.id, conversation_id)
    return part.page()


@get("/c/{conversation_id:uuid}/m/{message_id:uuid}/events", include_in_schema=False)
async def events(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
    after: FromQuery[int] = 0,
) -> Stream:
    """The reply while it grows, from where this page has it. A browser that comes back says so by itself."""
    came_to = request.headers.get("last-event-id", "")
    after = int(came_to) if came_to.isdecimal() and len(came_to) < len(str(2**31)) else max(0, after)
    async with hall.listening(person.id, conversation_id, message_id):
        attendance.check(person)  # a stranger hears of nothing before the answer begins
    return Stream(_reply(person, conversation_id, message_id, after), media_type=EVENTS, headers=UNBUFFERED)


async def _reply(person: Asker, conversation_id: UUID, message_id: UUID, after: int) -> AsyncGenerator[bytes, None]:
    async with hall.listening(person.id, conversation_id, message_id) as live:
        async for event in while_allowed(person, streamed(live, after)):
            yield event


@get("/c/{conversation_id:uuid}/events", include_in_schema=False)
async def changes(conversation_id: FromPath[UUID], person: NamedDependency[Asker]) -> Stream:
    """Whether there is more of this conversation, wherever it was said."""
    await conversations.conversation(person.id, conversation_id)
    attendance.check(person)
    beats = while_allowed(person, pulse.beats(person.id, conversation_id))
    return Stream(beats, media_type=EVENTS, headers=UNBUFFERED)


@post("/c/{conversation_id:uuid}/m/{message_id:uuid}/stop", include_in_schema=False)
async def stop(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """Enough of this reply. To stop what has ended by itself is no mistake."""
    await replies.stop(person.id, conversation_id, message_id)
    if is_swap(request):
        return Response(None, status_code=204)
    return _back(request, conversation_id, message_id)


@post("/c/{conversation_id:uuid}/m/{message_id:uuid}/continue", include_in_schema=False)
async def go_on(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """Go on where it ended."""
    await replies.go_on(person, conversation_id, message_id)
    return await _redrawn(request, person, conversation_id, message_id)


@post("/c/{conversation_id:uuid}/m/{message_id:uuid}/again", include_in_schema=False)
async def again(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """Another reply to the same message, beside this one."""
    row = await messages.one(person.id, conversation_id, message_id)
    said = row["id"] if row["role"] == "USER" else row["parent_id"]
    model = forms.read(request, Model).fields().model
    await replies.regenerate(person, conversation_id, said, [model] if model else [])
    return elsewhere(request, f"/c/{conversation_id}#m-{said}")


@post("/c/{conversation_id:uuid}/m/{message_id:uuid}/edit", include_in_schema=False)
async def edit(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """Say it differently: a sibling, so that what was said stays."""
    row = await messages.one(person.id, conversation_id, message_id)
    if row["role"] != "USER":
        raise NotFound
    sent = forms.read(request, Edit)
    try:
        form = sent.fields()
        of_it = {"conversation_id": conversation_id, "parent_id": row["parent_id"], "like_id": row["id"]}
        saying = Saying(text=form.text, key=form.key, **of_it)
        begun = await replies.say(person, saying)
    except pages.BESIDE_THE_FIELD as wrong:
        text = sent.typed.get("text", "")
        page = await pages.wrongly_edited(person, conversation_id, message_id, text, wrong)
        return page.page(wrong.status)
    return elsewhere(request, f"/c/{conversation_id}#m-{begun.message_id}")


@post("/c/{conversation_id:uuid}/m/{message_id:uuid}/choose", include_in_schema=False)
async def choose(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """Show this one of several."""
    await messages.choose(person.id, conversation_id, message_id)
    return _back(request, conversation_id, message_id)


@post("/c/{conversation_id:uuid}/m/{message_id:uuid}/delete", include_in_schema=False)
async def take_away(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """Take away what it says."""
    await messages.take_away(person.id, conversation_id, message_id)
    Visit.of(request.scope).say(gettext("The message is deleted."))
    return await _redrawn(request, person, conversation_id, message_id)


@post("/c/{conversation_id:uuid}/m/{message_id:uuid}/react", include_in_schema=False)
async def react(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """Think something of it, or no longer."""
    await messages.react(person.id, conversation_id, message_id, forms.read(request, Reaction).fields().kind)
    return await _redrawn(request, person, conversation_id, message_id)


@post("/c/{conversation_id:uuid}/m/{message_id:uuid}/fork", include_in_schema=False)
async def fork(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    person: NamedDependency[Asker],
) -> Response[None]:
    """Another conversation from here on."""
    made = await messages.fork(person.id, conversation_id, message_id)
    Visit.of(request.scope).say(gettext("This is another conversation, which begins like the one before."))
    return elsewhere(request, f"/c/{made}")


@get("/c/{conversation_id:uuid}/m/{message_id:uuid}/told", include_in_schema=False)
async def told(
    conversation_id: FromPath[UUID], message_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """What the model was told."""
    row, note, said = await messages.told(person.id, conversation_id, message_id)
    files = [(each.with_id or row["parent_id"], each) for each in note.files]
    turns = [(each["role"], each["content"], [file for place, file in files if place == each["id"]]) for each in said]
    address = f"/c/{conversation_id}?at={message_id}#m-{message_id}"
    return ToldPage(address, row["model"] or "", note.instructions, turns, note.left_out).page()


async def _redrawn(
    request: Request[Any, Any, Any], person: Asker, conversation_id: UUID, message_id: UUID
) -> Response[None]:
    if not is_swap(request):
        return _back(request, conversation_id, message_id)
    return (await drawing.alone(person.id, conversation_id, message_id)).page()


def _back(request: Request[Any, Any, Any], conversation_id: UUID, message_id: UUID) -> Response[None]:
    return elsewhere(request, f"/c/{conversation_id}?at={message_id}#m-{message_id}")


routes = [show, events, changes, stop, go_on, again, edit, choose, take_away, react, fork, told]
