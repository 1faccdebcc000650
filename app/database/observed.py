"""How long statements take: counted per statement, the slow ones apart. Parameters are never kept."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from app.core import clock, log
from app.core.settings import settings

MOST_STATEMENTS: Final = 500
_log = log.logger("app.queries")


@dataclass(slots=True)
class Statement:
    """One statement's figures since the start of this process, in seconds."""

    sql: str
    count: int = 0
    total: float = 0.0
    longest: float = 0.0
    slow: int = 0

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    def note(self, seconds: float, *, is_slow: bool) -> None:
        """Count one run."""
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)
        self.slow += is_slow


_statements: OrderedDict[str, Statement] = OrderedDict()
_every: Final = Statement("")


@contextmanager
def measured(sql: str, values: Sequence[Any] = ()) -> Iterator[None]:
    """Count what happens inside as one run of this statement."""
    start = clock.monotonic()
    try:
        yield
    finally:
        _note(sql, values, clock.since(start))


def _note(sql: str, values: Sequence[Any], seconds: float) -> None:
    is_slow = seconds * 1000 > settings().slow_query_ms
    _every.note(seconds, is_slow=is_slow)
    _of(sql).note(seconds, is_slow=is_slow)
    if settings().log_queries or is_slow:
        level = _log.warning if is_slow else _log.info
        level("%.1f ms %s [%s]", seconds * 1000, " ".join(sql.split()), ", ".join(map(_shape, values)))


def _shape(value: Any) -> str:
    """What kind of value it was and how long, never the value."""
    length = f" of {len(value)}" if isinstance(value, str | bytes | list | tuple) else ""
    return f"{type(value).__name__}{length}"


def _of(sql: str) -> Statement:
    """Its figures; where there are too many statements, the one that was not run for longest is forgotten."""
    statement = _statements.get(sql)
    if statement is None:
        if len(_statements) >= MOST_STATEMENTS:
            _statements.popitem(last=False)
        _statements[sql] = statement = Statement(sql)
    else:
        _statements.move_to_end(sql)
    return statement


def slowest(most: int = 50) -> list[Statement]:
    """The statements that took longest, all runs together."""
    return sorted(_statements.values(), key=lambda statement: -statement.total)[:most]


def totals() -> tuple[int, float, int]:
    """Queries run, seconds spent, slow ones among them."""
    return _every.count, _every.total, _every.slow
