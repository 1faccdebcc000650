"""The front door: signing in and out, links, invitations, the first questions."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.auth import invitations, links, people, registration, reopening, sessions
from app.auth.people import Purpose
from app.auth.registration import NOBODY_YET
from app.auth.sessions import COOKIE_SECONDS, Closed, Origin
from app.auth.views import (
    AddressPage,
    GonePage,
    InvitationPage,
    LinkPage,
    SentPage,
    SignInPage,
    WelcomePage,
    choices,
)
from app.core.asker import Asker
from app.core.errors import Duplicate, NotFound, Rejected
from app.core.language import language, marked
from app.core.text import is_clean, is_mail_address
from app.web import forms
from app.web.answers import elsewhere, same_origin
from app.web.limits import Limit
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]

BY_PEER: Final = Limit("sign-in", 30, 300)
TO_ADDRESS: Final = Limit("sign-in-letter", 5, 900)
REDEEMED: Final = Limit("sign-in-link", 30, 300)
INVITATION_SECONDS: Final = 3600
_CLEARED: Final = {"Clear-Site-Data": '"cache", "storage"'}


class SignInForm(forms.Form):
    """Where the link shall be sent."""

    address: forms.Line
    next: str = "/"

    def problems(self) -> dict[str, str]:
        if is_clean(self.address) and is_mail_address(self.address):
            return {}
        return {"address": marked("This does not look like a mail address.")}


class InvitedForm(forms.Form):
    """Who accepts, where the invitation itself does not say."""

    address: forms.OptionalLine = ""
    name: forms.OptionalLine = ""


class WelcomeForm(forms.Form):
    """The first answers; every one may be left out."""

    name: forms.OptionalLine = ""
    language: str = ""
    purpose: Purpose = ""
    next: str = "/"
    skip: bool = False


def peer(request: AnyRequest) -> str:
    """The address that the request came from."""
    return request.client.host if request.client else ""


def origin(request: AnyRequest) -> Origin:
    """What is remembered of a device."""
    return Origin(request.headers.get("user-agent", ""), peer(request))


async def arrive(request: AnyRequest, token: str, next_path: str) -> Response[None]:
    """Give the browser its new session, and send it where it wanted to go; the first time past three questions."""
    visit = Visit.of(request.scope)
    visit.set_cookie("session", token, COOKIE_SECONDS)
    if visit.cookie("invitation"):
        visit.set_cookie("invitation", "", 0)
    asker = await sessions.holder(token)
    wanted = same_origin(next_path)
    if asker is not None and asker.onboarded:
        return elsewhere(request, wanted)
    return elsewhere(request, "/welcome" if wanted == "/" else f"/welcome?next={quote(wanted, safe='/')}")


async def offer_reopening(request: AnyRequest, closed: Closed) -> Response[None]:
    """Ask whoever closed their account themselves; everybody else stays outside."""
    if not await reopening.may_reopen(closed.person_id):
        raise closed
    visit = Visit.of(request.scope)
    visit.set_cookie("reopen", reopening.ticket(visit.vault, closed.person_id), reopening.MINUTES * 60)
    return elsewhere(request, "/reopen")


# Signing in -----------------------------------------------------------------------------------------------------------


@get("/sign-in", include_in_schema=False)
async def show(request: AnyRequest, asker: NamedDependency[Asker | None]) -> Response[None]:
    """Every way in that there is here."""
    wanted = same_origin(request.query_params.get("next"))
    return elsewhere(request, wanted) if asker else SignInPage.of(wanted).page()


@post("/sign-in", include_in_schema=False)
async def ask(request: AnyRequest) -> Response[None]:
    """Have a link sent. The answer is the same for everybody."""
    await BY_PEER.spend(peer(request))
    form = forms.read(request, SignInForm)
    if form.value is None:
        return SignInPage.of(same_origin(form.typed.get("next")), form.typed, form.errors).page(400)
    await TO_ADDRESS.spend(form.value.address.lower())
    await links.ask(form.value.address, same_origin(form.value.next))
    return elsewhere(request, "/sign-in/sent")


@get("/sign-in/sent", include_in_schema=False)
async def sent() -> Response[None]:
    """Look into your mail."""
    return SentPage().page()


@get("/sign-in/link/{token:str}", include_in_schema=False)
async def show_link(token: FromPath[str]) -> Response[None]:
    """The page before. Looking changes nothing, however often a scanner looks."""
    try:
        return LinkPage(token, await links.shown(token)).page()
    except NotFound as gone:
        return GonePage(gone.msgid).page(404)


@post("/sign-in/link/{token:str}", include_in_schema=False)
async def redeem(request: AnyRequest, token: FromPath[str]) -> Response[None]:
    """Sign in with the link."""
    await REDEEMED.spend(peer(request))
    try:
        signed_in = await links.redeem(token, origin(request), Visit.of(request.scope).session)
    except NotFound as gone:
        return GonePage(gone.msgid).page(404)
    except Closed as closed:
        return await offer_reopening(request, closed)
    return await arrive(request, signed_in.token, signed_in.next_path)


@post("/sign-out", include_in_schema=False)
async def sign_out(request: AnyRequest) -> Response[None]:
    """Leave nothing behind in this browser."""
    visit = Visit.of(request.scope)
    if visit.session:
        await sessions.sign_out(visit.session)
        visit.say(gettext("You are signed out."))
    visit.set_cookie("session", "", 0)
    answer = elsewhere(request, "/sign-in")
    answer.headers.update(_CLEARED)
    return answer


# Invitations ----------------------------------------------------------------------------------------------------------


@get("/invitation/{token:str}", include_in_schema=False)
async def show_invitation(request: AnyRequest, token: FromPath[str]) -> Response[None]:
    """Who invites, and how to come in. A provider's answer finds the invitation again in a cookie."""
    try:
        invitation = await invitations.shown(token)
    except NotFound as gone:
        return GonePage(gone.msgid).page(404)
    Visit.of(request.scope).set_cookie("invitation", token, INVITATION_SECONDS)
    return InvitationPage(token, invitation, choices(), {}, {}).page()


