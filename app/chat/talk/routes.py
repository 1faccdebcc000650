"""The page where one talks: the start page, a conversation, and what is said in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.chat.attachments import service as attachments
from app.chat.conversations import beside, folders
from app.chat.conversations import service as conversations
from app.chat.conversations.views import choices, model_choices
from app.chat.messages import service as messages
from app.chat.messages import shown
from app.chat.messages.shown import Stretch
from app.chat.replies import service as replies
from app.chat.replies.answering import BudgetSpent
from app.chat.replies.service import Begun, Saying
from app.chat.talk import attaching, drawing
from app.chat.talk.attaching import Slip
from app.chat.talk.views import ConversationPage, SaidPart, StartPage, Talk
from app.core.asker import Asker
from app.core.errors import AppError, Rejected, TooLarge
from app.core.ids import parse_id
from app.providers.catalogue import ModelGone
from app.web import forms
from app.web.answers import elsewhere, is_swap
from app.web.forms import Filled
from app.web.translations import gettext
from app.web.visit import Visit

# What is told at the composer, where the text still stands.
NOWHERE: Final = UUID(int=0)
BESIDE_THE_FIELD: Final = (Rejected, TooLarge, BudgetSpent, ModelGone)


class Say(forms.Form):
    """What the composer sends."""

    text: str = ""
    key: forms.OptionalLine = ""
    parent: str = ""
    model: list[str] = msgspec.field(default_factory=list)
    folder: str = ""
    assistant: str = ""
    temporary: bool = False
    attached: list[str] = msgspec.field(default_factory=list)

    @property
    def files(self) -> list[UUID]:
        """What was attached before; what is no id is a file that is not there."""
        return [parse_id(each) or NOWHERE for each in self.attached if each]

    def saying(self, conversation_id: UUID | None, more: Sequence[UUID]) -> Saying:
        """The same as the service takes it, with the files that came just now."""
        return Saying(
            text=self.text,
            key=self.key,
            conversation_id=conversation_id,
            parent_id=parse_id(self.parent),
            models=[path for path in self.model if path],
            folder_id=parse_id(self.folder),
            assistant_id=parse_id(self.assistant),
            temporary=self.temporary,
            attached=[*self.files, *more],
        )


@dataclass(frozen=True, slots=True)
class Came:
    """What came from the composer, before it is known whether it can be said."""

    sent: Filled[Say]
    taken: Sequence[UUID]
    wrong: str

    @classmethod
    async def of(cls, request: Request[Any, Any, Any], person: Asker) -> "Came":
        """Take the files in that came with it."""
        taken, wrong = await attaching.taken_in(person.id, Visit.of(request.scope).files)
        return cls(forms.read(request, Say), taken, wrong)

    def saying(self, conversation_id: UUID | None) -> Saying:
        """What is to be said; raises where a file or a field is in the way."""
        if self.wrong:
            raise Rejected(fields={"attached": self.wrong})
        return self.sent.fields().saying(conversation_id, self.taken)

    async def slip(self, person: Asker, wrong: AppError) -> Slip:
        """The slip once more, with all that can stay on it."""
        said = [*(self.sent.value.files if self.sent.value else ()), *self.taken]
        waiting = await attachments.waiting(person.id, said)
        return Slip(self.sent.typed.get("text", ""), _first(wrong), waiting)


@get("/", include_in_schema=False)
async def start(
    request: Request[Any, Any, Any], person: NamedDependency[Asker], folder: FromQuery[str] = ""
) -> Response[None]:
    """What a person sees first: at the very first time three questions, after that the empty page."""
    return (await _start(person, Slip(), folder)).page() if person.onboarded else elsewhere(request, "/welcome")


async def _start(person: Asker, slip: Slip, folder: str) -> StartPage:
    within = await folders.one(person.id, folder_id) if (folder_id := parse_id(folder)) else None
    part = await beside.list_for(person.id, None, folder_id)
    slip = slip if slip.text else replace(slip, text=await conversations.draft_of(person.id, person.id))
    composer = await drawing.composer(person, None, slip, within)
    has_models = any(model.path != "rag" for model in composer.composer.models)
    name = within.name if within else ""
    return StartPage(composer, part.groups, part.older, None, part.stands, name, has_models)


@post("/c", include_in_schema=False)
async def begin(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """Say the first thing, in a new conversation."""
    came = await Came.of(request, person)
    try:
        begun = await replies.say(person, came.saying(None))
    except BESIDE_THE_FIELD as wrong:
        slip = await came.slip(person, wrong)
        return (await _start(person, slip, came.sent.typed.get("folder", ""))).page(wrong.status)
    await conversations.keep_draft(person.id, person.id, "")
    return elsewhere(request, f"/c/{begun.conversation_id}")


@get("/c/{conversation_id:uuid}", include_in_schema=False)
async def show(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    person: NamedDependency[Asker],
    at: FromQuery[str] = "",
    before: FromQuery[str] = "",
) -> Response[None]:
    """A conversation at its end, around one of its messages, or before one of them."""
    page = await _page(person, conversation_id, Place(parse_id(at), parse_id(before)))
    return page.region("messages") if is_swap(request) else page.page()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a conversation one looks; at its end, where nothing is named."""

    at: UUID | None = None
    before: UUID | None = None

    async def stretch(self, user_id: UUID, talk: conversations.Row) -> Stretch:
        """What is shown there."""
        if self.at is not None:
            return await shown.around(user_id, talk, self.at)
        if self.before is not None:
            return await shown.above(user_id, talk, self.before, shown.MOST_SHOWN)
        return await shown.at_the_end(user_id, talk)


