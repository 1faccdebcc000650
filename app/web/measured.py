"""How many requests, of which kind, and how long they took: counted here, told by /metrics.

The label is the route's template: never an address as it was asked for, which may hold what belongs to somebody.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

from app.core import clock
from app.web.interface import Application, Message, Receive, Scope, Send

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STATIC: Final = "/static/"


@dataclass(slots=True)
class Histogram:
    """How many took how long."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def note(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Requests:
    """Everything that was asked of this process."""

    by_status: dict[tuple[str, str, int], int] = field(default_factory=dict)
    by_route: dict[str, Histogram] = field(default_factory=dict)
    running: int = 0

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one that has ended."""
        key = (route, method if method in _METHODS else "OTHER", status)
        self.by_status[key] = self.by_status.get(key, 0) + 1
        self.by_route.setdefault(route, Histogram()).note(seconds)


requests: Final = Requests()


class Measured:
    """The middleware that counts."""

    def __init__(self, app: Application, counted: Requests = requests) -> None:
        self.app = app
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0
        start = clock.monotonic()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._counted.running += 1
        try:
            await self.app(scope, receive, sending)
            status = status or 499  # the client left before there was an answer
        finally:
            self._counted.running -= 1
            self._counted.note(_route(scope), scope["method"], status or 500, clock.since(start))


def _route(scope: Scope) -> str:
    """The template of the address, once the router has found it."""
    template: str = scope.get("path_template", "")
    return template or ("static" if scope["path"].startswith(_STATIC) else "none")
