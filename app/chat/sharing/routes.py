"""Sharing a conversation, reading a shared one, and putting one on paper."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.chat.conversations import service as conversations
from app.chat.messages import queries as messages
from app.chat.messages.queries import Row
from app.chat.messages.shown import attached as attached_to
from app.chat.sharing import service
from app.chat.sharing.views import Read, SharedPage, SharesPage
from app.core.asker import Asker
from app.core.errors import Rejected
from app.core.ids import parse_id
from app.core.settings import settings
from app.markup.html import Html
from app.markup.render import rendered_later
from app.web import forms
from app.web.answers import elsewhere
from app.web.translations import gettext
from app.web.visit import Visit

UNSEEN = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
MOST_PRINTED = 2_000


class Terms(forms.Form):
    """For how long."""

    days: int = 30


@get("/c/{conversation_id:uuid}/shares", include_in_schema=False)
async def shares(conversation_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """The links to this conversation."""
    return (await _page(person, conversation_id, "", {})).page()


async def _page(person: Asker, conversation_id: UUID, made: str, errors: Any) -> SharesPage:
    talk = await conversations.conversation(person.id, conversation_id)
    listed = await service.listed(person.id, conversation_id)
    return SharesPage(conversation_id, talk["title"], listed, made, errors)


@post("/c/{conversation_id:uuid}/shares", include_in_schema=False)
async def share(
    request: Request[Any, Any, Any], conversation_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """One more link, shown this once."""
    try:
        token = await service.share(person.id, conversation_id, forms.read(request, Terms).fields().days)
    except Rejected as wrong:
        return (await _page(person, conversation_id, "", wrong.fields)).page(400)
    return (await _page(person, conversation_id, f"{settings().base_url}/s/{token}", {})).page(201)


@post("/shares/{share_id:uuid}/revoke", include_in_schema=False)
async def revoke(
    request: Request[Any, Any, Any], share_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Take a link back."""
    conversation_id = await service.revoke(person.id, share_id)
    Visit.of(request.scope).say(gettext("The link leads nowhere now."))
    return elsewhere(request, f"/c/{conversation_id}/shares")


@get("/s/{token:str}", include_in_schema=False)
async def shared(token: FromPath[str], before: FromQuery[str] = "") -> Response[None]:
    """A conversation for whoever has the link: nobody needs to sign in, and nobody can change anything."""
    found = await service.shown(token, parse_id(before))
    earlier = f"/s/{token}?before={found.earlier}" if found.earlier else ""
    page = SharedPage(found.title, await _read(found.user_id, found.rows), earlier, is_print=False)
    return page.page(headers=UNSEEN)


@get("/c/{conversation_id:uuid}/print", include_in_schema=False)
async def on_paper(conversation_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """The conversation as one long page, for the browser to print or keep as PDF."""
    talk = await conversations.conversation(person.id, conversation_id)
    rows = await messages.upwards(person.id, conversation_id, talk["leaf_id"], MOST_PRINTED)
    return SharedPage(talk["title"], await _read(person.id, rows[::-1]), "", is_print=True).page()


async def _read(user_id: UUID, rows: Sequence[Row]) -> list[Read]:
    attached = await attached_to(user_id, rows)
    return [Read.of(row, await _html(row), attached.get(row["id"], ())) for row in rows]


async def _html(row: Row) -> Html:
    if row["role"] == "USER":
        return Html("")
    return Html(row["html"]) if row["html"] is not None else await rendered_later(row["content"])


routes = [shares, share, revoke, shared, on_paper]
