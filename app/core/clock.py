"""The only reader of the clocks, so that a test can hold time still."""

import time
from datetime import UTC, datetime, timedelta

__all__ = ["monotonic", "now", "since", "timedelta"]


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds of a clock that never jumps: for durations and deadlines."""
    return time.monotonic()


def since(start: float) -> float:
    """Seconds from an earlier reading of `monotonic`."""
    return time.monotonic() - start
