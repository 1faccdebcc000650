"""The list, the shelves behind it, and what may be done with a conversation as a whole."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.chat.conversations import beside, folders, service
from app.chat.conversations.service import Listed
from app.chat.conversations.views import (
    ListPart,
    SettingsPage,
    Settled,
    Shelf,
    ShelfPage,
    choices,
    model_choices,
    stands_of,
)
from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import NotFound, Rejected
from app.core.ids import parse_id
from app.core.paging import LARGEST_PAGE, Cursor, Page
from app.providers import service as models
from app.web import forms
from app.web.answers import elsewhere, is_swap, same_origin
from app.web.translations import gettext, ngettext
from app.web.visit import Visit


class Act(forms.Form):
    """What to do, and with which; `back` is where the form stood."""

    do: str = ""
    chosen: list[str] = msgspec.field(default_factory=list)
    folder: str = ""
    back: str = "/"

    def ids(self) -> list[UUID]:
        """Those that were chosen."""
        return [found for text in self.chosen[:LARGEST_PAGE] if (found := parse_id(text))]


class Title(forms.Form):
    """A new name."""

    title: forms.Line


class Settings(forms.Form):
    """What shall hold in a conversation."""

    model: str = ""
    instructions: str = ""


@get("/c", include_in_schema=False)
async def listed(
    request: Request[Any, Any, Any],
    person: NamedDependency[Asker],
    after: FromQuery[str] = "",
    current: FromQuery[str] = "",
) -> Response[None]:
    """The list for the sidebar of any page, or what of it lies further back; as a page of its own, all of it."""
    place = Cursor.parse(after)
    if not is_swap(request):
        return await _shelf(person, await service.listed(person.id, place, which="all"), "all", place)
    if place is None:
        return (await beside.list_for(person.id, parse_id(current))).page()
    return ListPart.of((), await service.listed(person.id, place), parse_id(current)).page()


@get("/c/archive", include_in_schema=False)
async def archive(person: NamedDependency[Asker], after: FromQuery[str] = "") -> Response[None]:
    """What was put away."""
    place = Cursor.parse(after)
    return await _shelf(person, await service.shelved(person.id, place, deleted=False), "archive", place)


@get("/c/bin", include_in_schema=False)
async def bin_(person: NamedDependency[Asker], after: FromQuery[str] = "") -> Response[None]:
    """What was thrown away, for thirty days."""
    place = Cursor.parse(after)
    return await _shelf(person, await service.shelved(person.id, place, deleted=True), "bin", place)


async def _shelf(person: Asker, page: Page[Listed], shelf: Shelf, place: Cursor | None) -> Response[None]:
    places = choices(stands_of(await folders.beside(person.id), None)) if shelf == "all" else []
    return ShelfPage(page.rows, str(page.next or ""), shelf, place is None, places).page()


@post("/c/acts", include_in_schema=False)
async def act(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """Do something with one or many."""
    sent, visit, moment = forms.read(request, Act).fields(), Visit.of(request.scope), now()
    chosen, back = sent.ids(), same_origin(sent.back)
    count = await _done(person, sent, chosen, moment)
    if chosen and not count:
        raise NotFound
    if told := _told(sent.do, count):
        visit.say(told, undo=_undo(sent.do, moment, f"/c/{chosen[0]}" if back == "/" and count == 1 else back))
    elif not count:
        visit.say(gettext("Choose at least one first."), "warning")
    return elsewhere(request, back)


async def _done(person: Asker, sent: Act, chosen: Sequence[UUID], moment: datetime) -> int:
    match sent.do:
        case "remove":
            return await service.remove(person.id, chosen)
        case "move":
            return await folders.move(person.id, chosen, parse_id(sent.folder))
        case _:
            return await service.act(person.id, chosen, sent.do, moment)


def _told(what: str, count: int) -> str:
    match what if count else "":
        case "delete":
            text = ngettext("%(num)s conversation is in the bin.", "%(num)s conversations are in the bin.", count)
        case "restore":
            text = ngettext("%(num)s conversation is back.", "%(num)s conversations are back.", count)
        case "archive":
            text = ngettext(
                "%(num)s conversation is in the archive.", "%(num)s conversations are in the archive.", count
            )
        case "move":
            text = ngettext("%(num)s conversation is moved.", "%(num)s conversations are moved.", count)
        case "remove":
            text = ngettext("%(num)s conversation is gone.", "%(num)s conversations are gone.", count)
        case _:
            return ""
    return text % {"num": count}


def _undo(what: str, moment: datetime, back: str) -> str:
    """The address of the form that takes it back; none, where that cannot be done."""
    query = urlencode({"what": what, "moment": moment.isoformat(), "back": back})
    return f"/c/acts/undo?{query}" if what in ("delete", "archive") else ""


@post("/c/acts/undo", include_in_schema=False)
async def undo(
    request: Request[Any, Any, Any],
    person: NamedDependency[Asker],
    what: FromQuery[str] = "",
    moment: FromQuery[str] = "",
    back: FromQuery[str] = "/",
) -> Response[None]:
    """Take back what was done at that moment."""
    count = await service.take_back(person.id, what, _moment(moment))
    if told := _told("restore", count):
        Visit.of(request.scope).say(told)
    else:
        Visit.of(request.scope).say(gettext("There is nothing to undo any more."), "warning")
    return elsewhere(request, same_origin(back) if count else "/")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if found.tzinfo is None:
        raise NotFound
    return found


@post("/c/{conversation_id:uuid}/title", include_in_schema=False)
async def rename(
    request: Request[Any, Any, Any], conversation_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Give it another name."""
    await service.rename(person.id, conversation_id, forms.read(request, Title).fields().title)
    Visit.of(request.scope).say(gettext("Renamed."))
    return elsewhere(request, f"/c/{conversation_id}")


@get("/c/{conversation_id:uuid}/settings", include_in_schema=False)
async def settings(conversation_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """What holds in this conversation of its own."""
    row = await service.conversation(person.id, conversation_id)
    return (await _settings(person, row, row["model"] or "", row["instructions"], {})).page()


@post("/c/{conversation_id:uuid}/settings", include_in_schema=False)
async def settle_in(
    request: Request[Any, Any, Any], conversation_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Keep it, or say beside the field why not."""
    row = await service.conversation(person.id, conversation_id)
    sent = forms.read(request, Settings).fields()
    try:
        await service.settle_in(person.id, conversation_id, model=sent.model, instructions=sent.instructions)
    except Rejected as wrong:
        return (await _settings(person, row, sent.model, sent.instructions, wrong.fields)).page(400)
    Visit.of(request.scope).say(gettext("Saved."))
    return elsewhere(request, f"/c/{conversation_id}")


async def _settings(
    person: Asker, row: service.Row, model: str, instructions: str, errors: Mapping[str, str]
) -> SettingsPage:
    here = Settled(row["id"], row["title"], model, instructions)
    return SettingsPage(here, model_choices(await models.models_for(person.id), model), errors)


routes = [listed, archive, bin_, act, undo, rename, settings, settle_in]
