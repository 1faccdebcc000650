"""What is shown of files that were brought along, and of what became of the conversations in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.chat.moving.service import Import, Result
from app.web.view import View


@dataclass(frozen=True, slots=True)
class ImportsPage(View):
    """The box for a file, and what was brought before. Its region `imports` is what changes."""

    template: ClassVar = "chat/imports.html"
    imports: Sequence[Import]
    is_running: bool
    most: int
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ImportPage(View):
    """One file: how far it is, what did not come and why, and what became of each conversation."""

    template: ClassVar = "chat/import.html"
    here: Import
    left_out: Sequence[Result]
    results: Sequence[Result]
    later: str
    is_first: bool
