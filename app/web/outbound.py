"""The one door outward. Nothing else in the house speaks HTTP to other people's servers.

A name is looked up once, every address it has is judged, and the connection goes to the judged address itself: a name
that answers differently the second time changes nothing. Addresses behind a wall (this machine, its network, its
cloud's metadata) are refused, except for the very host and port that the operator has named in the settings.
Redirects are not followed, bodies are bounded and unpacked by nobody, and everything ends within ten seconds.
"""

import asyncio
import functools
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import quote_plus

from app.core.addresses import is_public
from app.core.errors import Rejected, Unavailable
from app.core.language import marked
from app.core.lazy import load

CONNECT_WITHIN: Final = 5.0
ANSWER_WITHIN: Final = 10.0
LARGEST_ANSWER: Final = 1_000_000
_ADDRESSES_TRIED: Final = 3
_LONGEST_URL: Final = 8_000
_PORTS: Final = {"http": 80, "https": 443}
_PLAIN: Final = re.compile(r"https?://[^\s\\@\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)

Resolve = Callable[[str, int], Awaitable[list[str]]]
Hosts = frozenset[str]  # "host:port", as the operator named them
NOBODY: Final[Hosts] = frozenset()


class NotAllowed(Rejected):
    """An address that may not be reached from here."""

    code = "ADDRESS_NOT_ALLOWED"
    sentence = marked("This address may not be reached from here.")


class Unreachable(Unavailable):
    """The other side does not answer, or not in a way that can be understood."""

    code = "UNREACHABLE"
    sentence = marked("The other side does not answer.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        """The JSON of a successful answer."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.status != 200 or not (kind == "application/json" or kind.endswith("+json")):  # noqa: PLR2004 - HTTP's own number
            raise Unreachable(marked("The other side answers with something that cannot be understood."))
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as garbage:
            raise Unreachable(marked("The other side answers with something that cannot be understood.")) from garbage


async def resolved(host: str, port: int) -> list[str]:
    """Every address of a name, best first."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def host_of(url: str) -> str:
    """Host and port of an address, in the one form in which hosts are compared."""
    if len(url) > _LONGEST_URL or not _PLAIN.fullmatch(url):
        raise NotAllowed
    try:
        return _host_of(load("httpx2").URL(url))
    except load("httpx2").InvalidURL as wrong:
        raise NotAllowed from wrong


def _host_of(url: Any) -> str:
    if url.scheme not in _PORTS or not url.host or url.userinfo:
        raise NotAllowed
    return f"{url.raw_host.decode('ascii').lower()}:{url.port or _PORTS[url.scheme]}"


class Guard:
    """A transport that connects to judged addresses only; on its own feet, since httpx2 is not loaded yet."""

    def __init__(self, allowed: Hosts = NOBODY, resolve: Resolve = resolved, inner: Any = None) -> None:
        self.allowed, self.resolve = allowed, resolve
        self._inner = inner

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_failure: object) -> None:
        """Every connection was closed with its answer."""

    async def aclose(self) -> None:
        """The same."""

    async def handle_async_request(self, request: Any) -> Any:
        """Send it, and read the whole answer."""
        async with asyncio.timeout(ANSWER_WITHIN):
            addresses = await self.judged(request.url)
            for address in addresses[:-1]:
                try:
                    return await self._sent(request, address)
                except (load("httpx2").ConnectError, load("httpx2").ConnectTimeout):
                    continue
            return await self._sent(request, addresses[-1])

    async def judged(self, url: Any) -> list[str]:
        """The addresses to try for this host. One that may not be reached spoils them all."""
        name = _host_of(url)
        host = url.raw_host.decode("ascii")
        try:
            addresses = await self.resolve(host, int(name.rpartition(":")[2]))
        except (OSError, UnicodeError) as unknown:
            raise Unreachable from unknown
        if name not in self.allowed and not all(is_public(address) for address in addresses):
            raise NotAllowed
        if not addresses:
            raise Unreachable
        return addresses[:_ADDRESSES_TRIED]

    async def _sent(self, request: Any, address: str) -> Any:
        """One attempt. The certificate is still checked against the name, and the name still stands in `Host`."""
        http = load("httpx2")
        name = request.url.raw_host.decode("ascii")
        copy = http.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": name},
        )
        async with self._inner or http.AsyncHTTPTransport(verify=_trust()) as transport:
            response = await transport.handle_async_request(copy)
            try:
                return await _whole(response)
            finally:
                await response.aclose()


async def _whole(response: Any) -> Any:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unreachable  # never asked for; a small packet could unfold into anything
    body = bytearray()
    async for chunk in response.stream:
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise Unreachable(marked("The other side answers with more than can be accepted."))
    return load("httpx2").Response(response.status_code, headers=response.headers, content=bytes(body))


@functools.cache
def _trust() -> Any:
    return load("httpx2").create_ssl_context()


def _options(guard: Guard) -> dict[str, Any]:
    http = load("httpx2")
    return {
        "transport": guard,
        "timeout": http.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN),
        "follow_redirects": False,
        "trust_env": False,
        "headers": {"user-agent": "Commonplace", "accept": "application/json", "accept-encoding": "identity"},
    }


@asynccontextmanager
async def _in_our_words() -> AsyncIterator[None]:
    http = load("httpx2")
    try:
        yield
    except (TimeoutError, OSError, http.HTTPError, http.StreamError, http.InvalidURL) as failure:
        raise Unreachable from failure


async def send(
    method: str,
    url: str,
    *,
    guard: Guard | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
) -> Answer:
    """One request, and the whole of its answer, whatever its status."""
    host_of(url)
    async with _in_our_words(), load("httpx2").AsyncClient(**_options(guard or Guard())) as client:
        response = await client.request(method, url, headers=headers, content=content or None)
        return Answer(response.status_code, response.headers, response.content)


async def fetch(url: str, *, guard: Guard | None = None, bearer: str = "") -> Any:
    """The JSON document at this address."""
    headers = {"authorization": f"Bearer {bearer}"} if bearer else None
    return (await send("GET", url, guard=guard, headers=headers)).document()


class NotGranted(Rejected):
    """The provider does not take the code: used, expired, or not ours."""

    code = "NOT_GRANTED"
    sentence = marked("The provider did not confirm this sign-in. Please try again.")


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at a provider."""

    id: str
    secret: str = field(repr=False)
    method: str = "client_secret_basic"

    def encoded(self) -> "Client":
        """As RFC 6749 wants it in the header; in the form it is encoded anyway."""
        is_basic = self.secret and self.method == "client_secret_basic"
        return Client(quote_plus(self.id), quote_plus(self.secret), self.method) if is_basic else self


async def exchange(
    url: str, client: Client, *, code: str, verifier: str, redirect_uri: str, guard: Guard | None = None
) -> dict[str, Any]:
    """The tokens for an authorization code."""
    host_of(url)
    authlib, me = load("authlib.integrations.httpx_client"), client.encoded()
    opened = authlib.AsyncOAuth2Client(
        me.id,
        me.secret or None,
        token_endpoint_auth_method=me.method if me.secret else "none",
        **_options(guard or Guard()),
    )
    async with _in_our_words(), opened:
        try:
            tokens = await opened.fetch_token(
                url,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                redirect_uri=redirect_uri,
            )
        except authlib.OAuthError as refused:
            raise NotGranted from refused
        except ValueError as garbage:
            raise Unreachable(marked("The other side answers with something that cannot be understood.")) from garbage
    return dict(tokens)
