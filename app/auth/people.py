"""Accounts: found, listed, named, promoted, closed and opened again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

import msgspec

from app import mail
from app.audit import service as audit
from app.auth import letters
from app.auth.queries import links, sessions, tokens
from app.auth.queries import people as queries
from app.auth.registration import ADDRESS_TAKEN, NOBODY_YET, checked_address
from app.core.asker import Asker, Role
from app.core.clock import now
from app.core.errors import Conflict, Duplicate, NotFound, Rejected
from app.core.events import OnboardingDone, PersonDeactivated, publish
from app.core.language import language, marked
from app.core.paging import Cursor, Page, page_size
from app.core.secrets import hashed, new_token
from app.core.settings import settings
from app.core.text import is_clean, is_shown
from app.database.engine import atomic
from app.jobs.queue import later

MINUTES: Final = 15
LAST_ADMINISTRATOR: Final = marked("This is the last administrator. Make somebody else one first.")
CONFIRMATION_GONE: Final = marked("This link was used already, or it is too old, or it is for another account.")

Actor = Asker | UUID | str | None  # as the audit trail takes them: a person, or the name of what acted
Purpose = Literal["", "write", "code", "learn", "look"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A person, as they and the administrators see them."""

    id: UUID
    email: str
    is_verified: bool
    name: str
    first_name: str
    last_name: str
    avatar_url: str
    role: Role
    is_active: bool
    deactivated_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A person in the administrators' list."""

    id: UUID
    email: str
    is_verified: bool
    name: str
    role: Role
    is_active: bool
    created_at: datetime
    last_seen_at: datetime | None


async def profile(person_id: UUID) -> Profile:
    """The person with this id, also when the account is closed."""
    row = await queries.person(person_id)
    if row is None:
        raise NotFound
    return _profile(row)


async def at_address(address: str) -> Profile | None:
    """The active person with this address, however it is written."""
    row = await queries.person_at(address) if is_clean(address) else None
    return None if row is None else _profile(row)


def _profile(row: queries.Row) -> Profile:
    columns = ("id", "email", "name", "role", "is_active", "deactivated_at", "created_at")
    optional = ("first_name", "last_name", "avatar_url")
    values = {name: row[name] for name in columns} | {name: row[name] or "" for name in optional}
    return Profile(**values, is_verified=row["email_verified_at"] is not None)


async def listed(words: str = "", after: Cursor | None = None, size: int | None = None) -> Page[Listed]:
    """Everybody, the newest first; with `words`, those whose name or address has them in it."""
    most = page_size(size)
    place = (after.at, after.id) if after else None
    rows = await queries.people(words.strip() if is_clean(words) else "", place, most + 1)
    return Page.of([_listed(row) for row in rows], most, lambda person: Cursor(person.created_at, person.id))


def _listed(row: queries.Row) -> Listed:
    columns = ("id", "email", "name", "role", "is_active", "created_at", "last_seen_at")
    return Listed(**{name: row[name] for name in columns}, is_verified=row["email_verified_at"] is not None)


# What a person changes ------------------------------------------------------------------------------------------------


async def update_profile(person_id: UUID, name: str, first_name: str = "", last_name: str = "") -> Profile:
    """Change what one is called."""
    given = {"name": name, "first_name": first_name, "last_name": last_name}
    plain = {field: " ".join(text.split()) for field, text in given.items()}
    wrong = {field: sentence for field, text in plain.items() if (sentence := _name_problem(field, text))}
    if wrong:
        raise Rejected(fields=wrong)
    async with atomic():
        if not await queries.change_person(person_id, {field: text or None for field, text in plain.items()}):
            raise NotFound
        await audit.record(person_id, "auth.profile_changed", "user", person_id)
    return await profile(person_id)


def _name_problem(field: str, text: str) -> str:
    if field == "name" and not text:
        return marked("This is needed.")
    if len(text) > 100:  # noqa: PLR2004 - as long as the column
        return marked("This is too long.")
    return "" if is_shown(text) else marked("This contains something that cannot be stored.")


async def onboard(person_id: UUID, name: str, chosen_language: str, purpose: Purpose) -> None:
    """Keep the answers to the first questions; empty ones change nothing."""
    stored = msgspec.json.encode({"done": True, "purpose": purpose}).decode()
    async with atomic():
        if name.strip():
            await update_profile(person_id, name)
        await queries.change_person(person_id, {"onboarding": stored})
        await publish(OnboardingDone(person_id, chosen_language))


