"""One connection: uvicorn's HTTP protocol, with deadlines and limits for what a client may keep us waiting with.

Stock uvicorn waits for ever for the rest of a header or a body, and takes headers of any size.
"""

import asyncio
import enum
from dataclasses import dataclass, field
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.web.drain import draining


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long we wait, and how much we take."""

    headers_s: float = 20  # from the first byte of a request to its last header
    body_s: float = 20  # a body may take this long, and longer only if it really moves:
    body_rate: int = 1_000  # bytes a second
    idle_s: float = 20  # between two requests
    stalled_s: float = 60  # a client that takes nothing of what we send
    linger_s: float = 5  # after an answer that did not wait for the rest of the request
    drain_s: float = 8  # for requests in flight when the process is told to end,
    farewell_s: float = 2  # and for the app itself after that
    connections: int = 2_000
    line_bytes: int = 16 * 1024
    header_bytes: int = 32 * 1024
    header_count: int = 100


@dataclass(slots=True)
class Crowd:
    """The connections of one server; those that have not finished asking, oldest first, give way when it is full."""

    limits: Limits
    state: ServerState = field(default_factory=ServerState)
    asking: "dict[Connection, None]" = field(default_factory=dict)

    def make_room(self, newcomer: "Connection") -> bool:
        """Whether the newcomer can stay; perhaps somebody else had to leave."""
        self.asking[newcomer] = None
        if len(self.state.connections) <= self.limits.connections:
            return True
        oldest = next(iter(self.asking))
        del self.asking[oldest]
        if oldest is newcomer:
            return False
        oldest.transport.abort()
        return True

    def everybody(self) -> "list[Connection]":
        """List the connections, however they are."""
        return [each for each in self.state.connections if isinstance(each, Connection)]


class Phase(enum.Enum):
    """What we wait for."""

    HEADERS = enum.auto()
    BODY = enum.auto()
    NOTHING = enum.auto()  # the request is complete


_KIND = (
    b"content-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n"
    b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"
    b"referrer-policy: no-referrer\r\ncross-origin-resource-policy: same-origin\r\n"
    b"cache-control: no-store\r\nconnection: close\r\n"
)
_SENTENCES = {
    400: b"This request cannot be read as HTTP.",
    405: b"This server does not take that kind of request.",
    408: b"The request took too long to arrive. Please try again.",
    414: b"This address is too long.",
    431: b"The headers of this request are too large. Deleting the cookies of this site may help.",
    503: b"There are too many connections at the moment. Please try again in a few seconds.",
}
_PASSING = frozenset({408, 503})


class Refused(Exception):
    """Raised inside the parser's callbacks; the parser stops at once."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Line(asyncio.Transport):
    """The transport as an answer sees it: it closes the connection in the connection's own way."""

    def __init__(self, connection: "Connection") -> None:
        super().__init__()
        self.connection = connection
        self.write = connection.transport.write  # type: ignore[method-assign]  # without a detour, as it is called often
        self.is_closing = connection.transport.is_closing  # type: ignore[method-assign]  # likewise

    def close(self) -> None:
        self.connection.part()


