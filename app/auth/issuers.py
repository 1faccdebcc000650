"""What an OpenID Connect issuer tells about itself, its addresses and its keys: asked seldom, remembered long.

An issuer that is away is asked again only after a pause, so that nobody else has to wait for its silence. What it said
before goes on counting meanwhile. A key that we do not know is looked for once, and at most once a minute.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from app.auth.id_tokens import Header, Key, fitting
from app.auth.providers import Endpoints, Provider
from app.core import clock
from app.core.errors import AppError, Unavailable
from app.core.language import marked
from app.core.log import logger
from app.web import outbound
from app.web.outbound import NotAllowed, Unreachable

Told = TypeVar("Told")
log = logger(__name__)
FRESH_FOR: Final = 3600.0
PATIENCE: Final = 4.0
PAUSE_AFTER_FAILURE: Final = 10.0
KEYS_AT_MOST_EVERY: Final = 60.0


class WrongIssuer(Unavailable):
    """What answers there is not the issuer that the settings name."""

    code = "WRONG_ISSUER"
    sentence = marked(
        "This sign-in is not set up correctly. Its issuer calls itself %(told)s, the settings say %(named)s."
    )


@dataclass(slots=True)
class Remembered(Generic[Told]):
    """One answer of an issuer, with when it came, and when asking failed."""

    ask: Callable[[], Awaitable[Told]]
    told: Told | None = None
    told_at: float = 0.0
    failed_at: float = 0.0
    failure: AppError | None = None

    def is_younger_than(self, seconds: float) -> bool:
        """Whether it was told within this time."""
        return self.told is not None and clock.since(self.told_at) < seconds

    async def value(self, good_for: float) -> Told:
        """What was told within this time; else it is asked again, unless that failed a moment ago."""
        if self.told is not None and self.is_younger_than(good_for):
            return self.told
        if self.failure is None or clock.since(self.failed_at) >= PAUSE_AFTER_FAILURE:
            await self._asked()
        if self.told is None:
            raise self.failure or Unreachable()
        return self.told

    async def _asked(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                self.told, self.told_at, self.failure = await self.ask(), clock.monotonic(), None
        except (AppError, TimeoutError) as failure:
            log.warning("an issuer does not answer: %s", str(failure) or "in time")
            self.failed_at, self.failure = (
                clock.monotonic(),
                failure if isinstance(failure, AppError) else Unreachable(),
            )


class Issuer:
    """One issuer, as far as we know it."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._turn = asyncio.Lock()
        self._endpoints = Remembered(self._discovered)
        self._keys = Remembered(self._published)

    async def endpoints(self) -> Endpoints:
        """Its addresses."""
        async with self._turn:
            return await self._endpoints.value(FRESH_FOR)

    async def keys(self, header: Header) -> Sequence[Key]:
        """The keys that may have made this signature."""
        async with self._turn:
            await self._endpoints.value(FRESH_FOR)
            found = fitting(await self._keys.value(FRESH_FOR), header)
            return found or fitting(await self._keys.value(KEYS_AT_MOST_EVERY), header)

    async def _discovered(self) -> Endpoints:
        named = self.provider.issuer
        url = named.rstrip("/") + "/.well-known/openid-configuration"
        document = await outbound.fetch(url, guard=self.provider.guard)
        if not isinstance(document, dict):
            raise Unreachable(marked("The other side answers with something that cannot be understood."))
        told = document.get("issuer")
        if not isinstance(told, str) or told.rstrip("/") != named.rstrip("/"):
            raise WrongIssuer(told=told, named=named)
        return _read(document)

    async def _published(self) -> Sequence[Key]:
        endpoints = await self._endpoints.value(FRESH_FOR)
        document = await outbound.fetch(endpoints.jwks, guard=self.provider.guard)
        keys = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(keys, list):
            raise Unreachable(marked("The other side answers with something that cannot be understood."))
        return [key for key in keys if isinstance(key, dict)]


def _read(document: dict[str, Any]) -> Endpoints:
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Endpoints(
        issuer=document["issuer"],
        authorization=_address(document, "authorization_endpoint"),
        token=_address(document, "token_endpoint"),
        jwks=_address(document, "jwks_uri"),
        userinfo=_address(document, "userinfo_endpoint") if document.get("userinfo_endpoint") else "",
        must_send_iss=document.get("authorization_response_iss_parameter_supported") is True,
        auth_method="client_secret_basic" if "client_secret_basic" in methods else "client_secret_post",
    )


def _address(document: dict[str, Any], name: str) -> str:
    """An address in its document. An issuer behind TLS does not send us out into the open."""
    url = document.get(name)
    try:
        outbound.host_of(str(url))
    except NotAllowed:
        raise Unreachable(marked("The other side answers with something that cannot be understood.")) from None
    is_open = document["issuer"].startswith("https:") and not str(url).startswith("https:")
    if is_open or not str(url).isascii():
        raise Unreachable(marked("The other side answers with something that cannot be understood."))
    return str(url)


_known: Final[dict[Provider, Issuer]] = {}


def issuer_of(provider: Provider) -> Issuer:
    """What this process remembers of a provider."""
    return _known.setdefault(provider, Issuer(provider))


def forget() -> None:
    """Know nothing of any issuer, as at start."""
    _known.clear()
