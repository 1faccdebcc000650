"""One's own account: profile, devices, identities."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app import mail
from app.account import figures
from app.account.views import DeviceRow, DevicesPage, IdentitiesPage, ProfilePage
from app.auth import identities, people, sessions
from app.auth.views import choices
from app.core.asker import Asker
from app.core.errors import Conflict, Rejected
from app.web import forms
from app.web.answers import elsewhere
from app.web.limits import Limit
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
LETTERS = Limit("address-letter", 5, 3600)


class ProfileForm(forms.Form):
    """What one is called."""

    name: forms.OptionalLine = ""  # the service says what is wrong with it
    first_name: forms.OptionalLine = ""
    last_name: forms.OptionalLine = ""


class AddressForm(forms.Form):
    """Where letters shall go."""

    address: forms.Line


# Profile --------------------------------------------------------------------------------------------------------------


@get("/account", include_in_schema=False)
async def show(person: NamedDependency[Asker]) -> Response[None]:
    """The first page of one's account."""
    return (await _profile(person, forms.Filled())).page()


@post("/account/profile", include_in_schema=False)
async def save(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Be called something else."""
    form = forms.read(request, ProfileForm)
    try:
        given = form.fields()
        await people.update_profile(person.id, given.name, given.first_name, given.last_name)
    except Rejected as wrong:
        return (await _profile(person, form.but(**wrong.fields))).page(400)
    Visit.of(request.scope).say(gettext("Saved."))
    return elsewhere(request, "/account")


@post("/account/address", include_in_schema=False)
async def change_address(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Ask for a letter to a new address, which counts once the link in it was followed."""
    form = forms.read(request, AddressForm)
    try:
        given = form.fields()
        await LETTERS.spend(str(person.id))
        await people.ask_address(person.id, given.address)
    except (Rejected, Conflict) as wrong:
        told = wrong.fields if isinstance(wrong, Rejected) else {"address": wrong.msgid}
        return (await _profile(person, form.but(**told))).page(wrong.status)
    said = gettext("A letter is on its way to %(address)s. Follow the link in it.") % {"address": given.address}
    Visit.of(request.scope).say(said)
    return elsewhere(request, "/account")


async def _profile(person: Asker, form: forms.Filled[Any]) -> ProfilePage:
    profile = await people.profile(person.id)
    stored = {"name": profile.name, "first_name": profile.first_name, "last_name": profile.last_name}
    counted = await figures.of(person.id)
    return ProfilePage(profile, counted, {**stored, **form.typed}, form.errors, mail.is_set_up())


# Devices --------------------------------------------------------------------------------------------------------------


@get("/account/devices", include_in_schema=False)
async def devices(person: NamedDependency[Asker]) -> Response[None]:
    """Where one is signed in."""
    found = await sessions.listed(person.id)
    rows = [DeviceRow.of(session, person.session_id) for session in found]
    return DevicesPage(sorted(rows, key=lambda row: not row.is_this)).page()


@post("/account/devices/{session_id:uuid}/revoke", include_in_schema=False)
async def end_device(request: AnyRequest, session_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """Sign one device out."""
    await sessions.revoke(person.id, session_id)
    Visit.of(request.scope).say(gettext("That device is signed out."))
    return elsewhere(request, "/account/devices")


@post("/account/devices/revoke-others", include_in_schema=False)
async def end_others(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Sign out everywhere but here."""
    await sessions.revoke_others(person.id, person.session_id)
    Visit.of(request.scope).say(gettext("Every other device is signed out."))
    return elsewhere(request, "/account/devices")


# Identities -----------------------------------------------------------------------------------------------------------


@get("/account/identities", include_in_schema=False)
async def ways_in(person: NamedDependency[Asker]) -> Response[None]:
    """Every way to sign in. What links and unlinks them stands at the front door, with the providers."""
    profile = await people.profile(person.id)
    linked = await identities.listed(person.id)
    by_mail = mail.is_set_up()
    is_only_way = len(linked) == 1 and not (by_mail and profile.is_verified)
    return IdentitiesPage(linked, choices(), by_mail, profile.is_verified, is_only_way).page()


routes = [show, save, change_address, devices, end_device, end_others, ways_in]
