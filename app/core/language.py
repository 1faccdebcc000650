"""Which language this request is answered in, and how a sentence gets there.

Sentences are written in English where they are raised, as message ids; they are translated where they are shown.
"""

from contextvars import ContextVar
from typing import Final

LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})

language: ContextVar[str] = ContextVar("language", default="en")
timezone: ContextVar[str] = ContextVar("timezone", default="UTC")


def marked(sentence: str) -> str:
    """The sentence itself: a mark for the catalogue that it will be translated later."""
    return sentence


def negotiated(header: str) -> str:
    """The best of our languages for an Accept-Language header."""
    wishes = sorted((_wish(part) for part in header.split(",")[:20]), key=lambda wish: -wish[1])
    return next((name for name, weight in wishes if weight > 0 and name in LANGUAGES), "en")


def _wish(part: str) -> tuple[str, float]:
    name, _, rest = part.strip().partition(";")
    try:
        weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
    except ValueError:
        weight = 0.0
    return name.strip().lower().partition("-")[0], weight


def direction(name: str) -> str:
    """Which way this language runs."""
    return "rtl" if name in RIGHT_TO_LEFT else "ltr"