@post("/invitation/{token:str}", include_in_schema=False)
async def accept(request: AnyRequest, token: FromPath[str]) -> Response[None]:
    """Join with the address that was invited, or with one of one's own."""
    await REDEEMED.spend(peer(request))
    form = forms.read(request, InvitedForm)
    try:
        user_id = await registration.accept(token, form.fields().address, form.fields().name)
    except NotFound as gone:
        return GonePage(gone.msgid).page(404)
    except (Rejected, Duplicate) as wrong:
        errors = wrong.fields if isinstance(wrong, Rejected) else {"address": wrong.msgid}
        return InvitationPage(token, await invitations.shown(token), choices(), form.typed, errors).page(wrong.status)
    session = await sessions.begin(user_id, "invitation", origin(request), Visit.of(request.scope).session)
    return await arrive(request, session, "/")


# A new address --------------------------------------------------------------------------------------------------------


@get("/sign-in/address/{token:str}", include_in_schema=False)
async def show_address(token: FromPath[str], person: NamedDependency[Asker]) -> Response[None]:
    """The page before."""
    try:
        return AddressPage(token, await people.address_to_confirm(person.id, token)).page()
    except NotFound as gone:
        return GonePage(gone.msgid).page(404)


@post("/sign-in/address/{token:str}", include_in_schema=False)
async def confirm_address(request: AnyRequest, token: FromPath[str], person: NamedDependency[Asker]) -> Response[None]:
    """From now on this is the address."""
    try:
        address = await people.confirm_address(person.id, token, person.session_id)
    except NotFound as gone:
        return GonePage(gone.msgid).page(404)
    said = gettext("Your address is %(address)s now. Every other device was signed out.") % {"address": address}
    Visit.of(request.scope).say(said)
    return elsewhere(request, "/account")


# The first visit ------------------------------------------------------------------------------------------------------


@get("/welcome", include_in_schema=False)
async def welcome(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Three questions, once."""
    wanted = same_origin(request.query_params.get("next"))
    if person.onboarded:
        return elsewhere(request, wanted)
    name = "" if person.email == NOBODY_YET else person.name
    return WelcomePage.of(wanted, {"name": name, "language": language.get()}).page()


@post("/welcome", include_in_schema=False)
async def answer(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Keep the answers, or that there were none."""
    form = forms.read(request, WelcomeForm)
    wanted = same_origin(form.typed.get("next"))
    if form.value is None:
        return WelcomePage.of(wanted, form.typed, form.errors).page(400)
    given = WelcomeForm() if form.value.skip else form.value
    try:
        await people.onboard(person.id, given.name, given.language, given.purpose)
    except Rejected as wrong:
        return WelcomePage.of(wanted, form.typed, wrong.fields).page(400)
    return elsewhere(request, wanted)


routes = [
    show,
    ask,
    sent,
    show_link,
    redeem,
    sign_out,
    show_invitation,
    accept,
    show_address,
    confirm_address,
    welcome,
    answer,
]
