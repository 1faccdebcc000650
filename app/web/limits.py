"""How often is too often: counted in the database, so that every worker counts the same."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from app.core.clock import now
from app.core.errors import TooMany

Hit = Callable[[str, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many times in so many seconds."""

    name: str
    times: int
    seconds: int

    async def spend(self, *whose: str) -> None:
        """Count one more for each of these (an address, a person); raise where it is one too many."""
        until = self._until(now())
        for who in whose:
            if who and await _hit[0](f"{self.name}:{who}"[:200], until) > self.times:
                raise TooMany(retry_after=max(1, ceil((until - now()).total_seconds())))

    def _until(self, moment: datetime) -> datetime:
        begun = int(moment.timestamp()) // self.seconds * self.seconds
        return datetime.fromtimestamp(begun, moment.tzinfo) + timedelta(seconds=self.seconds)


async def _uncounted(_key: str, _until: datetime) -> int:
    return 0


_hit: list[Hit] = [_uncounted]


def count_with(hit: Hit) -> None:
    """Where the counts are kept."""
    _hit[0] = hit
