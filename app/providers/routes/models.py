"""Models as one person chooses among them, and that person's own providers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.core.asker import Asker
from app.core.errors import Conflict, Rejected
from app.providers import added, budgets, service
from app.providers.offers import Offer
from app.providers.routes.sent import ModelForm, ProviderForm, SwitchForm
from app.providers.views import Card, ModelsPage, Used, groups
from app.web import forms
from app.web.answers import elsewhere, is_swap, sentence
from app.web.limits import Limit
from app.web.translations import gettext, ngettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
MODELS = "/preferences/models"
OWN = MODELS + "/providers"
TRIED = Limit("provider", 60, 3600)


@get(MODELS, include_in_schema=False)
async def show(request: AnyRequest, person: NamedDependency[Asker], words: FromQuery[str] = "") -> Response[None]:
    """What there is, or what of it was searched for."""
    page = await _page(person, words[:200])
    return page.region("models") if is_swap(request) else page.page()


@post(MODELS + "/star", include_in_schema=False)
async def star(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Mark a favourite, or no longer."""
    chosen = forms.read(request, ModelForm).fields()
    await service.star(person.id, chosen.path, on=chosen.on)
    if is_swap(request):
        return (await _page(person, chosen.words)).region("models")
    return elsewhere(request, MODELS)


@post(MODELS + "/default", include_in_schema=False)
async def prefer(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Begin with this model from now on; with none, as the house thinks best."""
    await service.prefer(person.id, forms.read(request, ModelForm).fields().path)
    Visit.of(request.scope).say(gettext("Saved."))
    return elsewhere(request, MODELS)


@post(OWN, include_in_schema=False)
async def add(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Add a provider of one's own, or only try it."""
    form = forms.read(request, ProviderForm)
    try:
        given = form.fields()
        await TRIED.spend(str(person.id))
        if given.do == "try":
            return await _again(request, person, form, found(await added.attempt(given.draft(), trusted=False)))
        await added.add(person, person.id, given.draft())
    except (Rejected, Conflict) as wrong:
        return await _again(request, person, form.but(**beside(wrong)), status=wrong.status)
    Visit.of(request.scope).say(gettext("The provider is added. Its models are in the list."))
    return elsewhere(request, MODELS)


@post(OWN + "/{own_provider_id:uuid}/try", include_in_schema=False)
async def try_again(
    request: AnyRequest, own_provider_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Ask one's own provider now."""
    await TRIED.spend(str(person.id))
    say_outcome(request, await added.try_again(person.id, own_provider_id))
    return elsewhere(request, f"{MODELS}#providers")


@post(OWN + "/{own_provider_id:uuid}/switch", include_in_schema=False)
async def switch(
    request: AnyRequest, own_provider_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Let its models be in the list, or not."""
    await added.switch(person, person.id, own_provider_id, on=forms.read(request, SwitchForm).fields().on)
    return elsewhere(request, f"{MODELS}#providers")


@post(OWN + "/{own_provider_id:uuid}/remove", include_in_schema=False)
async def remove(
    request: AnyRequest, own_provider_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Forget it, and its key."""
    await added.remove(person, person.id, own_provider_id)
    Visit.of(request.scope).say(gettext("The provider is deleted, and its key with it."))
    return elsewhere(request, f"{MODELS}#providers")


async def _again(
    request: AnyRequest, person: Asker, form: forms.Filled[Any], tried: str = "", status: int = 200
) -> Response[None]:
    page = await _page(person, "", form.typed, form.errors, tried)
    return page.region("adding", status) if is_swap(request) else page.page(status)


async def _page(
    person: Asker,
    words: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    tried: str = "",
) -> ModelsPage:
    shelves = await service.shelves(person.id)
    by_slug = {shelved.source.slug: shelved for shelved in shelves}
    own = await added.listed(person.id)
    return ModelsPage(
        groups=groups(shelves, words, person.default_model),
        words=words,
        default=person.default_model,
        usual=await service.default_path(person.id, person.default_model),
        used=Used.of(await budgets.room(person.id, person.role)),
        action=OWN,
        cards=[Card.of(source, by_slug.get(source.slug)) for source in own],
        typed=typed or {},
        errors=errors or {},
        tried=tried,
    )


def found(count: int) -> str:
    """What a trial found."""
    return ngettext("It answers: %(num)s model.", "It answers: %(num)s models.", count) % {"num": count}


def say_outcome(request: AnyRequest, offer: Offer) -> None:
    """Tell what a stored provider answered."""
    visit = Visit.of(request.scope)
    if offer.problem is None:
        visit.say(found(len(offer.models)))
    else:
        visit.say(sentence(offer.problem), "error")


def beside(wrong: Rejected | Conflict) -> dict[str, str]:
    """Each sentence at the field that it is about."""
    return dict(wrong.fields) if isinstance(wrong, Rejected) and wrong.fields else {"name": wrong.msgid}


routes = [show, star, prefer, add, try_again, switch, remove]
