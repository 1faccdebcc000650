"""The words of a text, in any script: where each stands, and what it is found by.

A word is folded (accents and case do not matter). One that is made of several, like `asyncpg_pool`, `getUser`, a file
name or an address, is found whole and by its pieces. Scripts that put no spaces between words are cut into pairs of
letters that overlap, so that any two neighbours are found.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LONGEST: Final = 64  # letters of one word; what is longer is found by its beginning
_LONGEST_CHAIN: Final = 500  # letters of an address or a path that are looked at


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands. Its pieces follow each other; a whole names several, from the piece at that place on.

    A rest is the last letter of a run without spaces, which the pair before it has already.
    """

    start: int
    end: int
    pieces: tuple[str, ...]
    wholes: tuple[tuple[int, str], ...] = ()
    is_rest: bool = False


# Each character stands for its kind: a and A are letters, 0 a digit, c a letter of a script without spaces, e a
# picture; signs that hold words together stand for themselves. Everything else parts words.
_SIGNS: Final = {
    **dict.fromkeys("-_\u2010\u2011", "-"),
    **dict.fromkeys("'\u2019\uff07", "'"),
    **dict.fromkeys("/\\:@?&=", "/"),
    ".": ".",
    ",": ",",
    "+": "+",
    "#": "#",
    **dict.fromkeys("\u00ad\u200c\u200d\u2060\ufeff", "a"),  # seen by nobody, and gone when the word is folded
}
_UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Korean, taken apart
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai
    (0x1A20, 0x1AAF),
    (0x3005, 0x3007),
    (0x3040, 0x318F),  # Japanese syllables, Bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),  # Chinese characters
    (0x4E00, 0xA4CF),
    (0xA980, 0xA9DF),  # Javanese
    (0xAC00, 0xD7FF),  # Korean: its particles hang on the word
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFF),
)
_PICTURES: Final = ((0x2600, 0x27BF), (0x1F000, 0x1FAFF))


class _Kinds(dict[int, str]):
    """The kind of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        kind = self[code] = _kind(chr(code))
        return kind


def _kind(char: str) -> str:
    category = unicodedata.category(char)
    if char in _SIGNS:
        return _SIGNS[char]
    if category[0] in "LM":
        return "c" if _within(char, _UNSPACED) else ("A" if category in ("Lu", "Lt") else "a")
    if category[0] == "N":
        return "0"
    return "e" if category == "So" and _within(char, _PICTURES) else " "


def _within(char: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(char) <= last for first, last in ranges)


_KINDS: Final = _Kinds()
_WORD: Final = re.compile(
    r"(?<![aA0])[aA](?:\+\+|#)(?![aA0])"  # C++, C#
    r"|c+|e"
    r"|[aA0]+(?:(?:[-'/.+#]|(?<=0),(?=0))[aA0]+)*"
)


def words(text: str) -> Iterator[Word]:
    """Every word of the text, in order."""
    for found in _WORD.finditer(text.translate(_KINDS)):
        start, end = found.span()
        if found.group()[0] == "c":
            yield from _pairs(text[start:end], start)
        elif found.group().strip("a"):
            yield from _made_of(text[start:end], start, end)
        elif piece := folded(text[start:end]):
            yield Word(start, end, (piece,))


def _made_of(text: str, start: int, end: int) -> Iterator[Word]:
    pieces, wholes = _divided(text[:_LONGEST_CHAIN])
    if pieces:
        yield Word(start, end, pieces, wholes)


def _pairs(run: str, start: int) -> Iterator[Word]:
    """Each letter with the next, and the last one alone: so that every single letter begins one of them."""
    plain = folded(run, len(run))
    is_exact = len(plain) == len(run)  # not so where letters were taken apart: then where each stands is not known
    for place in range(len(plain)):
        pair = plain[place : place + 2]
        first, last = (start + place, start + place + len(pair)) if is_exact else (start, start + len(run))
        yield Word(first, last, (pair,), is_rest=len(pair) == 1 < len(plain))


def is_unspaced(letter: str) -> bool:
    """Whether its script puts no spaces between words."""
    return letter.translate(_KINDS) == "c"


# Words that are made of several ---------------------------------------------------------------------------------------

# What each kind of sign divides, the strongest first; in the end a change of case, or from letters to digits.
_LEVELS: Final = tuple(map(re.compile, (r"[^']+", r"[^/+#]+", r"[^.,]+", r"[^-]+", r"A+(?=Aa)|A?a+|A+|0+|[+#]+")))
_SOFT: Final = 3  # user-name, user_name and userName are one word
_Wholes = tuple[tuple[int, str], ...]


@lru_cache(4096)
def _divided(text: str) -> tuple[tuple[str, ...], _Wholes]:
    """The pieces, and what several of them are called together."""
    text = unicodedata.normalize("NFC", text)
    pieces: list[str] = []
    wholes: list[tuple[int, str]] = []
    _divide(text, 0, pieces, wholes)
    if not pieces and (letter := folded(_parts(text, 0)[0])):  # x, I'm
        return (letter,), ()
    return tuple(pieces), tuple(wholes)


def _divide(text: str, level: int, pieces: list[str], wholes: list[tuple[int, str]]) -> None:
    first = len(pieces)
    parts = _parts(text, level)
    for part in parts:
        if level + 1 < len(_LEVELS):
            _divide(part, level + 1, pieces, wholes)
        elif (piece := folded(part)) and (len(piece) > 1 or not piece.isalpha()):
            pieces.append(piece)
    if len(parts) > 1 and level > 0 and (whole := _whole(text, parts, level)):
        if len(pieces) > first:
            wholes.append((first, whole))
        else:  # only letters that stand alone: R&D
            pieces.append(whole)


def _whole(text: str, parts: list[str], level: int) -> str:
    is_joined = level == _SOFT and "0-0" not in text.translate(_KINDS)
    return folded("".join(parts) if is_joined else text)


def _parts(text: str, level: int) -> list[str]:
    return [text[part.start() : part.end()] for part in _LEVELS[level].finditer(text.translate(_KINDS))]


# Folding --------------------------------------------------------------------------------------------------------------

# Accents of European scripts, and the vowel signs that Arabic and Hebrew may have or leave out.
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u00ad\u200b-\u200d\u2060\ufeff]+"
)
_LETTERS: Final = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def folded(word: str, longest: int = LONGEST) -> str:
    """The word without what people leave out when they search: case, accents, the width of letters."""
    if word.isascii():
        return word[:longest].lower()
    plain = unicodedata.normalize("NFKD", word[: 4 * longest]).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain).translate(_LETTERS))[:longest]
