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
from app.chat.messages import service as messages
from app.chat.replies import service as replies
from app.chat.replies.service import Begun, Saying
from app.chat.talk import attaching, drawing, pages
from app.chat.talk.drawing import Typed
from app.chat.talk.pages import Place
from app.chat.talk.views import SaidPart, StartPage
from app.core.asker import Asker
from app.core.errors import AppError, Rejected
from app.core.ids import parse_id
from app.web import forms
from app.web.answers import elsewhere, is_swap
from app.web.forms import Filled
from app.web.visit import Visit

NOWHERE: Final = UUID(int=0)


class Say(forms.Form):
    """What the composer sends."""

    text: str = ""
    key: forms.OptionalLine = ""
    parent: str = ""
    model: list[str] = msgspec.field(default_factory=list)
    folder: str = ""
    usual: str = ""
    assistant: str = ""
    temporary: bool = False
    attached: list[str] = msgspec.field(default_factory=list)
    steer: bool = False
    whole: bool = False  # the page shows no end that this could be added to, and asks for it

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
            models=self._wishes(),
            folder_id=parse_id(self.folder),
            assistant_id=parse_id(self.assistant),
            temporary=self.temporary,
            attached=[*self.files, *more],
            ends_draft=True,
            steers=self.steer,
        )

    def _wishes(self) -> list[str]:
        """The models that were chosen. What merely stood there is no wish where an assistant brings its own."""
        wishes = [path for path in self.model if path]
        return [] if self.assistant and wishes == [self.usual] else wishes


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

    async def typed(self, person: Asker, wrong: AppError) -> Typed:
        """What stood on the slip, once more, with all that can stay on it."""
        said, value = self.sent.typed, self.sent.value
        waiting = await attachments.waiting(person.id, [*(value.files if value else ()), *self.taken])
        model = next(iter(value.model), "") if value else ""
        return Typed(said.get("text", ""), model, said.get("assistant", ""), pages.sentence_of(wrong), waiting)


@get("/", include_in_schema=False)
async def start(
    request: Request[Any, Any, Any], person: NamedDependency[Asker], folder: FromQuery[str] = ""
) -> Response[None]:
    """What a person sees first: at the very first time three questions, after that the empty page."""
    return (await _start(person, drawing.BLANK, folder)).page() if person.onboarded else elsewhere(request, "/welcome")


async def _start(person: Asker, typed: Typed, folder: str) -> StartPage:
    within = await folders.one(person.id, folder_id) if (folder_id := parse_id(folder)) else None
    part = await beside.list_for(person.id, None, folder_id)
    typed = replace(typed, text=typed.text or await conversations.draft_of(person.id, person.id))
    composer = await drawing.first_composer(person, typed, within)
    has_models = any(model.path != "rag" for model in composer.composer.models)
    name = within.name if within else ""
    return StartPage(composer, part.groups, part.older, None, part.stands, name, has_models)


@post("/c", include_in_schema=False)
async def begin(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """Say the first thing, in a new conversation."""
    came = await Came.of(request, person)
    try:
        begun = await replies.say(person, came.saying(None))
    except pages.BESIDE_THE_FIELD as wrong:
        typed = await came.typed(person, wrong)
        return (await _start(person, typed, came.sent.typed.get("folder", ""))).page(wrong.status)
    return elsewhere(request, f"/c/{begun.conversation_id}")


@get("/c/{conversation_id:uuid}", include_in_schema=False)
async def show(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    person: NamedDependency[Asker],
    at: FromQuery[str] = "",
    before: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[None]:
    """A conversation at its end, around one of its messages, before one or after one; by swap only what is new."""
    place = Place(parse_id(at), parse_id(before), parse_id(after))
    if is_swap(request) and place.is_further:
        return (await pages.further(person, conversation_id, place)).page()
    page = await pages.page(person, conversation_id, place)
    return page.region("messages") if is_swap(request) else page.page()


@post("/c/{conversation_id:uuid}", include_in_schema=False)
async def say(
    request: Request[Any, Any, Any], conversation_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Say something more."""
    came = await Came.of(request, person)
    try:
        begun = await replies.say(person, came.saying(conversation_id))
    except pages.BESIDE_THE_FIELD as wrong:
        return await _not_said(request, person, conversation_id, came, wrong)
    if not is_swap(request):
        return elsewhere(request, f"/c/{conversation_id}#m-{begun.message_id}")
    if came.sent.fields().whole:
        return await _the_end(person, begun)
    return (await _said(person, begun)).page(201)


async def _not_said(
    request: Request[Any, Any, Any], person: Asker, conversation_id: UUID, came: Came, wrong: AppError
) -> Response[None]:
    typed = await came.typed(person, wrong)
    if not is_swap(request):
        return (await pages.page(person, conversation_id, typed=typed)).page(wrong.status)
    talk = await conversations.conversation(person.id, conversation_id)
    composer = await drawing.composer(person, talk, typed, parse_id(came.sent.typed.get("parent", "")))
    return composer.page(wrong.status, headers={"HX-Retarget": "#composer", "HX-Reswap": "outerHTML"})


async def _said(person: Asker, begun: Begun) -> SaidPart:
    ids = [begun.message_id, *begun.replies]
    rows = begun.rows or await messages.written(person.id, begun.conversation_id, ids)
    drawn = await drawing.drawn(person.id, await drawing.begun(person.id, rows))
    return SaidPart(drawn, await drawing.fresh_slip(person, begun))


async def _the_end(person: Asker, begun: Begun) -> Response[None]:
    """Where an earlier stretch is shown, what was just said stands in none of its places: the end takes its place."""
    page = await pages.page(person, begun.conversation_id)
    page = replace(page, slip=await drawing.fresh_slip(person, begun))
    return page.region("messages", 201, headers={"HX-Retarget": "#messages", "HX-Reswap": "outerHTML"})


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
