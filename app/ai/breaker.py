"""Fail fast while a service is away, and let one question through now and then to see whether it is back."""

import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from app.ai.failures import Away, UpstreamFailure
from app.core import clock, log

FAILURES: Final = 5
WITHIN: Final = 30.0
BETWEEN_PROBES: Final = 10.0
_MOST_HOSTS: Final = 1_000
_log = log.logger("app.ai")


class Breaker:
    """Closed while a host answers, whatever it says. Opened by failures in a row; closed by the first answer."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._next_probe: float | None = None

    @property
    def is_open(self) -> bool:
        return self._next_probe is not None

    def check(self) -> None:
        """Raise at once while open; but whoever comes when a probe is due is the probe."""
        if self._next_probe is None:
            return
        left = self._next_probe - clock.monotonic()
        if left > 0:
            raise Away(retry_after=math.ceil(left))
        self._next_probe = clock.monotonic() + BETWEEN_PROBES

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Learn from what goes wrong inside. A refusal is an answer too."""
        try:
            yield
        except UpstreamFailure as failure:
            if failure.is_outage:
                self.failed()
            else:
                self.answered()
            raise

    def failed(self) -> None:
        """Count it."""
        now = clock.monotonic()
        self._failures.append(now)
        is_row = len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN
        if is_row and not self.is_open:
            _log.warning("%s does not answer; questions to it fail fast until it does", self._host)
            self._next_probe = now + BETWEEN_PROBES

    def answered(self) -> None:
        """It is there."""
        if self.is_open:
            _log.warning("%s answers again", self._host)
        self._failures.clear()
        self._next_probe = None


_breakers: dict[str, Breaker] = {}


def of(host: str) -> Breaker:
    """The one of this host and port."""
    if host not in _breakers:
        while len(_breakers) >= _MOST_HOSTS:
            del _breakers[next(iter(_breakers))]  # whoever was met first; people may name any host
        _breakers[host] = Breaker(host)
    return _breakers[host]
