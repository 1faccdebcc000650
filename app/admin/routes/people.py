"""People and invitations, for administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.admin import service
from app.admin.names import ACTIONS
from app.admin.views import INVITED, LIFETIMES, ROLES, InvitationsPage, PeoplePage, PersonPage, address, named, options
from app.auth import invitations, people
from app.core.asker import Asker, Role
from app.core.errors import AppError, Conflict, Rejected
from app.core.language import marked
from app.core.paging import Cursor
from app.core.settings import settings
from app.web import forms
from app.web.answers import elsewhere, is_swap
from app.web.limits import Limit
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
INVITED_BY = Limit("invitation", 100, 3600)
PEOPLE = "/admin/people"
INVITATIONS = "/admin/invitations"


class RoleForm(forms.Form):
    """What somebody may do."""

    role: forms.OptionalLine = ""


class AddressForm(forms.Form):
    """Where somebody is reached."""

    address: forms.OptionalLine = ""


class InvitationForm(forms.Form):
    """Whom to invite, as what, for how long."""

    email: forms.OptionalLine = ""
    role: Role = "DEVELOPER"
    days: forms.OptionalLine = "7"

    def problems(self) -> dict[str, str]:
        return {} if self.days in LIFETIMES else {"days": marked("Choose one of the list.")}


@get(PEOPLE, include_in_schema=False)
async def everybody(
    request: AnyRequest,
    administrator: NamedDependency[Asker],  # noqa: ARG001 - asked for, so that nobody else enters
    words: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[None]:
    """The list, or those whose name or address has these words."""
    found = await people.listed(words, Cursor.parse(after))
    older = address(PEOPLE, words=words, after=found.next) if found.next else ""
    newest = address(PEOPLE, words=words) if after else ""
    page = PeoplePage(words, found.rows, named(ROLES), older, newest)
    return page.region("people") if is_swap(request) else page.page()


@get(PEOPLE + "/{person_id:uuid}", include_in_schema=False)
async def one(person_id: FromPath[UUID], administrator: NamedDependency[Asker]) -> Response[None]:  # noqa: ARG001 - as above
    """One person."""
    return (await _person(person_id)).page()


@post(PEOPLE + "/{person_id:uuid}/role", include_in_schema=False)
async def set_role(
    request: AnyRequest, person_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Give another role."""
    form = forms.read(request, RoleForm)
    try:
        await people.set_role(administrator, person_id, form.fields().role)
    except (Rejected, Conflict) as wrong:
        return (await _person(person_id, form.typed, _beside("role", wrong))).page(wrong.status)
    return _done(request, person_id, gettext("The role holds from the next page on."))


@post(PEOPLE + "/{person_id:uuid}/address", include_in_schema=False)
async def set_address(
    request: AnyRequest, person_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Write an address down."""
    form = forms.read(request, AddressForm)
    try:
        await people.set_address(administrator, person_id, form.fields().address)
    except (Rejected, Conflict) as wrong:
        return (await _person(person_id, form.typed, _beside("address", wrong))).page(wrong.status)
    return _done(request, person_id, gettext("The address is written down. It is not confirmed by that."))


@post(PEOPLE + "/{person_id:uuid}/deactivate", include_in_schema=False)
async def deactivate(
    request: AnyRequest, person_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Close an account."""
    try:
        await people.deactivate(administrator, person_id)
    except Conflict as wrong:
        return (await _person(person_id, {}, _beside("close", wrong))).page(wrong.status)
    return _done(request, person_id, gettext("The account is closed, and signed out everywhere."))


@post(PEOPLE + "/{person_id:uuid}/reactivate", include_in_schema=False)
async def reactivate(
    request: AnyRequest, person_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Open an account again."""
    try:
        await people.reactivate(administrator, person_id)
    except Conflict as wrong:
        return (await _person(person_id, {}, _beside("close", wrong))).page(wrong.status)
    return _done(request, person_id, gettext("The account is open again."))


async def _person(
    person_id: UUID, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> PersonPage:
    known = await service.known(person_id)
    filled = {"role": known.profile.role, **(typed or {})}
    return PersonPage(known, named(ACTIONS), options(ROLES), settings().erase_after_days, filled, errors or {})


def _beside(field: str, wrong: AppError) -> dict[str, str]:
    return dict(wrong.fields) if isinstance(wrong, Rejected) and wrong.fields else {field: wrong.msgid}


def _done(request: AnyRequest, person_id: UUID, sentence: str) -> Response[None]:
    Visit.of(request.scope).say(sentence)
    return elsewhere(request, f"{PEOPLE}/{person_id}")


# Invitations ----------------------------------------------------------------------------------------------------------


@get(INVITATIONS, include_in_schema=False)
async def invited(administrator: NamedDependency[Asker]) -> Response[None]:  # noqa: ARG001 - as above
    """Who was invited."""
    return (await _invitations(forms.Filled())).page()


@post(INVITATIONS, include_in_schema=False)
async def invite(request: AnyRequest, administrator: NamedDependency[Asker]) -> Response[None]:
    """Invite somebody. The link is shown in the answer and nowhere else, so it is no redirect."""
    form = forms.read(request, InvitationForm)
    try:
        given = form.fields()
        await INVITED_BY.spend(str(administrator.id))
        made = await invitations.create(administrator, given.email, given.role, int(given.days))
    except (Rejected, Conflict) as wrong:
        return (await _invitations(form.but(**_beside("email", wrong)))).page(wrong.status)
    if made.link:
        return (await _invitations(forms.Filled(), made.link)).page()
    Visit.of(request.scope).say(gettext("The invitation is on its way."))
    return elsewhere(request, INVITATIONS)


@post(INVITATIONS + "/{invitation_id:uuid}/revoke", include_in_schema=False)
async def revoke(
    request: AnyRequest, invitation_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Take an invitation back."""
    await invitations.revoke(administrator, invitation_id)
    Visit.of(request.scope).say(gettext("The invitation is taken back. Its link leads nowhere now."))
    return elsewhere(request, INVITATIONS)


async def _invitations(form: forms.Filled[Any], link: str = "") -> InvitationsPage:
    typed = {"email": "", "role": "DEVELOPER", "days": "7", **form.typed}
    given = await invitations.listed()
    choices = (options(ROLES), options(LIFETIMES))
    is_closed = settings().registration == "closed"
    return InvitationsPage(given, named(INVITED), *choices, is_closed, typed, form.errors, link)


routes = [everybody, one, set_role, set_address, deactivate, reactivate, invited, invite, revoke]
