"""Time-ordered identifiers: UUID version 7, so that newest first is the order of the key."""

import secrets
import threading
import time
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74
_lock = threading.Lock()
_last = [0]


def new_id() -> UUID:
    """A UUID v7 that sorts after every one made before it in this process."""
    with _lock:
        value = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        _last[0] = max(value, _last[0] + 1)
        return _as_version_7(_last[0])


def new_id_of(moment: datetime) -> UUID:
    """A UUID v7 as it would have been made at another time: for what is told of later than it was."""
    return _as_version_7(int(moment.timestamp() * 1000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS))


def _as_version_7(value: int) -> UUID:
    stamp, random = value >> _RANDOM_BITS, value & ((1 << _RANDOM_BITS) - 1)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=stamp << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def parse_id(text: str) -> UUID | None:
    """The id in this text, or None: an id that cannot exist is simply not found."""
    try:
        return UUID(text)
    except ValueError:
        return None
