"""Credentials for one's own programs."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.account.views import TokensPage, lifetimes, scopes_within
from app.auth import tokens
from app.auth.tokens import NewToken
from app.core.asker import Asker
from app.core.errors import AppError, Conflict, Forbidden, Rejected
from app.core.language import marked
from app.web import forms
from app.web.answers import elsewhere
from app.web.limits import Limit
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
MADE = Limit("token", 20, 3600)


class TokenForm(forms.Form):
    """What a new token is called, may do, and for how long."""

    name: forms.OptionalLine = ""  # the service says what is wrong with it
    scopes: list[str] = msgspec.field(default_factory=list)
    days: str = ""

    def problems(self) -> dict[str, str]:
        is_number = self.days.isascii() and self.days.isdecimal() and len(self.days) < 5  # noqa: PLR2004 - no year is longer
        return {} if is_number or not self.days else {"days": marked("Choose one of the list.")}


@get("/account/tokens", include_in_schema=False)
async def show(person: NamedDependency[Asker]) -> Response[None]:
    """The tokens that there are, and the form for one more."""
    return (await _page(person, forms.Filled({"days": "90"}), ["read"])).page()


@post("/account/tokens", include_in_schema=False)
async def create(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Make one. The answer is the only place where it can be read, so it is no redirect."""
    form = forms.read(request, TokenForm)
    chosen = Visit.of(request.scope).form.get("scopes", [])
    try:
        given = form.fields()
        await MADE.spend(str(person.id))
        made = await tokens.create(person, given.name, given.scopes, int(given.days) if given.days else None)
    except (Rejected, Conflict, Forbidden) as wrong:
        return (await _page(person, form.but(**_told(wrong)), chosen)).page(wrong.status)
    return (await _page(person, forms.Filled({"days": "90"}), ["read"], made)).page()


def _told(wrong: AppError) -> dict[str, str]:
    if isinstance(wrong, Rejected):
        return dict(wrong.fields)
    return {"scopes" if isinstance(wrong, Forbidden) else "name": wrong.msgid}


@post("/account/tokens/{token_id:uuid}/revoke", include_in_schema=False)
async def revoke(request: AnyRequest, token_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """Let one count no longer."""
    await tokens.revoke(person.id, token_id)
    Visit.of(request.scope).say(gettext("The token is revoked. What used it is refused from now on."))
    return elsewhere(request, "/account/tokens")


async def _page(person: Asker, form: forms.Filled[Any], chosen: list[str], made: NewToken | None = None) -> TokensPage:
    listed = await tokens.listed(person.id)
    scopes = scopes_within(tokens.reach(person))
    return TokensPage(listed, scopes, lifetimes(), form.typed, chosen, form.errors, made)


routes = [show, create, revoke]
