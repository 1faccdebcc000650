"""Values of somebody else's JSON, where anything may be anything: what is not as expected is as if it were not there.

Nothing here raises, whatever it is given. So a format can be read in one go, and what it does not have stays empty.
"""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from app.chat.moving.came import CameFolder, Values

LONGEST_TEXT: Final = 1_000_000  # characters of a message
LONGEST_TITLE: Final = 200
LONGEST_NAME: Final = 100  # of a folder, a model, a file
LONGEST_ID: Final = 200  # it is indexed

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")  # NUL, and halves of characters
_JOINERS: Final = "\u200c\u200d"  # some scripts need them between letters, and so does a family of emoji
_CUT: Final = "\n\n[…]"
_SECONDS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))  # from which number on it is a smaller unit than the second


def dict_of(value: object) -> Values:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def inner(value: object, *keys: str) -> object:
    """What lies under these keys, one in the other."""
    for key in keys:
        value = dict_of(value).get(key)
    return value


def first_text(*values: object) -> str:
    """The first of these that is a text with something in it."""
    return next((text for text in map(text_of, values) if text), "")


def text_of(value: object) -> str:
    """The text as we can store it, no longer than a message may be."""
    if not isinstance(value, str):
        return ""
    text = value if _is_storable(value) else _UNSTORABLE.sub("", value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(_CUT)] + _CUT


def joined(parts: Iterable[str]) -> str:
    """Texts that follow each other as paragraphs, the empty ones left away."""
    return text_of("\n\n".join(part.strip("\n") for part in parts if part.strip()))


def title_of(value: object) -> str:
    """A title: one line that shows all that is in it."""
    return _line(value, LONGEST_TITLE)


def name_of(value: object) -> str | None:
    """A short name, or None."""
    return _line(value, LONGEST_NAME) or None


def folders_of(value: object) -> tuple[CameFolder, ...]:
    """The folder of this name, if it is one."""
    name = name_of(value)
    return (CameFolder(name),) if name else ()


def names_of(values: Iterable[object]) -> tuple[str, ...]:
    """The names among these."""
    return tuple(name for name in map(name_of, values) if name)


def id_of(value: object) -> str:
    """An id, as text; one that is too long for an index is replaced by its digest."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**LONGEST_ID else ""
    text = text_of(value)
    return text if len(text) <= LONGEST_ID else digest_of(text)


def digest_of(*parts: object) -> str:
    """An id for what has none: the same each time it is read."""
    return "sha256:" + sha256(repr(parts).encode("utf-8", "replace")).hexdigest()


def moment_of(value: object) -> datetime | None:
    """A moment: seconds since 1970 (or thousandths, millionths), or as ISO 8601 writes it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _counted(value)
    return _written(value) if isinstance(value, str) else None


def number_of(value: object) -> int | None:
    """A count that the database can hold."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _is_storable(text: str) -> bool:
    try:
        return "\x00" not in text and (text.isascii() or bool(text.encode()))
    except UnicodeEncodeError:
        return False


def _line(value: object, longest: int) -> str:
    given = value[: 4 * longest] if isinstance(value, str) else ""
    shown = (" " if char.isspace() else char for char in given if _is_shown(char))
    return " ".join("".join(shown).split())[:longest].strip()


def _is_shown(char: str) -> bool:
    return char.isprintable() or char.isspace() or char in _JOINERS


def _counted(value: float) -> datetime | None:
    try:
        seconds = next((value / unit for most, unit in _SECONDS if value >= most), float(value))
        return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) and seconds > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def _written(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
