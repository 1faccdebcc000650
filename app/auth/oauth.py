"""The conversation with a sign-in provider: Authorization Code with PKCE, state and nonce. No database, no pages.

`begin` says where to send the browser; `complete` turns what the browser brings back into an identity, or refuses it.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from app.auth.id_tokens import Claims, Expected, Untrusted, header_of, verified
from app.auth.issuers import issuer_of
from app.auth.providers import Endpoints, Provider
from app.core.errors import Unavailable
from app.core.language import marked
from app.core.log import logger
from app.core.secrets import hashed, new_token, same
from app.core.text import is_clean, is_mail_address
from app.web import outbound
from app.web.outbound import NotAllowed, Unreachable

log = logger(__name__)
ANSWER_WITHIN: Final = 9.0
_LONGEST_NAME: Final = 100
_LONGEST_ADDRESS: Final = 2_000


class ProviderAway(Unavailable):
    """Nobody can sign in with this provider just now; those who are signed in stay so."""

    code = "PROVIDER_AWAY"
    sentence = marked("%(provider)s is not answering at the moment. Try again in a minute, or sign in another way.")


@dataclass(frozen=True, slots=True)
class Pending:
    """What has to be remembered between the two halves of a sign-in."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Begun(Pending):
    """Where the browser goes, and what to remember until it is back."""

    url: str = field(repr=False)
    state: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gives us to keep. It is stored encrypted."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    id: str = field(default="", repr=False)
    kind: str = ""
    scope: str = ""
    lasts: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says this is. (issuer, subject) is the key; everything else may change."""

    provider: str
    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    first_name: str
    last_name: str
    avatar_url: str
    kind: str = "oidc"  # or plain oauth
    tokens: Tokens = field(default_factory=Tokens)


async def begin(provider: Provider, redirect_uri: str) -> Begun:
    """The first half: everything in it is new, random and for this one sign-in."""
    async with _in_time(provider):
        endpoints = await _endpoints(provider)
    state, nonce, verifier = new_token(), new_token(), new_token()
    asked = {
        "response_type": "code",
        "client_id": provider.client.id,
        "redirect_uri": redirect_uri,
        "scope": provider.scopes,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(hashed(verifier)).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    if provider.fixed is None:
        asked["nonce"] = nonce
    joint = "&" if urlsplit(endpoints.authorization).query else "?"
    return Begun(nonce, verifier, endpoints.authorization + joint + urlencode(asked), state)


async def complete(provider: Provider, pending: Pending, code: str, iss: str | None, redirect_uri: str) -> Identity:
    """The second half. Whatever does not fit is refused, and nothing is guessed."""
    async with _in_time(provider):
        endpoints = await _endpoints(provider)
        _check_sender(endpoints, iss)
        answer = await outbound.exchange(
            endpoints.token,
            replace(provider.client, method=endpoints.auth_method),
            code=code,
            verifier=pending.verifier,
            redirect_uri=redirect_uri,
            guard=provider.guard,
        )
        tokens = _tokens(answer)
        claims = (
            await _github(provider, tokens) if provider.fixed else await _openid(provider, endpoints, pending, tokens)
        )
    return _identity(provider, claims, tokens)


@asynccontextmanager
async def _in_time(provider: Provider) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            yield
    except (Unreachable, TimeoutError, NotAllowed) as failure:
        log.warning("sign-in with %s failed: %s", provider.id, str(failure) or "no answer in time")
        raise ProviderAway(provider=provider.name, retry_after=10) from failure


async def _endpoints(provider: Provider) -> Endpoints:
    return provider.fixed or await issuer_of(provider).endpoints()


def _check_sender(endpoints: Endpoints, iss: str | None) -> None:
    """RFC 9207: a code that came from another provider must not be shown to this one."""
    if iss is None and not endpoints.must_send_iss:
        return
    if iss is None or not same(iss, endpoints.issuer):
        raise Untrusted("answer of another issuer")


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    access = _text(answer, "access_token")
    if not access:
        raise Untrusted("no access token")
    lasts = answer.get("expires_in")
    return Tokens(
        access=access,
        refresh=_text(answer, "refresh_token"),
        id=_text(answer, "id_token"),
        kind=_text(answer, "token_type"),
        scope=_text(answer, "scope"),
        lasts=lasts if isinstance(lasts, int) and 0 < lasts < 10**8 else None,
    )


# OpenID Connect -----------------------------------------------------------------------------------------------------


async def _openid(provider: Provider, endpoints: Endpoints, pending: Pending, tokens: Tokens) -> Claims:
    keys = await issuer_of(provider).keys(header_of(tokens.id))
    expected = Expected(
        endpoints.issuer, provider.client.id, pending.nonce, tokens.access, needs_at_hash=provider.needs_at_hash
    )
    claims = verified(tokens.id, keys, expected)
    if "email" in claims or not endpoints.userinfo:
        return claims
    told = await _userinfo(provider, endpoints, claims["sub"], tokens)
    # An address and the word that it is verified have to come from one and the same document.
    return {**claims, "email_verified": None, **told}


async def _userinfo(provider: Provider, endpoints: Endpoints, subject: str, tokens: Tokens) -> Claims:
    """What the ID token keeps silent about."""
    told = await outbound.fetch(endpoints.userinfo, guard=provider.guard, bearer=tokens.access)
    if not isinstance(told, dict) or told.get("sub") != subject:
        raise Untrusted("userinfo of somebody else")
    return told


# GitHub -------------------------------------------------------------------------------------------------------------


async def _github(provider: Provider, tokens: Tokens) -> Claims:
    """Plain OAuth 2: no ID token. The identity is the account's number, since names can be given to somebody else."""
    endpoints = provider.fixed or Endpoints("", "", "")
    user = await outbound.fetch(endpoints.userinfo, guard=provider.guard, bearer=tokens.access)
    number = user.get("id") if isinstance(user, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise Untrusted("no account number")
    addresses = await outbound.fetch(endpoints.emails, guard=provider.guard, bearer=tokens.access)
    return {
        "sub": str(number),
        "name": user.get("name") or user.get("login"),
        "picture": user.get("avatar_url"),
        **_primary(addresses),
    }


def _primary(addresses: object) -> dict[str, Any]:
    entries = addresses if isinstance(addresses, list) else []
    primary = (entry for entry in entries if isinstance(entry, dict) and entry.get("primary") is True)
    found = next(primary, {})
    return {"email": found.get("email"), "email_verified": found.get("verified")}


# What we make of it -------------------------------------------------------------------------------------------------


def _identity(provider: Provider, claims: Claims, tokens: Tokens) -> Identity:
    email = _text(claims, "email")
    known = is_mail_address(email) and is_clean(email) and email.isascii()
    return Identity(
        provider=provider.id,
        issuer=provider.issuer,
        subject=claims["sub"],
        email=email if known else "",
        email_verified=known and claims.get("email_verified") is True,
        name=_name(claims) or email.partition("@")[0][:_LONGEST_NAME] or provider.name,
        first_name=_text(claims, "given_name")[:_LONGEST_NAME],
        last_name=_text(claims, "family_name")[:_LONGEST_NAME],
        avatar_url=_picture(claims),
        kind="oauth" if provider.fixed else "oidc",
        tokens=tokens,
    )


def _name(claims: Claims) -> str:
    parts = f"{_text(claims, 'given_name')} {_text(claims, 'family_name')}"
    return " ".join((_text(claims, "name") or parts or _text(claims, "preferred_username")).split())[:_LONGEST_NAME]


def _picture(claims: Claims) -> str:
    url = _text(claims, "picture")
    return url if url.startswith("https://") and len(url) <= _LONGEST_ADDRESS else ""


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) and is_clean(value) else ""
