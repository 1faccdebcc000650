"""What the preferences page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from app.preferences.service import timezones
from app.web.view import View


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One action and the keys that call it."""

    action: str
    label: str
    combo: str


@dataclass(frozen=True, slots=True)
class PreferencesPage(View):
    """Everything that a person can choose, in one form."""

    template: ClassVar = "preferences/preferences.html"
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    languages: Mapping[str, str]
    timezones: Sequence[str]
    shortcuts: Sequence[Shortcut]
    shortcuts_on: bool


@cache
def zones() -> tuple[str, ...]:
    """The places whose clocks one can follow, without the historical names."""
    places = (name for name in timezones() if "/" in name and not name.startswith("Etc"))
    return (*sorted(places), "UTC")
