"""The one door to language models: every request to one leaves the house here.

A name is looked up once, every address it has is judged, and the connection goes to a judged address itself; one behind
a wall is reached only where the operator named that host and port. Redirects are not followed, bodies are unpacked by
nobody, no cookie is kept, and a key is sent to its own endpoint and nowhere else.

The library is heavy. It is loaded at first use, in a thread, and what the house knows of it stands in this file.
"""

import asyncio
import contextlib
import errno
import io
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final

from app.ai.endpoint import Endpoint
from app.ai.failures import (
    CUT_AT_ONCE,
    NO_NAME,
    UNSAFE,
    Away,
    CutOff,
    Garbled,
    KeyRefused,
    NotReachable,
    Refused,
    Silent,
    UpstreamFailure,
)
from app.ai.patience import Patience
from app.core.addresses import is_public
from app.core.lazy import load, load_aside

_ADDRESSES_TRIED: Final = 3
_PLAIN: Final = {"user-agent": "Commonplace", "accept-encoding": "identity"}

Line = list[socket.socket]  # the one that a request went out on, and those that were slower to connect
_line: ContextVar[Line] = ContextVar("line")
Lookup = Callable[[str, int], Awaitable[list[str]]]


async def looked_up(host: str, port: int) -> list[str]:
    """Every address of a name, best first."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Judge:
    """Says where connections may go: asked by the library for the addresses of a name, and for each socket."""

    def __init__(self, *, trusts: bool, lookup: Lookup = looked_up) -> None:
        self._trusts, self._lookup = trusts, lookup

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_UNSPEC) -> list[dict[str, Any]]:
        """The addresses to try. One that may not be reached spoils them all."""
        try:
            addresses = await self._lookup(host, port)
        except UnicodeError as unknown:
            raise OSError(errno.ENOENT, "no such name") from unknown
        if not addresses:
            raise OSError(errno.ENOENT, "no address")
        self._check(*addresses)
        return [
            {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}
            for address in addresses[:_ADDRESSES_TRIED]
        ]

    def socket(self, way: tuple[Any, ...]) -> socket.socket:
        """What is about to connect; also where no name was looked up, since the address was written out."""
        family, kind, protocol, _, address = way
        self._check(address[0])
        made = socket.socket(family, kind, protocol)
        _line.get(Line()).append(made)
        return made

    def _check(self, *addresses: str) -> None:
        if not (self._trusts or all(map(is_public, addresses))):
            raise NotReachable

    async def close(self) -> None:
        """Nothing is open; the library asks for it."""


def opened(judge: Judge) -> Any:
    """A session of the library whose connections this judge allows."""
    http = load("aiohttp")
    connector = http.TCPConnector(
        resolver=judge, socket_factory=judge.socket, use_dns_cache=False, force_close=True, limit=0
    )
    return http.ClientSession(
        connector=connector,
        cookie_jar=http.DummyCookieJar(),
        auto_decompress=False,  # nobody asked for a packed body, and a small one could become anything
        trust_env=False,
        headers=_PLAIN,
    )


_sessions: dict[tuple[asyncio.AbstractEventLoop, bool], Any] = {}


async def _session(*, trusts: bool) -> Any:
    """The shared one of this event loop. Those that may go behind walls are never shared with those that may not."""
    await load_aside("aiohttp")
    key = asyncio.get_running_loop(), trusts
    if key not in _sessions:
        _sessions[key] = opened(Judge(trusts=trusts))
    return _sessions[key]


async def close() -> None:
    """End every connection of this event loop. Whoever asks afterwards opens them anew."""
    for trusts in (True, False):
        session = _sessions.pop((asyncio.get_running_loop(), trusts), None)
        if session is not None:
            await session.close()


class GivenUp(Exception):
    """Whoever waited for more does not any longer."""


class Answer:
    """What comes back: its head is here, its body on the way."""

    def __init__(self, response: Any, line: Line) -> None:
        self._line = line
        self._response, self._content = response, response.content
        self._is_cut = False
        self.status: int = response.status

    def header(self, name: str) -> str:
        """One line of its head, or nothing."""
        return str(self._response.headers.get(name, ""))

    async def chunk(self) -> bytes:
        """What has arrived since; nothing at the end. Raises CutOff where the connection broke."""
        if not self._is_cut:
            try:
                return bytes(await self._content.readany())
            except (load("aiohttp").ClientError, OSError, RuntimeError):
                self._is_cut = True
            if rest := self._left_behind():
                return rest
        raise CutOff

    def give_up(self) -> None:
        """Let whoever waits for a chunk have GivenUp instead."""
        if self._content.exception() is None:
            self._content.set_exception(GivenUp())

    def _left_behind(self) -> bytes:
        """What had arrived before the cut: the library forgets it, unless it is made to forget the cut first."""
        self._content.set_exception(None)
        return bytes(self._content.read_nowait())

    async def read(self, most: int, within: float) -> bytes:
        """As many bytes of the body as come in this many seconds, whether these are all or not."""
        found = bytearray()
        with contextlib.suppress(TimeoutError, CutOff):
            async with asyncio.timeout(within):
                while len(found) < most and (chunk := await self.chunk()):
                    found += chunk
        return bytes(found[:most])

    def close(self) -> None:
        """Hang up at once, so that the other side stops too."""
        _hang_up(self._line)
        self._response.close()


def _hang_up(line: Line) -> None:
    """The library would first send what is left and wait for a goodbye; the other side may never let it."""
    for each in line:
        with contextlib.suppress(OSError):  # it is closed already
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _lined() -> Iterator[Line]:
    """The line of the request within, which is dropped where that fails."""
    line = Line()
    token = _line.set(line)
    try:
        yield line
    except BaseException:
        _hang_up(line)
        raise
    finally:
        _line.reset(token)


async def send(endpoint: Endpoint, path: str, content: bytes | None, patience: Patience) -> Answer:
    """One request, and the head of its answer, whatever its status."""
    session = await _session(trusts=endpoint.trusted)
    http, headers = load("aiohttp"), _headers(endpoint, path)
    try:
        with _lined() as line:
            async with asyncio.timeout(patience.first):
                response = await session.request(
                    "GET" if content is None else "POST",
                    endpoint.url(path),
                    data=None if content is None else io.BytesIO(content),  # in portions: others wait for their turn
                    headers=headers,
                    allow_redirects=False,
                    timeout=http.ClientTimeout(total=None, connect=patience.connect),
                )
            return Answer(response, line)
    except (http.ClientError, OSError, ValueError) as failure:
        meant = _in_our_words(failure)
    raise meant  # outside, so that it does not carry the library's failure along, which knows the key


def _headers(endpoint: Endpoint, path: str) -> dict[str, str]:
    if not endpoint.key:
        return {"content-type": "application/json"}
    if not (endpoint.key.isascii() and endpoint.key.isprintable()):
        raise KeyRefused
    if endpoint.is_anthropic and path.startswith("models"):
        return {"content-type": "application/json", "x-api-key": endpoint.key, "anthropic-version": "2023-06-01"}
    return {"content-type": "application/json", "authorization": f"Bearer {endpoint.key}"}


def _in_our_words(failure: Exception) -> UpstreamFailure:
    http = load("aiohttp")
    meanings: tuple[tuple[Any, UpstreamFailure], ...] = (
        (http.ConnectionTimeoutError, Away()),
        (TimeoutError, Silent()),
        ((http.InvalidURL, http.NonHttpUrlClientError), NotReachable()),
        (http.ClientSSLError, NotReachable(UNSAFE)),
        (http.ClientConnectorDNSError, Away(NO_NAME)),
        (http.ClientConnectorError, Refused() if _is_refusal(failure) else Away()),
        (http.ClientResponseError, Garbled()),
        ((http.ClientError, OSError), CutOff(CUT_AT_ONCE)),
    )
    return next((meaning for kind, meaning in meanings if isinstance(failure, kind)), NotReachable())


def _is_refusal(failure: Exception) -> bool:
    return getattr(failure, "errno", None) == errno.ECONNREFUSED
