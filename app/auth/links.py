"""Links that sign in once: sent by mail, or printed on the console.

Looking at a link shows a page with a button; only the button uses the link up, so that a mail scanner cannot. Its token
stands in the address, because the page must work without scripts; the log takes it out (`core.log`), nothing else keeps
addresses, and a link is worthless once it was used or a quarter of an hour has gone by.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app import mail
from app.audit import service as audit
from app.auth import letters, registration, reopening, sessions
from app.auth.people import at_address
from app.auth.queries import links as queries
from app.auth.queries import people
from app.auth.registration import Newcomer
from app.auth.sessions import Origin
from app.core.errors import Forbidden, NotFound
from app.core.language import language, marked
from app.core.secrets import hashed, new_token
from app.core.settings import Settings, settings
from app.core.text import is_clean, is_mail_address
from app.database.engine import atomic
from app.jobs.queue import later

MINUTES: Final = 15
GONE: Final = marked("This link was used already, or it is older than a quarter of an hour. Ask for a new one.")
_SIGN_IN: Final = ("EMAIL", "CONSOLE")


@dataclass(frozen=True, slots=True)
class Link:
    """A link that still works."""

    address: str  # empty: the console's, which is for the first administrator
    next_path: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the browser needs after a link was used."""

    token: str
    next_path: str


async def ask(address: str, next_path: str) -> None:
    """Have a link sent, if this address may come in. That is found out later, so the answer tells nothing."""
    if mail.is_set_up() and is_clean(address) and is_mail_address(address):
        await later("auth.link", {"address": address, "next": next_path, "language": language.get()})


async def send(address: str, next_path: str) -> None:
    """Write to this address, if it may come in. The token is made here, so that none ever lies in the queue."""
    known = await at_address(address) or await reopening.closed_at(address)
    if known is None and not _may_join(address):
        return
    if known is not None and not known.is_verified:
        return  # nobody has shown yet that the address is theirs; the account may be somebody else's
    # The letter goes to the address as the account has it: two ways to write one may be two mailboxes.
    found = known.email if known else address
    token = await _made("EMAIL", found, known.id if known else None, next_path)
    if known is not None:
        await letters.speak_to(known.id)
    await mail.send(letters.sign_in(found, _address_of(settings(), token), MINUTES))


def _may_join(address: str) -> bool:
    policy = registration.Policy.of(settings())
    return not registration.refusal(policy, Newcomer(address=address, how="mail", is_verified=True))


async def _made(kind: str, address: str, user_id: UUID | None, next_path: str = "/") -> str:
    token = new_token()
    values = {"kind": kind, "identifier": address, "user_id": user_id, "next_path": next_path}
    await queries.add_link(hashed(token), values, MINUTES)
    return token


def _address_of(given: Settings, token: str) -> str:
    return f"{given.base_url}/sign-in/link/{token}"


async def local_link(given: Settings) -> str:
    """The console's link, at this machine's own address; empty where people come from a provider."""
    if given.has_provider:
        return ""
    async with atomic():
        await queries.drop_console_links()
        token = await _made("CONSOLE", "", None)
    return f"http://127.0.0.1:{given.port}/sign-in/link/{token}"


async def link_for(user_id: UUID) -> str:
    """A link for one person, to hand over: where there is no mail, the operator is the post."""
    person = await people.person(user_id)
    if person is None or not person["is_active"]:
        raise NotFound
    async with atomic():
        token = await _made("CONSOLE", person["email"], user_id)
        await audit.record("console", "auth.link_made", "user", user_id)
    return _address_of(settings(), token)


async def shown(token: str) -> Link:
    """The link with this token; nothing is used up by looking."""
    row = await queries.link(hashed(token), _SIGN_IN)
    if row is None:
        raise NotFound(GONE)
    return Link(row["identifier"], row["next_path"])


async def redeem(token: str, origin: Origin, ended: str = "") -> SignedIn:
    """Use the link up and sign in. All of it happens, or nothing."""
    async with atomic():
        row = await queries.take_link(hashed(token), _SIGN_IN)
        if row is None:
            raise NotFound(GONE)
        user_id = await _whose(row)
        how = "mail" if row["kind"] == "EMAIL" else "link"
        session = await sessions.begin(user_id, how, origin, ended)
    return SignedIn(session, row["next_path"])


async def _whose(row: queries.Row) -> UUID:
    """The account that this link opens, made now where there is none yet."""
    if row["kind"] == "EMAIL":
        return await _at(row["identifier"], row["user_id"])
    if row["user_id"] is not None:
        return UUID(str(row["user_id"]))
    return await registration.first_administrator()


async def _at(address: str, meant: UUID | None) -> UUID:
    known = await people.person_at(address)
    if known is None and meant is None:
        return await registration.admit(Newcomer(address=address, how="mail", is_verified=True))
    closed = await reopening.closed_at(address) if known is None else None
    if closed is not None and closed.id == meant:
        return meant  # no session begins there; its owner is asked whether to open it again
    if known is None or known["email_verified_at"] is None or known["id"] != (meant or known["id"]):
        raise Forbidden(marked("This address no longer belongs to the account that the link was for."), code="MOVED")
    return UUID(str(known["id"]))
