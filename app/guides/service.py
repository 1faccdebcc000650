"""The guides: Markdown files in `templates/help`, one a subject, in the order of `ORDER`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.core.errors import NotFound

FOLDER: Final = Path(__file__).parents[2] / "templates" / "help"
ORDER: Final = (
    "set-up",
    "first-steps",
    "conversations",
    "settings",
    "models",
    "sign-in",
    "backup",
    "migrations",
    "schema",
    "tuning",
    "programs",
    "troubleshooting",
)


@dataclass(frozen=True, slots=True)
class Guide:
    """One subject."""

    name: str
    title: str
    summary: str
    text: str


@cache
def guides() -> tuple[Guide, ...]:
    """Every guide, in reading order."""
    return tuple(_read(FOLDER / f"{name}.md") for name in ORDER)


def guide(name: str) -> Guide:
    """The guide of this name."""
    found = next((each for each in guides() if each.name == name), None)
    if found is None:
        raise NotFound
    return found


def _read(file: Path) -> Guide:
    """The first line is the title, the first paragraph says what the guide is good for."""
    title, summary, text = file.read_text().split("\n\n", 2)
    return Guide(file.stem, title.removeprefix("# "), " ".join(summary.split()), text)
