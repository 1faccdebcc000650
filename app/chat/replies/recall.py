"""Recall, the model of the house: no language model, but what was said before, found, quoted and linked."""

import re
from collections.abc import AsyncGenerator, Sequence
from typing import Final
from uuid import UUID

from app.ai.question import Piece
from app.core.language import language, marked
from app.core.text import shortened
from app.index import service as index
from app.index.passages import Found
from app.web.translations import gettext

MOST: Final = 5
_LONGEST: Final = 420
_WORDS: Final = re.compile(r"\s*\S+\s*")
INTRO: Final = marked("I am Recall: no language model, I only look up what you have said before. This is what I found.")
NOTHING: Final = marked(
    "I am Recall: no language model, I only look up what you have said before. I found nothing about this yet. "
    "The more you write here, the more I find; or add a model under Preferences, and it will answer."
)
SAID: Final = marked("you said")
REPLIED: Final = marked("a reply said")


async def answer(person: UUID, tongue: str, question: str, but: UUID | None) -> AsyncGenerator[Piece, None]:
    """What this person's own passages say about it, word by word like any other reply."""
    language.set(tongue or "en")  # the task that writes a reply has a context of its own
    found = await index.find(person, question, most=MOST * 2, but_group=but)
    text = _written(_best(found))
    for words in _WORDS.findall(text):
        yield Piece(text=words)
    yield Piece(finish="stop")


def _best(found: Sequence[Found]) -> list[Found]:
    """One passage a message, the best first."""
    seen: dict[UUID, Found] = {}
    for each in found:
        seen.setdefault(each.source_id, each)
    return list(seen.values())[:MOST]


def _written(found: Sequence[Found]) -> str:
    if not found:
        return gettext(NOTHING)
    return "\n\n".join([gettext(INTRO), *(_quoted(each) for each in found)])


def _quoted(found: Found) -> str:
    quote = shortened(found.text, _LONGEST).replace("\n", " ")
    who = gettext(SAID) if found.speaker == "USER" else gettext(REPLIED)
    title = found.title.replace("[", "(").replace("]", ")") or "…"
    where = f"[{title}](/c/{found.group_id}?at={found.source_id}#m-{found.source_id})" if found.group_id else title
    return f"> {quote}\n\n— {who}, {found.said_at.date().isoformat()}, {where}"
