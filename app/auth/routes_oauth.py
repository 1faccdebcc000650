"""The way to a provider and back, and the identities that somebody signs in with."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.auth import identities, sign_in
from app.auth.issuers import WrongIssuer
from app.auth.oauth import ProviderAway
from app.auth.routes import BY_PEER, AnyRequest, arrive, offer_reopening, origin, peer
from app.auth.sessions import Closed
from app.auth.sign_in import Browser, Return
from app.auth.views import LeavingPage
from app.core.asker import Asker
from app.core.errors import AppError, Conflict, Forbidden, Rejected
from app.web.answers import elsewhere, is_swap, same_origin, sentence
from app.web.translations import gettext
from app.web.visit import Visit

REFUSED: Final = (Conflict, Forbidden, ProviderAway, Rejected, WrongIssuer)


def browser_of(request: AnyRequest) -> Browser:
    """Who stands at the door."""
    visit = Visit.of(request.scope)
    return Browser(
        visitor=visit.visitor,
        vault=visit.vault,
        origin=origin(request),
        session=visit.session,
        person_id=visit.asker.id if visit.asker else None,
        invitation=visit.cookie("invitation"),
    )


def _leave(request: AnyRequest, url: str, provider: str) -> Response[None]:
    """Go to the provider. Not by a redirect: the policy of our pages lets no form end anywhere but here."""
    if is_swap(request):
        return elsewhere(request, url)
    return LeavingPage(provider, url).page(headers={"refresh": f'0; url="{url}"'})


def _stay(request: AnyRequest, refused: AppError) -> Response[None]:
    """Say on the page that one came from why it did not work."""
    visit = Visit.of(request.scope)
    visit.say(sentence(refused), "error")
    return elsewhere(request, "/account/identities" if visit.asker else "/sign-in")


@post("/sign-in/{provider:str}", include_in_schema=False)
async def begin(request: AnyRequest, provider: FromPath[str]) -> Response[None]:
    """Sign in with this provider."""
    await BY_PEER.spend(peer(request))
    wanted = same_origin(Visit.of(request.scope).form.get("next", ["/"])[0])
    try:
        begun = await sign_in.begin(provider, browser_of(request), wanted)
    except REFUSED as refused:
        return _stay(request, refused)
    return _leave(request, begun.url, begun.provider)


@get("/sign-in/{provider:str}/callback", include_in_schema=False)
async def come_back(request: AnyRequest, provider: FromPath[str]) -> Response[None]:
    """Back from the provider."""
    await BY_PEER.spend(peer(request))
    told = request.query_params
    back = Return(told.get("state", ""), told.get("code", ""), told.get("iss"), told.get("error", ""))
    try:
        arrived = await sign_in.finish(provider, browser_of(request), back)
    except Closed as closed:
        return await offer_reopening(request, closed)
    except REFUSED as refused:
        return _stay(request, refused)
    if arrived.session:
        return await arrive(request, arrived.session, arrived.next_path)
    Visit.of(request.scope).say(gettext("You can sign in with %(provider)s now.") % {"provider": arrived.provider})
    return elsewhere(request, arrived.next_path)


@post("/account/link/{provider:str}", include_in_schema=False)
async def link(request: AnyRequest, provider: FromPath[str], person: NamedDependency[Asker]) -> Response[None]:
    """Have one more way in."""
    await BY_PEER.spend(peer(request))
    try:
        theirs = replace(browser_of(request), person_id=person.id)
        begun = await sign_in.begin(provider, theirs, "/account/identities", linking=True)
    except REFUSED as refused:
        return _stay(request, refused)
    return _leave(request, begun.url, begun.provider)


@post("/account/unlink/{identity_id:uuid}", include_in_schema=False)
async def unlink(request: AnyRequest, identity_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """Have one way in less."""
    try:
        await identities.unlink(person.id, identity_id)
    except REFUSED as refused:
        return _stay(request, refused)
    Visit.of(request.scope).say(gettext("It opens your account no longer."))
    return elsewhere(request, "/account/identities")


routes = [begin, come_back, link, unlink]
