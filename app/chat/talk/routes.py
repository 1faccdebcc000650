"""The page where one talks: the start page, a conversation, and what is said in it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.chat.conversations import beside, folders
from app.chat.conversations import service as conversations
from app.chat.messages import service as messages
from app.chat.replies import service as replies
from app.chat.replies.service import Begun, Saying
from app.chat.talk import drawing, pages
from app.chat.talk.pages import Place
from app.chat.talk.views import SaidPart, StartPage
from app.core.asker import Asker
from app.core.errors import AppError
from app.core.ids import parse_id
from app.web import forms
from app.web.answers import elsewhere, is_swap


class Say(forms.Form):
    """What the composer sends."""

    text: str = ""
    key: forms.OptionalLine = ""
    parent: str = ""
    model: list[str] = msgspec.field(default_factory=list)
    folder: str = ""
    assistant: str = ""
    temporary: bool = False
    whole: bool = False  # the page shows no end that this could be added to, and asks for it

    def saying(self, conversation_id: UUID | None) -> Saying:
        """The same as the service takes it."""
        return Saying(
            text=self.text,
            key=self.key,
            conversation_id=conversation_id,
            parent_id=parse_id(self.parent),
            models=[path for path in self.model if path],
            folder_id=parse_id(self.folder),
            assistant_id=parse_id(self.assistant),
            temporary=self.temporary,
        )


@get("/", include_in_schema=False)
async def start(
    request: Request[Any, Any, Any], person: NamedDependency[Asker], folder: FromQuery[str] = ""
) -> Response[None]:
    """What a person sees first: at the very first time three questions, after that the empty page."""
    return (await _start(person, "", "", folder)).page() if person.onboarded else elsewhere(request, "/welcome")


async def _start(person: Asker, text: str, error: str, folder: str) -> StartPage:
    within = await folders.one(person.id, folder_id) if (folder_id := parse_id(folder)) else None
    part = await beside.list_for(person.id, None, folder_id)
    text = text or await conversations.draft_of(person.id, person.id)
    composer = await drawing.composer(person, None, text=text, error=error, folder=within)
    has_models = any(model.path != "rag" for model in composer.composer.models)
    name = within.name if within else ""
    return StartPage(composer, part.groups, part.older, None, part.stands, name, has_models)


@post("/c", include_in_schema=False)
async def begin(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """Say the first thing, in a new conversation."""
    sent = forms.read(request, Say)
    try:
        begun = await replies.say(person, sent.fields().saying(None))
    except pages.BESIDE_THE_FIELD as wrong:
        folder = sent.typed.get("folder", "")
        return (await _start(person, sent.typed.get("text", ""), pages.sentence_of(wrong), folder)).page(wrong.status)
    await conversations.keep_draft(person.id, person.id, "")
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
    sent = forms.read(request, Say)
    try:
        said = sent.fields()
        begun = await replies.say(person, said.saying(conversation_id))
    except pages.BESIDE_THE_FIELD as wrong:
        return await _not_said(request, person, conversation_id, sent, wrong)
    await conversations.keep_draft(person.id, begun.conversation_id, "")
    if not is_swap(request):
        return elsewhere(request, f"/c/{conversation_id}#m-{begun.message_id}")
    if said.whole:
        return await _the_end(person, conversation_id)
    return (await _said(person, begun, sent.typed.get("model", ""))).page(201)


async def _not_said(
    request: Request[Any, Any, Any], person: Asker, conversation_id: UUID, sent: forms.Filled[Say], wrong: AppError
) -> Response[None]:
    text, error = sent.typed.get("text", ""), pages.sentence_of(wrong)
    if not is_swap(request):
        return (await pages.page(person, conversation_id, text=text, error=error)).page(wrong.status)
    talk = await conversations.conversation(person.id, conversation_id)
    leaf = parse_id(sent.typed.get("parent", ""))
    composer = await drawing.composer(person, talk, text=text, error=error, leaf=leaf)
    return composer.page(wrong.status, headers={"HX-Retarget": "#composer", "HX-Reswap": "outerHTML"})


async def _said(person: Asker, begun: Begun, model: str) -> SaidPart:
    rows = await messages.written(person.id, begun.conversation_id, [begun.message_id, *begun.replies])
    leaf = begun.replies[-1] if begun.replies else begun.message_id
    composer = await drawing.fresh_composer(person, begun.conversation_id, model, leaf)
    return SaidPart(await drawing.drawn(person.id, drawing.begun(rows)), composer)


async def _the_end(person: Asker, conversation_id: UUID) -> Response[None]:
    """Where an earlier stretch is shown, what was just said stands in none of its places: the end takes its place."""
    page = await pages.page(person, conversation_id)
    page = replace(page, composer=replace(page.composer, with_swap=True))
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
