"""The edge: what is no proper request of ours is turned away before anything expensive looks at it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from app.core.errors import TooLarge
from app.core.language import marked
from app.core.settings import Settings
from app.web import body
from app.web.interface import Application, Message, Receive, Scope, Send
from app.web.refusal import Refuse, Refused, refuse

MIB: Final = 1024 * 1024
MOST_BODY: Final = MIB
MOST_QUERY: Final = 16 * 1024
MOST_HELD: Final = 64 * MIB  # of bodies that are being read, all together
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1", "*.localhost")
_HOST: Final = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_REFUSED_METHODS: Final = frozenset({"TRACE", "CONNECT", "TRACK"})

_NO_HOST: Final = marked("The request does not say, or says twice, which host it is for.")
_WRONG_HOST: Final = marked(
    "This server does not answer to that host name. Whoever looks after it can allow the name with "
    "COMMONPLACE_PUBLIC_URL or COMMONPLACE_ALLOWED_HOSTS."
)
_WRONG_METHOD: Final = marked("This address does not take that kind of request.")
_WRONG_PATH: Final = marked("This address cannot be read. Perhaps part of it was lost on the way.")
_LONG_QUERY: Final = marked("This address is too long. Please use a shorter search.")
_LARGE: Final = marked("This is larger than can be accepted. Please send less at once.")
_FULL: Final = marked("Too much is being sent to this server at the moment. Please try again in a few seconds.")


@dataclass(frozen=True, slots=True)
class Room:
    """Addresses that take a larger body where it brings files.

    It streams into the app uninspected, which therefore has to look itself.
    """

    prefix: str
    most: int

    def fits(self, path: str, kind: bytes) -> bool:
        """Whether this is for it."""
        is_here = path == self.prefix or path.startswith(f"{self.prefix}/")
        return is_here and kind.lower().startswith(b"multipart/form-data")


def hosts(settings: Settings) -> frozenset[str]:
    """The names that this instance answers to, beside the address that a connection comes in on."""
    public = urlsplit(settings.public_url).hostname or ""
    return frozenset(name.lower() for name in (*_LOOPBACK, public, *settings.allowed_hosts) if name)


class Edge:
    """Middleware for limits and hygiene. A body is read once, looked at, and handed on as it came."""

    def __init__(
        self,
        app: Application,
        allowed: Iterable[str],
        rooms: Sequence[Room] = (),
        *,
        refused: Refuse = refuse,
        most_held: int = MOST_HELD,
    ) -> None:
        self.app = app
        self._rooms = rooms
        self._most_held = most_held
        self._refused = refused
        self._answers_to = lru_cache(maxsize=256)(_Names(allowed).fit)
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            length, kind = self._check_head(scope)
            if length is None:
                await self.app(scope, receive, send)
            else:
                await self._with_body(scope, receive, send, (length, kind))
        except Refused as no:
            await self._refused(scope, send, no.status, no.sentence)

    # Head ---------------------------------------------------------------------------------------------------------

    def _check_head(self, scope: Scope) -> tuple[int | None, bytes]:
        """How long the body is (0: not said, None: there is none), and what it says it is."""
        host, length, kind = b"", None, b""
        for name, value in scope["headers"]:
            if name == b"host":
                host = b"\x00" if host else value or b"\x00"
            elif name == b"content-length":
                length = int(value) or None
            elif name == b"transfer-encoding":
                length = 0
            elif name == b"content-type":
                kind = value
        self._check_host(scope, host)
        _check_address(scope)
        return length, kind

    def _check_host(self, scope: Scope, host: bytes) -> None:
        local = scope["server"][0] if scope.get("server") else ""
        if host in (b"", b"\x00") or (found := _HOST.fullmatch(host)) is None:
            raise Refused(400, _NO_HOST)
        if not self._answers_to(found[1].strip(b"[]").rstrip(b".").lower(), local):
            raise Refused(400, _WRONG_HOST)

    # Body ---------------------------------------------------------------------------------------------------------

    async def _with_body(self, scope: Scope, receive: Receive, send: Send, said: tuple[int, bytes]) -> None:
        length, kind = said
        room = next((each for each in self._rooms if each.fits(scope["path"], kind)), None)
        if length > (room.most if room else MOST_BODY):
            raise Refused(413, _LARGE)
        if room:
            await self.app(scope, _counted(receive, room.most), send)
            return
        whole = await self._read(receive)
        if whole is not None:  # the client is still there
            body.check(kind, whole)
            await self.app(scope, _again(whole, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size, more = 0, True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                part = message.get("body", b"")
                parts.append(part)
                size += len(part)
                self._held += len(part)
                self._check_size(size)
                more = message.get("more_body", False)
            return b"".join(parts)
        finally:
            self._held -= size

    def _check_size(self, size: int) -> None:
        if size > MOST_BODY:
            raise Refused(413, _LARGE)
        if self._held > self._most_held:
            raise Refused(503, _FULL)


class _Names:
    """Host names, exact or with `*.` for whatever stands before."""

    def __init__(self, allowed: Iterable[str]) -> None:
        names = frozenset(allowed)
        self._exact = names
        self._endings: Sequence[bytes] = [name[1:].encode() for name in names if name.startswith("*.")]

    def fit(self, host: bytes, local: str) -> bool:
        """Whether we answer to this; also to the very address that the connection reached us on."""
        name = host.decode()
        return name in self._exact or name == local or "*" in self._exact or host.endswith(tuple(self._endings))


def _check_address(scope: Scope) -> None:
    if scope["method"] in _REFUSED_METHODS:
        raise Refused(405, _WRONG_METHOD)
    path, query = scope["raw_path"], scope["query_string"]
    if len(query) > MOST_QUERY:
        raise Refused(414, _LONG_QUERY)
    if b"%" in path or b"%" in query:
        _check_escapes(path, query)


def _check_escapes(path: bytes, query: bytes) -> None:
    if body.has_broken_escape(path) or body.has_broken_escape(query):
        raise Refused(400, _WRONG_PATH)
    plain = body.unescaped(path)
    if _CONTROL.search(plain):
        raise Refused(400, _WRONG_PATH)
    body.check_text(plain)
    body.check_text(body.unescaped(query))


def _again(whole: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": whole, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _counted(receive: Receive, most: int) -> Receive:
    left = most

    async def count() -> Message:
        nonlocal left
        message: Message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLarge(_LARGE)
        return message

    return count
