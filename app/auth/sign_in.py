"""Signing in at a provider, from the button to the session, and linking one more identity from the Account page."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.audit import service as audit
from app.auth import identities, oauth, sessions
from app.auth.oauth import Pending
from app.auth.providers import Provider, provider_of
from app.auth.queries import identities as queries
from app.auth.sessions import Origin
from app.core.errors import Conflict, Forbidden, Rejected
from app.core.language import marked
from app.core.secrets import Vault, hashed
from app.core.settings import settings
from app.database.engine import atomic
from app.web.answers import same_origin

MINUTES: Final = 10
STALE: Final = marked("This sign-in was begun in another browser, or too long ago. Please begin again.")
DECLINED: Final = marked("%(provider)s did not sign you in. You can try again, or choose another way.")
OTHER_PERSON: Final = marked("Somebody else is signed in by now, so nothing was linked.")
_LONGEST_CODE: Final = 4_000


@dataclass(frozen=True, slots=True)
class Browser:
    """What we know of the browser in front of us."""

    visitor: str = field(repr=False)
    vault: Vault = field(repr=False)
    origin: Origin = field(default_factory=Origin)
    session: str = field(default="", repr=False)  # that it holds already
    person_id: UUID | None = None  # who is signed in
    invitation: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """What the provider sent it back with."""

    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    iss: str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where to go now. Without a session, an identity was linked to the one that there is."""

    next_path: str
    provider: str
    session: str = field(default="", repr=False)


def callback_of(provider: Provider) -> str:
    """Where this provider sends browsers back to: an address of its own, so that no answer is taken for another's."""
    return f"{settings().base_url}/sign-in/{provider.id}/callback"


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the browser, so that it comes back with an identity."""

    provider: str
    url: str = field(repr=False)


async def begin(name: str, browser: Browser, next_path: str, *, linking: bool = False) -> Departure:
    """Begin to sign in with this provider, or to link an identity there."""
    provider = provider_of(name)
    begun = await oauth.begin(provider, callback_of(provider))
    values = {
        "provider": provider.id,
        "nonce_enc": browser.vault.encrypt(begun.nonce),
        "verifier_enc": browser.vault.encrypt(begun.verifier),
        "next_path": same_origin(next_path),
        "linking_user_id": browser.person_id if linking else None,
    }
    await queries.add_pending(hashed(begun.state), hashed(browser.visitor), values, MINUTES)
    return Departure(provider.name, begun.url)


async def finish(name: str, browser: Browser, back: Return) -> Arrived:
    """What comes of it. What was begun is used up, unless it was another browser that began it."""
    provider = provider_of(name)
    row = await queries.take_pending(hashed(back.state), hashed(browser.visitor), provider.id)
    if row is None:
        raise Rejected(STALE, code="STALE_SIGN_IN")
    try:
        return await _finished(provider, browser, back, row)
    except (Rejected, Forbidden, Conflict) as refused:
        details = {"provider": provider.issuer, "why": refused.name}
        await audit.record(browser.person_id or "visitor", "auth.sign_in_refused", details=details)
        raise


async def _finished(provider: Provider, browser: Browser, back: Return, row: queries.Row) -> Arrived:
    """No transaction is open while the provider is asked."""
    if back.error or not 0 < len(back.code) <= _LONGEST_CODE:
        raise Rejected(DECLINED, code="DECLINED", provider=provider.name)
    linking, vault, next_path = row["linking_user_id"], browser.vault, same_origin(row["next_path"])
    if linking is not None and linking != browser.person_id:
        raise Forbidden(OTHER_PERSON, code="OTHER_PERSON")
    pending = Pending(vault.decrypt(row["nonce_enc"]), vault.decrypt(row["verifier_enc"]))
    identity = await oauth.complete(provider, pending, back.code, back.iss, callback_of(provider))
    if linking is not None:
        await identities.link(linking, identity, vault)
        return Arrived(next_path, provider.name)
    async with atomic():
        user_id = await identities.account_of(identity, vault, browser.invitation)
        session = await sessions.begin(user_id, provider.id, browser.origin, browser.session)
    return Arrived(next_path, provider.name, session)