async def ask_address(person_id: UUID, address: str) -> None:
    """Have a letter sent to a new address; it counts once the link in it was followed."""
    address = checked_address(address)
    if not mail.is_set_up():
        raise Conflict(marked("No mail server is set up, so a new address cannot be confirmed. Ask an administrator."))
    known = await queries.person_at(address)
    if known is not None and known["id"] == person_id and known["email_verified_at"] is not None:
        raise Rejected(fields={"address": marked("This is your address already.")})
    # Whether somebody else has it is not told here: the letter finds out who reads there.
    await later("auth.address", {"address": address, "language": language.get()}, user_id=person_id)


async def send_confirmation(person_id: UUID, address: str) -> None:
    """Write to the new address."""
    person = await queries.person(person_id)
    holder = await queries.person_at(address)
    if person is None or not person["is_active"] or (holder is not None and holder["id"] != person_id):
        return
    token = new_token()
    values = {"kind": "CHANGE", "identifier": address, "user_id": person_id, "next_path": "/account"}
    await links.add_link(hashed(token), values, MINUTES)
    link = f"{settings().base_url}/sign-in/address/{token}"
    await mail.send(letters.new_address(address, person["name"], link, MINUTES))


async def address_to_confirm(person_id: UUID, token: str) -> str:
    """The new address of this link, if it is this person's and still works."""
    row = await links.link(hashed(token), ["CHANGE"])
    if row is None or row["user_id"] != person_id:
        raise NotFound(CONFIRMATION_GONE)
    return str(row["identifier"])


async def confirm_address(person_id: UUID, token: str, session_id: UUID | None) -> str:
    """Use the new address from now on, and sign out everywhere else."""
    async with atomic():
        address = await address_to_confirm(person_id, token)
        await links.take_link(hashed(token), ["CHANGE"])
        before = await _moved(person_id, address, is_verified=True)
        await sessions.end_sessions(person_id, but=session_id)
        if mail.is_set_up() and before not in (address, NOBODY_YET):
            await later("auth.address_changed", {"old": before, "new": address, "language": language.get()})
    return address


async def set_address(actor: Actor, person_id: UUID, address: str) -> None:
    """An administrator writes an address down. It is not confirmed by that, so no mail signs in with it."""
    async with atomic():
        await _moved(person_id, checked_address(address), is_verified=False, actor=actor)


async def _moved(person_id: UUID, address: str, *, is_verified: bool, actor: Actor = None) -> str:
    person = await queries.person(person_id)
    if person is None or not person["is_active"]:
        raise NotFound
    values = {"email": address, "email_verified_at": now() if is_verified else None}
    try:
        async with atomic():
            await queries.change_person(person_id, values)
    except Duplicate as taken:
        raise Duplicate(ADDRESS_TAKEN) from taken
    await links.drop_links_of(person_id)
    await audit.record(actor or person_id, "auth.address_changed", "user", person_id)
    return str(person["email"])


# What administrators and the command line change ---------------------------------------------------------------------


async def set_role(actor: Actor, person_id: UUID, role: str) -> None:
    """Give a person this role. There is always an administrator left."""
    if role not in get_args(Role):
        raise Rejected(fields={"role": marked("Choose one of the list.")})
    async with atomic():
        await queries.lock_administrators()
        person = await queries.person(person_id)
        if person is None or not person["is_active"]:
            raise NotFound
        if role != "ADMIN":
            await _keep_one(person_id)
        await queries.change_person(person_id, {"role": role})
        details = {"from": person["role"], "to": role}
        await audit.record(actor, "auth.role_changed", "user", person_id, details)


async def deactivate(actor: Actor, person_id: UUID) -> None:
    """Close an account: every session and token ends with it, and the address is free."""
    async with atomic():
        await queries.lock_administrators()
        await _keep_one(person_id)
        if not await queries.close_person(person_id):
            raise NotFound
        await _cut_off(person_id)
        await publish(PersonDeactivated(person_id))
        await audit.record(actor, "auth.deactivated", "user", person_id)


async def reactivate(actor: Actor, person_id: UUID) -> None:
    """Open a closed account again. What was signed in before stays signed out."""
    async with atomic():
        await _cut_off(person_id)
        try:
            async with atomic():
                reopened = await queries.reopen_person(person_id)
        except Duplicate as taken:
            raise Duplicate(ADDRESS_TAKEN) from taken
        if not reopened:
            raise NotFound
        await audit.record(actor, "auth.reactivated", "user", person_id)


async def _keep_one(person_id: UUID) -> None:
    if await queries.administrators() == [person_id]:
        raise Conflict(LAST_ADMINISTRATOR, code="LAST_ADMINISTRATOR")


async def _cut_off(person_id: UUID) -> None:
    await sessions.end_sessions(person_id)
    await tokens.end_tokens(person_id)
    await links.drop_links_of(person_id)
