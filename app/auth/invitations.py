"""Leave to join: given by an administrator, as a link that works once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from app import mail
from app.audit import service as audit
from app.auth import letters
from app.auth.queries import invitations as queries
from app.core.asker import Asker, Role
from app.core.errors import Conflict, NotFound, Rejected
from app.core.language import language, marked
from app.core.secrets import hashed, new_token
from app.core.settings import settings
from app.core.text import is_clean, is_mail_address
from app.database.engine import atomic
from app.jobs.queue import later

DAYS: Final = 7
MOST_DAYS: Final = 90
GONE: Final = marked("This invitation was used or taken back, or it is too old. Ask for a new one.")

State = Literal["OPEN", "ACCEPTED", "REVOKED", "OVER"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that can be accepted."""

    id: UUID
    email: str | None
    role: Role
    invited_by: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An invitation as administrators see it afterwards."""

    id: UUID
    email: str | None
    role: Role
    invited_by: str
    accepted_by: str
    state: State
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """What became of a new invitation: it is on its way by mail, or here is its link, this once."""

    id: UUID
    link: str


async def create(asker: Asker, email: str, role: Role, days: int = DAYS) -> NewInvitation:
    """Invite somebody: by mail where there is an address and a mail server, else with a link to hand over."""
    email = email.strip()
    _check(email, role, days)
    token = new_token()
    async with atomic():
        values = {"email": email or None, "role": role}
        invitation_id = await queries.add_invitation(asker.id, hashed(token), values, days)
        await audit.record(asker.id, "auth.invited", "invitation", invitation_id, {"role": role})
        if email and mail.is_set_up():
            # The job makes a token of its own: none ever lies in the queue.
            payload = {"invitation": str(invitation_id), "language": language.get(), "days": days}
            await later("auth.invitation", payload)
            return NewInvitation(invitation_id, "")
    return NewInvitation(invitation_id, link_to(token))


def _check(email: str, role: str, days: int) -> None:
    if settings().registration == "closed":
        raise Conflict(
            marked("Registration is closed, so nobody could accept this. Set COMMONPLACE_REGISTRATION first.")
        )
    problems = {
        "email": ""
        if not email or (is_clean(email) and is_mail_address(email))
        else marked("This does not look like a mail address."),
        "role": "" if role in get_args(Role) else marked("Choose one of the list."),
        "days": "" if 1 <= days <= MOST_DAYS else marked("Choose one of the list."),
    }
    wrong = {name: sentence for name, sentence in problems.items() if sentence}
    if wrong:
        raise Rejected(fields=wrong)


def link_to(token: str) -> str:
    """The address that accepts it."""
    return f"{settings().base_url}/invitation/{token}"


async def send(invitation_id: UUID, days: int = DAYS) -> None:
    """Write the letter, with a token that replaces every earlier one."""
    row = await queries.invitation_to_send(invitation_id)
    if row is None or not row["email"]:
        return
    token = new_token()
    await queries.renew_invitation(invitation_id, hashed(token))
    await mail.send(letters.invitation(row["email"], row["invited_by"], link_to(token), days))


async def shown(token: str) -> Invitation:
    """The invitation with this token; nothing is used up by looking."""
    row = await queries.invitation(hashed(token))
    if row is None:
        raise NotFound(GONE)
    return Invitation(**row)


async def taken(token: str) -> Invitation | None:
    """The same or nothing, kept from everybody else until the present unit of work ends."""
    row = await queries.take_invitation(hashed(token))
    return None if row is None else Invitation(**row)


async def accepted(invitation_id: UUID, user_id: UUID) -> None:
    """Note who came."""
    await queries.note_accepted(invitation_id, user_id)
    await audit.record(user_id, "auth.invitation_accepted", "invitation", invitation_id)


async def listed() -> list[Given]:
    """Those of late, the newest first."""
    columns = ("id", "email", "role", "invited_by", "accepted_by", "created_at", "expires_at")
    return [Given(**{name: row[name] for name in columns}, state=_state(row)) for row in await queries.invitations()]


def _state(row: queries.Row) -> State:
    if row["accepted_at"]:
        return "ACCEPTED"
    if row["revoked_at"]:
        return "REVOKED"
    return "OVER" if row["is_over"] else "OPEN"


async def revoke(asker: Asker, invitation_id: UUID) -> None:
    """Take an invitation back."""
    async with atomic():
        if not await queries.end_invitation(invitation_id):
            raise NotFound
        await audit.record(asker.id, "auth.invitation_revoked", "invitation", invitation_id)
