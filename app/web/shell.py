"""What stands around every page: who is signed in, where one can go, what was just said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app import __version__
from app.core.asker import Asker
from app.core.language import direction, language
from app.core.log import request_id
from app.core.shortcuts import SHORTCUTS
from app.web.translations import gettext
from app.web.visit import Said, Visit


@dataclass(frozen=True, slots=True)
class Part:
    """A place that the sidebar or the palette leads to. Labels are message ids."""

    label: str
    href: str
    hint: str = ""
    in_sidebar: bool = False
    for_admin: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A part as this person sees it."""

    label: str
    href: str
    hint: str
    current: bool


_parts: list[Part] = []


def offer(parts: Sequence[Part]) -> None:
    """Let these be the places that exist."""
    _parts[:] = parts


class Shell:
    """The one variable that layouts see beside their view's fields."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.visit = Visit.of(scope)
        self.path: str = scope["path"]
        self.version = __version__
        self.language = language.get()
        self.direction = direction(self.language)
        self.request_id = request_id.get()

    @property
    def nonce(self) -> str:
        return self.visit.nonce

    @cached_property
    def csrf(self) -> str:
        return self.visit.csrf_token()

    @property
    def asker(self) -> Asker | None:
        return self.visit.asker

    @property
    def theme(self) -> str:
        return self.visit.asker.theme if self.visit.asker else "system"

    @property
    def read_only(self) -> bool:
        return self.visit.read_only

    @cached_property
    def said(self) -> list[Said]:
        return self.visit.heard()

    @cached_property
    def shortcuts(self) -> Mapping[str, str]:
        own = self.visit.asker.shortcuts if self.visit.asker else {}
        return {} if own is None else {**SHORTCUTS, **own}

    @cached_property
    def parts(self) -> list[Link]:
        return [self._link(part) for part in self._open_parts() if part.in_sidebar]

    @cached_property
    def commands(self) -> list[Link]:
        return [self._link(part) for part in self._open_parts()]

    def _open_parts(self) -> list[Part]:
        asker = self.visit.asker
        return [part for part in _parts if asker is not None and (asker.is_admin or not part.for_admin)]

    def _link(self, part: Part) -> Link:
        current = self.path == part.href or (part.href != "/" and self.path.startswith(part.href + "/"))
        return Link(gettext(part.label), part.href, gettext(part.hint), current)
