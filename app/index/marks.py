"""Where the words of a question stand in a text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.index.lexemes import LONGEST, MOST_PLACES
from app.index.stems import forms
from app.index.words import Word, words

_MOST: Final = 32
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Meant:
    """What is looked for in a text: these lexemes, and words that begin so."""

    lexemes: frozenset[str]
    openings: tuple[str, ...] = ()

    def has(self, word: Word) -> bool:
        """Whether this is one of them."""
        names = (*word.pieces, *(whole for _, whole in word.wholes))
        return any(name.startswith(self.openings) or not self.lexemes.isdisjoint(forms(name)) for name in names)


def meant(matched: Iterable[str]) -> Meant:
    """These very words, in any of their forms."""
    found = (word for text in matched for word in words(text) if not word.is_rest)
    return Meant(frozenset(form for word in found for name in _names(word) for form in forms(name)))


def _names(word: Word) -> Sequence[str]:
    """Of a word that is made of several, all of it: a hit on the whole is none on its pieces."""
    return [whole for _, whole in word.wholes] or word.pieces


def spans(text: str, what: Meant) -> list[Span]:
    """Where each of them begins and ends, in order; what overlaps is one."""
    found: list[Span] = []
    for word in islice(words(text[:LONGEST]), MOST_PLACES):
        if not word.is_rest and what.has(word):
            start = word.start
            if found and start < found[-1][1]:
                start = found.pop()[0]
            found.append((start, word.end))
    return found


def matched(text: str, what: Meant) -> tuple[str, ...]:
    """The words that are looked for, as they stand in the text, each once."""
    return tuple(islice(dict.fromkeys(text[start:end] for start, end in spans(text, what)), _MOST))
