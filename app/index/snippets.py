"""The place in a text where most of the words stand that were looked for, cut out to be shown in a list."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from app.index.marks import Span, meant, spans
from app.index.words import folded

Pieces = list[tuple[str, bool]]
_FURTHEST: Final = 24  # letters that a cut moves to stand between two words
_DOTS: Final = "…"
_SPACE: Final = re.compile(r"\s+")


def snippet(text: str, matched: Iterable[str], length: int = 240) -> Pieces:
    """About so many letters of the text in pieces, each with whether it is one of the words."""
    hits = spans(text, meant(matched))
    start, end = _cut(text, *_window(text, hits, length))
    pieces: Pieces = [(_DOTS, False)] if start else []
    place = start
    for first, last in hits:
        if first >= start and last <= end:
            pieces += [(text[place:first], False), (text[first:last], True)]
            place = last
    pieces.append((text[place:end], False))
    if end < len(text):
        pieces.append((_DOTS, False))
    return _tidy(pieces)


def _window(text: str, hits: Sequence[Span], length: int) -> Span:
    """From where to where: as many different words as fit, and something before the first of them."""
    if not hits or len(text) <= length:
        return 0, min(length, len(text))
    starts = [start for start, _ in hits]
    names = [folded(text[start:end]) for start, end in hits]
    best, most = (0, 1), 0
    for first, start in enumerate(starts):
        last = min(bisect_right(starts, start + length), first + length)
        if (different := len(set(names[first:last]))) > most:
            best, most = (first, last), different
    begin, finish = starts[best[0]], min(hits[best[1] - 1][1], starts[best[0]] + length)
    start = max(0, min(begin - (length - (finish - begin)) // 2, len(text) - length))
    return start, start + length


def _cut(text: str, start: int, end: int) -> Span:
    """Move both ends inwards to the next gap between words, where there is one nearby."""
    if start > 0 and not text[start - 1].isspace():
        start = next((place for place in range(start, min(start + _FURTHEST, end)) if text[place].isspace()), start)
    if end < len(text) and not text[end].isspace():
        end = next((place for place in range(end, max(end - _FURTHEST, start), -1) if text[place - 1].isspace()), end)
    return start, end


def _tidy(pieces: Pieces) -> Pieces:
    """White space as one space, and nothing empty."""
    plain = [(_SPACE.sub(" ", text), is_hit) for text, is_hit in pieces]
    return [(text, is_hit) for text, is_hit in plain if text]
