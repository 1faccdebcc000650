"""How long statements take: counted per statement, the slow ones apart. Parameters are never kept."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.core import clock, log
from app.core.settings import settings

_MOST_STATEMENTS = 500
_log = log.logger("app.queries")


@dataclass(slots=True)
class Statement:
    """One statement's figures since the start of this process, in seconds."""

    sql: str
    count: int = 0
    total: float = 0.0
    longest: float = 0.0
    slow: int = 0


_statements: OrderedDict[str, Statement] = OrderedDict()


@contextmanager
def measured(sql: str) -> Iterator[None]:
    """Count what happens inside as one run of this statement."""
    start = clock.monotonic()
    try:
        yield
    finally:
        _note(sql, clock.since(start))


def _note(sql: str, seconds: float) -> None:
    statement = _statements.get(sql) or _begun(sql)
    statement.count += 1
    statement.total += seconds
    statement.longest = max(statement.longest, seconds)
    is_slow = seconds * 1000 > settings().slow_query_ms
    statement.slow += is_slow
    if settings().log_queries or is_slow:
        level = _log.warning if is_slow else _log.info
        level("%.1f ms %s", seconds * 1000, " ".join(sql.split()))


def _begun(sql: str) -> Statement:
    if len(_statements) >= _MOST_STATEMENTS:
        _statements.popitem(last=False)
    _statements[sql] = statement = Statement(sql)
    return statement


def slowest(most: int = 50) -> list[Statement]:
    """The statements that took longest, all runs together."""
    return sorted(_statements.values(), key=lambda statement: -statement.total)[:most]


def totals() -> tuple[int, float, int]:
    """Queries run, seconds spent, slow ones among them."""
    every = list(_statements.values())
    return sum(s.count for s in every), sum(s.total for s in every), sum(s.slow for s in every)
