"""What PostgreSQL keeps of a passage's words, written as a tsvector: each lexeme, and the places where it stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from app.index.passages import Passage
from app.index.stems import forms, languages
from app.index.words import Word, words

MOST_PLACES: Final = 16_000  # PostgreSQL counts to 16,383
ROOM: Final = 512 * 1024  # bytes, of the 1,048,575 that PostgreSQL has for one
_MOST_PLACES_OF_ONE: Final = 255
_PAUSE: Final = 10  # places between the title and the text: no phrase reaches across
LONGEST: Final = 200_000  # letters of one passage that are looked at; slices cut long texts into parts


@dataclass(slots=True)
class Lexemes:
    """The lexemes of one passage, as long as there is room."""

    room: int = ROOM
    length: int = 0
    places: dict[str, list[int]] = field(default_factory=dict)

    def add(self, lexeme: str, place: int) -> None:
        """It stands here too."""
        there = self.places.get(lexeme)
        if there is None:
            self.places[lexeme] = [place]
            self.room -= len(lexeme.encode()) + 6
        elif there[-1] != place and len(there) < _MOST_PLACES_OF_ONE:
            there.append(place)
            self.room -= 2

    def __str__(self) -> str:
        return " ".join(f"{quoted(lexeme)}:{','.join(map(str, places))}" for lexeme, places in self.places.items())


def quoted(lexeme: str) -> str:
    """The lexeme as it is written in a tsvector or a tsquery."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def lexemes(passage: Passage) -> tuple[Lexemes, str]:
    """The lexemes of a passage, cut where PostgreSQL has no more room, and its language where that is clear."""
    sections = [
        list(islice(words(part[:LONGEST]), MOST_PLACES)) for part in (passage.title, passage.speaker, passage.text)
    ]
    spoken = languages((piece for section in sections for word in section for piece in word.pieces), passage.language)
    found = Lexemes()
    for lexeme, place in _placed(sections, spoken, found):
        if place > MOST_PLACES or found.room <= 0:
            break
        found.add(lexeme, place)
    return found, passage.language or (spoken[0] if len(spoken) == 1 else "")


def _placed(sections: Iterable[Iterable[Word]], spoken: tuple[str, ...], found: Lexemes) -> Iterator[tuple[str, int]]:
    place = 1
    for section in sections:
        for word in section:
            for after, name in (*enumerate(word.pieces), *word.wholes):
                yield from ((form, place + after) for form in forms(name, spoken))
            place += len(word.pieces)
            found.length += len(word.pieces)
        place += _PAUSE
