"""Providers for everybody, for administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.core.asker import Asker
from app.core.errors import Conflict, Rejected
from app.providers import added, service
from app.providers.queries.providers import EVERYBODY
from app.providers.routes.models import TRIED, beside, found, say_outcome
from app.providers.routes.sent import ProviderForm, SwitchForm
from app.providers.views import Card, ProvidersPage
from app.web import forms
from app.web.answers import elsewhere, is_swap
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
PROVIDERS = "/admin/providers"


@get(PROVIDERS, include_in_schema=False)
async def show(administrator: NamedDependency[Asker]) -> Response[None]:
    """Whoever gives models to everybody."""
    return (await _page(administrator)).page()


@post(PROVIDERS, include_in_schema=False)
async def add(request: AnyRequest, administrator: NamedDependency[Asker]) -> Response[None]:
    """Add one, or only try it."""
    form = forms.read(request, ProviderForm)
    try:
        given = form.fields()
        await TRIED.spend(str(administrator.id))
        if given.do == "try":
            told = found(await added.attempt(given.draft(), trusted=True))
            return await _again(request, administrator, form, told)
        await added.add(administrator, EVERYBODY, given.draft())
    except (Rejected, Conflict) as wrong:
        return await _again(request, administrator, form.but(**beside(wrong)), status=wrong.status)
    Visit.of(request.scope).say(gettext("The provider is added. Everybody can choose its models."))
    return elsewhere(request, PROVIDERS)


@post(PROVIDERS + "/{provider_id:uuid}/try", include_in_schema=False)
async def try_again(
    request: AnyRequest, provider_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Ask it now."""
    await TRIED.spend(str(administrator.id))
    say_outcome(request, await added.try_again(EVERYBODY, provider_id))
    return elsewhere(request, PROVIDERS)


@post(PROVIDERS + "/{provider_id:uuid}/switch", include_in_schema=False)
async def switch(
    request: AnyRequest, provider_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Let its models be there, or not."""
    await added.switch(administrator, EVERYBODY, provider_id, on=forms.read(request, SwitchForm).fields().on)
    return elsewhere(request, PROVIDERS)


@post(PROVIDERS + "/{provider_id:uuid}/remove", include_in_schema=False)
async def remove(
    request: AnyRequest, provider_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Forget it, and its key."""
    await added.remove(administrator, EVERYBODY, provider_id)
    Visit.of(request.scope).say(gettext("The provider is deleted, and its key with it."))
    return elsewhere(request, PROVIDERS)


async def _again(
    request: AnyRequest, administrator: Asker, form: forms.Filled[Any], tried: str = "", status: int = 200
) -> Response[None]:
    page = await _page(administrator, form.typed, form.errors, tried)
    return page.region("adding", status) if is_swap(request) else page.page(status)


async def _page(
    administrator: Asker,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    tried: str = "",
) -> ProvidersPage:
    shelves = [each for each in await service.shelves(administrator.id) if each.source.origin != "own"]
    off = [source for source in await added.listed(EVERYBODY) if not source.is_usable]
    cards = [Card.of(each.source, each) for each in shelves] + [Card.of(source, None) for source in off]
    return ProvidersPage(PROVIDERS, cards, typed or {}, errors or {}, tried)


routes = [show, add, try_again, switch, remove]
