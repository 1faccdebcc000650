"""What somebody looks for: words, "words that follow each other", and -words that must not be there.

Nothing that anybody types is an error. What a question means is written as a tsquery by us, from lexemes alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise
from typing import Final

from app.index.lexemes import quoted
from app.index.stems import forms
from app.index.stop_words import ignored
from app.index.words import Word, is_unspaced, words

_LONGEST: Final = 8_000  # letters of a question that are looked at
_MOST: Final = 200  # words of it, and of one phrase
_SHORTEST_OPENING: Final = 3
_QUOTES: Final = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02", '"'))
_PIECE: Final = re.compile(r'(?P<sign>(?<!\S)-(?=["\w]))?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word of the question: the lexemes that it is found by, and how others begin that stand for an unknown one."""

    lexemes: tuple[str, ...]
    opening: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. By `words` passages are ranked; phrases must be there, and what is excluded must not.

    `all_words` asks for each of them, phrases too; words that begin with an opening are meant as well, since the last
    letters may not be typed yet. These are tsqueries, or empty.
    """

    words: tuple[Wanted, ...]
    phrases: str
    excluded: str
    all_words: str
    openings: tuple[str, ...]

    def but_excluded(self, wanted: str) -> str:
        """What is wanted, and nothing that is excluded."""
        return f"({wanted}) & !({self.excluded})" if self.excluded else wanted


def question(text: str, *, is_plain: bool = False) -> Question:
    """Read a question; a plain one is a text like any other, in which no sign means anything."""
    text = text[:_LONGEST].translate(_QUOTES)
    read = _Read([*islice(words(text), _MOST)]) if is_plain else _read(text)
    plain = _telling(read.words)
    return Question(
        words=tuple(dict.fromkeys(wanted for word in (*plain, *chain(*read.phrases)) for wanted in _wanted(word))),
        phrases=" & ".join(map(in_order, read.phrases)),
        excluded=" | ".join(map(in_order, read.excluded)),
        all_words=" & ".join([*(in_order([word], is_open=True) for word in plain), *map(in_order, read.phrases)]),
        openings=tuple(name for word in plain for name in _names(word) if _may_begin(name)),
    )


@dataclass(slots=True)
class _Read:
    words: list[Word] = field(default_factory=list)
    phrases: list[list[Word]] = field(default_factory=list)
    excluded: list[list[Word]] = field(default_factory=list)


def _read(text: str) -> _Read:
    read = _Read()
    room = _MOST
    for piece in _PIECE.finditer(text):
        found = [*islice(words(piece["phrase"] or piece["word"] or ""), room)]
        room -= len(found)
        if not found:
            continue
        if piece["sign"]:
            read.excluded.append(found)
        elif piece["phrase"]:
            read.phrases.append(found)
        else:
            read.words += found
    return read


def _telling(found: Sequence[Word]) -> list[Word]:
    """Without the words that every text has, unless there are no others."""
    found = [word for word in found if not word.is_rest]
    common = ignored({piece for word in found for piece in word.pieces})
    return [word for word in found if not common.issuperset(word.pieces)] or found


def _wanted(word: Word) -> Iterator[Wanted]:
    """What one word of the question is ranked by: its pieces, and what they are called together."""
    if word.is_rest:
        return
    if is_unspaced(word.pieces[0]) and len(word.pieces[0]) == 1:
        yield Wanted((), word.pieces[0])  # it begins the pairs that have it
        return
    for name in (*word.pieces, *(whole for _, whole in word.wholes)):
        yield Wanted(forms(name), name if len(name) >= _SHORTEST_OPENING else "")


# Written as tsqueries -------------------------------------------------------------------------------------------------


def in_order(phrase: Sequence[Word], *, is_open: bool = False) -> str:
    """The words of a phrase, one after the other; the end of an open one may not be typed yet."""
    terms: list[tuple[int, str]] = []
    place = 0
    for word in phrase:
        if not word.is_rest:
            terms += [(place + n, _either(name, is_open=is_open)) for n, name in enumerate(_names(word))]
        place += len(word.pieces)
    steps = [f" <{there - here}> {term}" for (here, _), (there, term) in pairwise(terms)]
    return terms[0][1] + "".join(steps) if terms else ""


def _names(word: Word) -> Sequence[str]:
    """What it is looked for by when all of it must be there. Of B26 only 26 is a piece, so all of it is meant."""
    return [word.wholes[0][1]] if word.wholes and len(word.pieces) == 1 else word.pieces


def _either(name: str, *, is_open: bool) -> str:
    lexemes = [quoted(form) for form in forms(name)]
    if _may_begin(name) and (is_open or len(name) == 1):
        lexemes.append(f"{quoted(name)}:*")
    return f"({' | '.join(lexemes)})"


def _may_begin(name: str) -> bool:
    """Whether other words that begin so are meant too: a letter alone says little, unless it is a word's half."""
    return len(name) > 1 or is_unspaced(name)


def either(lexemes: Sequence[str]) -> str:
    """Any of them."""
    return " | ".join(map(quoted, lexemes))
