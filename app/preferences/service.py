"""What a person likes, and what may be liked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any, get_args
from uuid import UUID
from zoneinfo import available_timezones

import msgspec

from app.auth import known
from app.core.asker import Asker, Theme
from app.core.errors import Rejected
from app.core.language import LANGUAGES, marked
from app.core.shortcuts import SHORTCUTS
from app.core.text import is_clean
from app.preferences import queries


@dataclass(frozen=True, slots=True)
class Preferences:
    """How the house shall be for one person."""

    default_model: str | None = None
    theme: Theme = "system"
    language: str = ""
    timezone: str = "UTC"
    notifications: bool = True
    push_titles: bool = False
    memory_enabled: bool = True
    instructions: str = ""  # what every model is told of this person
    shortcuts: dict[str, str] | None = field(default_factory=dict)


USUAL = Preferences()
LONGEST_COMBO = 40
LONGEST_INSTRUCTIONS = 8_000
NOT_LISTED = marked("Choose one of the list.")


async def of(user_id: UUID) -> Preferences:
    """What this person likes."""
    row = await queries.preferences_of(user_id)
    if row is None:
        return USUAL
    values = dict(row)
    return Preferences(**{**values, "shortcuts": _shortcuts(values["shortcuts"])})


def make_known() -> None:
    """Every page needs them."""
    known.offer("taste", queries.OF_A_PERSON, _told)


def _told(asker: Asker, stored: str | None) -> Asker:
    """The asker, with what of this every page needs."""
    taste = USUAL if stored is None else msgspec.json.decode(stored, type=Preferences)
    return replace(
        asker,
        theme=taste.theme,
        language=taste.language,
        timezone=taste.timezone,
        default_model=taste.default_model or "",
        shortcuts=taste.shortcuts,
        instructions=taste.instructions,
        unread=asker.unread if taste.notifications else 0,
    )


def _shortcuts(stored: str | None) -> dict[str, str] | None:
    return None if stored is None else msgspec.json.decode(stored, type=dict[str, str])


async def change(user_id: UUID, **changes: Any) -> Preferences:
    """Change some of them; the others stay as they are."""
    wrong = {name: sentence for name, sentence in _problems(changes).items() if sentence}
    if wrong:
        raise Rejected(fields=wrong)
    stored = dict(changes)
    if "shortcuts" in stored and stored["shortcuts"] is not None:
        stored["shortcuts"] = msgspec.json.encode(stored["shortcuts"]).decode()
    await queries.put(user_id, stored)
    return await of(user_id)


def _problems(changes: Mapping[str, Any]) -> dict[str, str]:
    return {
        "theme": "" if changes.get("theme", "system") in get_args(Theme) else NOT_LISTED,
        "language": "" if changes.get("language", "") in ("", *LANGUAGES) else NOT_LISTED,
        "timezone": "" if is_timezone(changes.get("timezone", "UTC")) else marked("There is no such time zone."),
        "instructions": _instruction_problem(changes.get("instructions", "")),
        "shortcuts": _shortcut_problem(changes.get("shortcuts") or {}),
    }


def _shortcut_problem(shortcuts: Mapping[str, str]) -> str:
    if not set(shortcuts) <= set(SHORTCUTS) or any(len(combo) > LONGEST_COMBO for combo in shortcuts.values()):
        return marked("This is no shortcut of ours.")
    combos = [combo for combo in {**SHORTCUTS, **shortcuts}.values() if combo]
    return marked("Two actions cannot share a shortcut.") if len(set(combos)) < len(combos) else ""


def _instruction_problem(text: str) -> str:
    return "" if len(text) <= LONGEST_INSTRUCTIONS and is_clean(text) else marked("This is too long.")


@cache
def timezones() -> frozenset[str]:
    """What clocks follow somewhere. Found once: it is a walk through files, of which a small machine may have none."""
    return frozenset(available_timezones()) | {"UTC"}


def is_timezone(name: str) -> bool:
    """Whether clocks somewhere follow this zone."""
    return name in timezones()


def exported(preferences: Preferences) -> dict[str, Any]:
    """All of them, as plain values."""
    return asdict(replace(preferences))