class Connection(HttpToolsProtocol):
    """A client, who has to come to the point."""

    def __init__(self, config: Config, crowd: Crowd, app_state: dict[str, Any]) -> None:
        super().__init__(config, crowd.state, app_state)
        self.crowd = crowd
        self.limits = crowd.limits
        self.phase = Phase.HEADERS
        self.is_lingering = False
        self.taken = 0  # bytes of the headers, then of the body
        self.fields = 0
        self.since = 0.0
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    # Transport ----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.line = _Line(self)
        if self.crowd.make_room(self):
            self._watch(self.limits.headers_s)
        else:
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.asking.pop(self, None)
        self._unwatch()
        self._unset_keepalive_if_required()
        if self._stall is not None:
            self._stall.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.is_lingering:
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # what follows would be another protocol, and we speak no other
        except httptools.HttpParserError as wrong:
            self._refuse(wrong.__context__.status if isinstance(wrong.__context__, Refused) else 400)
        else:
            self._after(len(data))

    def _after(self, size: int) -> None:
        """Have an eye on a request that is not complete yet."""
        if self.phase is Phase.NOTHING:
            return
        if self.phase is Phase.HEADERS:
            self.taken += size
            if self.taken > self.limits.header_bytes + self.limits.line_bytes:
                self._refuse(431)
                return
        if self._deadline is None:
            self._watch(self.limits.headers_s if self.phase is Phase.HEADERS else self.limits.body_s)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self._stall or self.loop.call_later(self.limits.stalled_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    # Parser -------------------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._unset_keepalive_if_required()
        self.phase = Phase.HEADERS
        self.taken = self.fields = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.line_bytes:
            raise Refused(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self.fields += len(name) + len(value)
        if self.fields > self.limits.header_bytes or len(self.headers) > self.limits.header_count:
            raise Refused(431)

    def on_headers_complete(self) -> None:
        self._unwatch()
        self._unset_keepalive_if_required()
        if not self.url.startswith(b"/"):
            raise Refused(405 if self.parser.get_method() == b"CONNECT" else 400)
        self.phase = Phase.BODY
        self.taken = 0
        self.since = self.loop.time()
        super().on_headers_complete()
        self.cycle.transport = self.line

    def on_body(self, body: bytes) -> None:
        self.taken += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unwatch()
        self.phase = Phase.NOTHING
        self.crowd.asking.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.phase is Phase.BODY:
            self.part()  # the app did not want the rest, and whether the client will send it nobody knows
        elif not self.pipeline and not self.transport.is_closing():
            self.crowd.asking[self] = None

    # Deadlines ----------------------------------------------------------------------------------------------------

    def _watch(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._expired)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expired(self) -> None:
        self._deadline = None
        if self.flow.read_paused:  # the app is slow, not the client
            self._watch(self.limits.body_s)
        elif self.phase is Phase.BODY and (left := self._time_left()) > 0:
            self._watch(left)
        elif self.phase is Phase.HEADERS and self.taken == 0:
            self.transport.abort()  # nothing was asked, so nothing is answered
        else:
            self._refuse(408)

    def _time_left(self) -> float:
        granted = self.limits.body_s + self.taken / self.limits.body_rate
        return granted - (self.loop.time() - self.since)

    def timeout_keep_alive_handler(self) -> None:
        self.part()

    # Endings ------------------------------------------------------------------------------------------------------

    def part(self) -> None:
        """Close the connection, but let the client read our answer first, even where it still sends."""
        if self.is_lingering or self.transport.is_closing():
            return
        self._unwatch()
        if self.phase is Phase.NOTHING:
            self.transport.close()
            self._deadline = self.loop.call_later(self.limits.stalled_s, self.transport.abort)
            return
        self.is_lingering = True
        self.transport.write_eof()
        self.flow.resume_reading()
        patience = min(self.limits.linger_s, 1) if draining.is_set() else self.limits.linger_s
        self._deadline = self.loop.call_later(patience, self.transport.abort)

    def _refuse(self, status: int) -> None:
        """Answer in place of the app, unless the app has begun to."""
        if self._has_begun():
            self.transport.abort()
            return
        if (cycle := self._cycle()) is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        sentence = _SENTENCES[status]
        date = b"".join(b"%b: %b\r\n" % pair for pair in self.server_state.default_headers)
        length = b"content-length: %d\r\n" % len(sentence)
        later = b"retry-after: 5\r\n" if status in _PASSING else b""
        self.transport.write(STATUS_LINE[status] + date + _KIND + later + length + b"\r\n" + sentence)
        self.part()

    def _has_begun(self) -> bool:
        cycle = self._cycle()
        return cycle is not None and (bool(self.pipeline) or (cycle.response_started and not cycle.response_complete))

    def _cycle(self) -> RequestResponseCycle | None:
        """Give the request that was parsed last, where there was one."""
        return self.cycle

    def shutdown(self) -> None:
        """Finish what runs, close what waits: the server ends."""
        cycle = self._cycle()
        if cycle is None or (cycle.response_complete and not self.pipeline):
            self._unset_keepalive_if_required()
            self.transport.close()
        else:
            cycle.keep_alive = False