_THE_END = Place()
_EMPTY = Slip()


async def _page(person: Asker, conversation_id: UUID, place: Place = _THE_END, slip: Slip = _EMPTY) -> ConversationPage:
    talk = await conversations.conversation(person.id, conversation_id)
    stretch = await place.stretch(person.id, talk)
    await conversations.read(person.id, conversation_id)
    part = await beside.list_for(person.id, conversation_id, talk["folder_id"])
    composer = await drawing.composer(person, talk, replace(slip, text=slip.text or talk["draft"]))
    rows = stretch.rows
    return ConversationPage(
        here=_talk(talk),
        messages=await drawing.drawn(person.id, stretch),
        earlier=f"/c/{conversation_id}?before={rows[0]['id']}" if stretch.has_earlier else "",
        later=f"/c/{conversation_id}?at={rows[-1]['id']}" if stretch.has_later else "",
        composer=composer,
        groups=part.groups,
        older=part.older,
        current=conversation_id,
        stands=part.stands,
        places=[("", gettext("In no folder")), *choices(part.stands)],
        models=model_choices(composer.composer.models, talk["model"] or ""),
        errors={},
    )


def _talk(row: conversations.Row) -> Talk:
    return Talk(
        id=row["id"],
        title=row["title"],
        folder=row["folder"] or "",
        folder_id=row["folder_id"] if row["folder"] else None,
        model=row["model"] or "",
        instructions=row["instructions"],
        temporary=row["temporary"],
        is_pinned=row["pinned_at"] is not None,
        is_archived=row["archived_at"] is not None,
    )


@post("/c/{conversation_id:uuid}", include_in_schema=False)
async def say(
    request: Request[Any, Any, Any], conversation_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Say something more."""
    came = await Came.of(request, person)
    try:
        begun = await replies.say(person, came.saying(conversation_id))
    except BESIDE_THE_FIELD as wrong:
        return await _not_said(request, person, conversation_id, await came.slip(person, wrong), wrong.status)
    if not is_swap(request):
        return elsewhere(request, f"/c/{conversation_id}#m-{begun.message_id}")
    return (await _said(person, begun, came.sent.typed.get("model", ""))).page(201)


async def _not_said(
    request: Request[Any, Any, Any], person: Asker, conversation_id: UUID, slip: Slip, status: int
) -> Response[None]:
    if not is_swap(request):
        return (await _page(person, conversation_id, slip=slip)).page(status)
    talk = await conversations.conversation(person.id, conversation_id)
    composer = await drawing.composer(person, talk, slip)
    return composer.page(status, headers={"HX-Retarget": "#composer", "HX-Reswap": "outerHTML"})


async def _said(person: Asker, begun: Begun, model: str) -> SaidPart:
    rows = await messages.written(person.id, begun.conversation_id, [begun.message_id, *begun.replies])
    leaf = begun.replies[-1] if begun.replies else begun.message_id
    composer = await drawing.fresh_composer(person, begun.conversation_id, model, leaf)
    await conversations.keep_draft(person.id, begun.conversation_id, "")
    return SaidPart(await drawing.drawn(person.id, await drawing.begun(person.id, rows)), composer)


def _first(wrong: AppError) -> str:
    fields = getattr(wrong, "fields", {})
    return next(iter(fields.values()), "") or wrong.msgid


class Draft(forms.Form):
    """What was begun to be written."""

    text: str = ""


@post("/c/{place:uuid}/draft", include_in_schema=False)
async def draft(
    request: Request[Any, Any, Any], place: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Keep what was begun, until it is sent; `place` is the conversation, or the person for a new one."""
    if place != person.id:
        await conversations.conversation(person.id, place)
    await conversations.keep_draft(person.id, place, forms.read(request, Draft).fields().text)
    return Response(None, status_code=204)


routes = [start, begin, show, say, draft]
