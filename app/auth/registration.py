"""Who may join, and joining itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from app.audit import service as audit
from app.auth import invitations
from app.auth.invitations import Invitation
from app.auth.queries import people as queries
from app.core.asker import Role
from app.core.clock import now
from app.core.errors import Duplicate, Forbidden, NotFound, Rejected
from app.core.events import PersonJoined, publish
from app.core.language import marked
from app.core.settings import Registration, Settings, settings
from app.core.text import is_clean, is_mail_address
from app.database.engine import atomic

How = Literal["mail", "provider", "invitation", "console", "clerk", "command", "seed"]
LONGEST_NAME: Final = 100
NOBODY_YET: Final = "administrator@localhost"  # the first administrator's, until there is a real one


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody who is not here yet, as far as we know them."""

    address: str
    how: How
    is_verified: bool = False  # the address is known to be theirs
    name: str = ""
    first_name: str | None = None
    last_name: str | None = None
    avatar_url: str | None = None
    clerk_id: str | None = None
    clerk_event_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may join without being asked."""

    registration: Registration
    domains: Sequence[str] = ()
    role: Role = "DEVELOPER"

    @classmethod
    def of(cls, given: Settings) -> "Policy":
        return cls(given.registration, given.registration_domains, given.registration_role)


CLOSED: Final = marked("Nobody can join here at the moment. Ask the administrator.")
NOT_INVITED: Final = marked("One joins here by invitation. Ask the administrator for one.")
OTHER_DOMAIN: Final = marked("Only certain mail domains can join here, and this address has another one.")
UNVERIFIED: Final = marked("Your provider does not vouch for your address, so it cannot be used to join here.")


def refusal(policy: Policy, newcomer: Newcomer, invitation: Invitation | None = None) -> str:
    """Why this newcomer may not join; empty where they may."""
    if policy.registration == "closed":
        return CLOSED
    if invitation is not None or policy.registration == "open":
        return ""
    if policy.registration == "invitation":
        return NOT_INVITED
    if not newcomer.is_verified:
        return UNVERIFIED
    return "" if is_of_domain(newcomer.address, policy.domains) else OTHER_DOMAIN


def is_of_domain(address: str, domains: Sequence[str]) -> bool:
    """Whether the address is in one of these domains itself: a domain beneath one is another one."""
    domain = address.rpartition("@")[2].casefold()
    return any(domain == allowed.removeprefix("@").casefold() for allowed in domains)


async def admit(newcomer: Newcomer, invitation_token: str = "") -> UUID:
    """Let a newcomer join if the policy allows it, or an invitation that they bring; raise with the reason if not."""
    async with atomic():
        invitation = await invitations.taken(invitation_token) if invitation_token else None
        return await _admitted(newcomer, invitation)


async def accept(invitation_token: str, address: str, name: str) -> UUID:
    """Join by an invitation alone. Whoever invited an address vouches for it; one that is typed is anybody's word."""
    async with atomic():
        invitation = await invitations.taken(invitation_token)
        if invitation is None:
            raise NotFound(invitations.GONE)
        vouched = invitation.email
        newcomer = Newcomer(address=vouched or address, how="invitation", is_verified=bool(vouched), name=name)
        return await _admitted(newcomer, invitation)


async def _admitted(newcomer: Newcomer, invitation: Invitation | None) -> UUID:
    policy = Policy.of(settings())
    reason = refusal(policy, newcomer, invitation)
    if reason:
        raise Forbidden(reason, code="REGISTRATION_REFUSED")
    user_id = await join(newcomer, invitation.role if invitation else policy.role)
    if invitation is not None:
        await invitations.accepted(invitation.id, user_id)
    return user_id


async def join(newcomer: Newcomer, role: Role = "DEVELOPER") -> UUID:
    """Make an account. Whether that is allowed was decided before."""
    address = checked_address(newcomer.address)
    values = {
        "email": address,
        "email_verified_at": now() if newcomer.is_verified else None,
        "name": name_of(newcomer.name, address),
        "first_name": _short(newcomer.first_name),
        "last_name": _short(newcomer.last_name),
        "avatar_url": newcomer.avatar_url,
        "role": role,
        "clerk_id": newcomer.clerk_id,
        "clerk_event_at": newcomer.clerk_event_at,
    }
    async with atomic():
        user_id = await _added(values)
        await publish(PersonJoined(user_id, newcomer.how))
        await audit.record(user_id, "auth.joined", "user", user_id, {"how": newcomer.how, "role": role})
    return user_id


async def _added(values: Mapping[str, object]) -> UUID:
    try:
        async with atomic():
            return await queries.add_person(values)
    except Duplicate as taken:
        raise Duplicate(ADDRESS_TAKEN) from taken


ADDRESS_TAKEN: Final = marked(
    "There is an account with this address already. Sign in to it: its Account page links further ways to sign in."
)


async def first_administrator() -> UUID:
    """The administrator who came first. Where there is none, one is made, and only one however many ask at once."""
    async with atomic():
        await queries.lock_administrators()
        known = await queries.administrators()
        if known:
            return known[0]
        return await join(Newcomer(address=NOBODY_YET, how="console", name="Administrator"), "ADMIN")


def checked_address(address: str) -> str:
    """The address as it is kept; raises where it cannot be one."""
    address = address.strip()
    if address != NOBODY_YET and not (is_clean(address) and is_mail_address(address)):
        raise Rejected(fields={"address": marked("This does not look like a mail address.")})
    return address


def name_of(given: str, address: str) -> str:
    """What to call somebody: as they say, or what stands before the @."""
    return _short(given) or _short(address.partition("@")[0].replace(".", " ").title()) or "?"


def _short(text: str | None) -> str | None:
    """On one line, storable, and not too long; nothing where nothing is left."""
    if text is None:
        return None
    plain = "".join(char for char in text if char.isprintable() or char.isspace())
    return " ".join(plain.split())[:LONGEST_NAME].strip() or None
