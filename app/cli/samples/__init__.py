"""Sample conversations, written down as they are read: a head, then what was said, one heading each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from app.chat.messages.planting import Line, Sample

_HERE: Final = Path(__file__).parent
_HEADING: Final = re.compile(r"^## (You|Reply)(?: after (\d+))?(?: by (\S+))?$", re.MULTILINE)
_ROLES: Final = {"You": "USER", "Reply": "ASSISTANT"}


def samples() -> Iterator[tuple[str, Sample]]:
    """Each sample, and the address of the person whose it is."""
    for file in sorted(_HERE.glob("*.md")):
        head, *said = _HEADING.split(file.read_text(encoding="utf-8"))
        about = dict(line.split(": ", 1) for line in head.strip().splitlines())
        yield about["whose"], _sample(file.stem, about, _lines(said))


def _sample(name: str, about: Mapping[str, str], lines: list[Line]) -> Sample:
    return Sample(
        name=name,
        title=about["title"],
        days_ago=float(about["days"]),
        lines=lines,
        folder=about.get("folder", ""),
        is_pinned=about.get("pinned") == "yes",
        is_archived=about.get("archived") == "yes",
    )


def _lines(said: Sequence[Any]) -> list[Line]:
    """`after` counts from one; nought is the beginning. What does not say it follows what stands above."""
    parts = [said[place : place + 4] for place in range(0, len(said), 4)]
    return [
        Line(_ROLES[role], text.strip(), number if after is None else int(after), by or "")
        for number, (role, after, by, text) in enumerate(parts)
    ]
