"""Markdown that is still being written: what will not change any more, and what may.

A text grows by blocks. All but the last are frozen: drawn once, and kept. Only the last is drawn again with each piece.
Two things wait for the whole text: links whose address stands elsewhere, and footnotes; until then they are shown as
they were written.
"""

import re
from typing import Final

from app.markup.aside import COLON, Sheltered, fit
from app.markup.code import figure
from app.markup.drawing import MARKDOWN, TooMuch
from app.markup.html import Html, plain
from app.markup.mending import mended
from app.markup.render import drawn

LONGEST_TAIL: Final = 40_000  # as it is drawn again and again
_FENCE: Final = re.compile(
    r"^(?P<before>(?:[ \t>]|[-*+] |\d+[.)] )*+)(?P<fence>`{3,}+|~{3,}+)(?P<info>[^\n]*)", re.MULTILINE
)
_AT_THE_EDGE: Final = {"", " ", "  ", "   "}  # more would be code itself
_HALF_A_FENCE: Final = re.compile(r"\n[ \t]*[`~]+\Z")


def frozen(text: str, start: int = 0) -> int:
    """Where the part begins that may still change: the last block among the complete lines.

    It depends on the text alone and never goes back, so an earlier result may be given as `start`.
    """
    end = text.rfind("\n") + 1
    if end <= start:
        return start
    ready = _ready(text[start:end], is_growing=True).text
    return start + _last_block(ready)


def block_html(text: str) -> Html:
    """Blocks that are complete: what stands between two results of `frozen`."""
    return _html(text, _ready(text))


def tail_html(text: str) -> Html:
    """What comes after, as it will probably be: what was opened is drawn as if it were closed."""
    fence, end = _last_fence(text)
    if fence and fence.start() == 0 and fence["before"] in _AT_THE_EDGE:
        return _open_code(text, fence)
    if len(text) > LONGEST_TAIL:
        return plain(text)
    ready = _ready(text, is_growing=True)
    if not fence:
        ready.text = mended(ready.text, end)
    return _html(text, ready)


def _ready(text: str, *, is_growing: bool = False) -> Sheltered:
    """The text for the parser, without definitions: they would act on what is frozen already."""
    shelter = Sheltered(text, is_growing=is_growing)
    shelter.text = shelter.text.replace("]:", f"]{COLON}")
    return shelter


def _html(text: str, shelter: Sheltered) -> Html:
    try:
        return drawn(shelter, is_growing=True)
    except TooMuch:
        return plain(text)


def _last_block(text: str) -> int:
    """The start of the line in which the last block begins."""
    depth = last = 0
    for event, place in MARKDOWN.events_with_range(text):
        kind = event if isinstance(event, str) else next(iter(event))
        if depth == 0 and kind in {"Start", "Rule"}:
            last = place["start"]
        depth += (kind == "Start") - (kind == "End")
    return text.encode()[:last].decode().rfind("\n") + 1


def _last_fence(text: str) -> tuple[re.Match[str] | None, int]:
    """The fence that opened the code at the end of the text, if that is not closed; and where the last fence ends."""
    opened, end = None, 0
    for found in _FENCE.finditer(text):
        end = found.end()
        if opened is None:
            opened = found if found["fence"][0] == "~" or "`" not in found["info"] else None
        elif found["fence"].startswith(opened["fence"]) and not found["info"].strip():
            opened = None
    return opened, end


def _open_code(text: str, fence: re.Match[str]) -> Html:
    """Code that grows: there may be much of it, so it is drawn without the parser and without colours."""
    code = fit(_HALF_A_FENCE.sub("\n", text[fence.end() :])).removeprefix("\n").removesuffix("\n")
    info = fence["info"] if len(text) > fence.end() else ""  # which may be half a word
    return Html(figure(info, code, in_colour=False))
