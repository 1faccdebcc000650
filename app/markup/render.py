"""Markdown that people and models wrote, to HTML that may stand on anybody's page.

Every step takes the time of one reading, so none needs a clock: the parser, what is set aside before it and the colours
are linear, and what would become too deep or too long is shown as it was written.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from app.markup.aside import Sheltered
from app.markup.clean import cleaned
from app.markup.drawing import MARKDOWN, Drawing, TooMuch
from app.markup.html import Html, plain

LONGEST: Final = 1_000_000
AT_ONCE: Final = 10_000  # characters that a request can wait for

# One long text after the other: parser and cleaner let go of the interpreter, and between them it changes hands.
_BENCH: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="markup")


def rendered(text: str, name: str = "") -> Html:
    """The whole text, once it is complete; `name` keeps the ids of its footnotes apart from others on the page."""
    if len(text) > LONGEST:
        return plain(text)
    try:
        return drawn(Sheltered(text), name)
    except TooMuch:
        return plain(text)


def drawn(shelter: Sheltered, name: str = "", *, is_growing: bool = False) -> Html:
    """A text that was made ready, as HTML; raises `TooMuch`."""
    drawing = Drawing(shelter, name, is_growing=is_growing)
    return Html(cleaned(drawing.html(MARKDOWN.events(shelter.text))))


async def rendered_later(text: str, name: str = "") -> Html:
    """The whole text, without keeping others waiting while it is drawn."""
    if len(text) <= AT_ONCE:
        return rendered(text, name)
    return await asyncio.get_running_loop().run_in_executor(_BENCH, rendered, text, name)
