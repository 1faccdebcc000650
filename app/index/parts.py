"""Long texts in parts, each of which can be recalled by itself."""

import re
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 1200  # letters: about the 256 word pieces that the embedding model reads
# Where a text is best divided: after a paragraph, a line, a sentence, a word.
_SENTENCE: Final = "[.!?\u2026]+[\"'\u201d\u2019)\\]]*\\s+|[\u3002\uff01\uff1f]+"
_BORDERS: Final = tuple(map(re.compile, (r"\n[^\S\n]*\n\s*", r"\n", _SENTENCE, r"\s+")))


def parts(text: str, longest: int = LONGEST) -> list[str]:
    """The text in parts of about equal length; none is longer, and nothing but white space between them is lost."""
    return [part for part in (piece.strip() for piece in _divided(text, longest)) if part]


def _divided(text: str, longest: int) -> Iterator[str]:
    start = 0
    while len(text) - start > longest:
        rest = len(text) - start
        aim = rest // -(-rest // longest)
        end = _border(text, start, start + aim, start + longest)
        yield text[start:end]
        start = end
    yield text[start:]


def _border(text: str, start: int, aim: int, last: int) -> int:
    """The best kind of border that there is in the second half, as near as possible to the aim."""
    first = start + (last - start) // 2
    for border in _BORDERS:
        ends = [found.end() for found in border.finditer(text, first, last) if found.end() > start]
        if ends:
            return min(ends, key=lambda end: abs(end - aim))
    return aim
