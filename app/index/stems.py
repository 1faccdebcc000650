"""What the forms of a word have in common, in English and in German. Other languages keep their words as they are.

Snowball's stemmers as a library, not those of PostgreSQL: the same words come out whatever the server's version, and a
hit can be marked in a text without asking the database.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import Stemmer

from app.index.stop_words import ENGLISH, GERMAN

_STEMMERS: Final = {"en": Stemmer.Stemmer("english", 0), "de": Stemmer.Stemmer("german", 0)}
EITHER: Final = tuple(_STEMMERS)
_ONLY_ENGLISH: Final = ENGLISH - GERMAN
_ONLY_GERMAN: Final = GERMAN - ENGLISH
_CLEARLY: Final = 4  # times as many common words of the one language as of the other
_ENOUGH: Final = 2


@lru_cache(16384)
def forms(word: str, languages: tuple[str, ...] = EITHER) -> tuple[str, ...]:
    """What a folded word is found by: itself, and its stem in each of these languages."""
    if not word.isalpha():
        return (word,)
    return tuple(dict.fromkeys([word, *(_STEMMERS[language].stemWord(word) for language in languages)]))


def languages(words: Iterable[str], told: str = "") -> tuple[str, ...]:
    """The languages of a text, told or guessed by its most common words: one of ours, or either where it is not clear.

    What is German to the reader would be noise in English: its stem of "listen" is "list".
    """
    if told[:2] in _STEMMERS:
        return (told[:2],)
    words = list(words)
    english = sum(word in _ONLY_ENGLISH for word in words)
    german = sum(word in _ONLY_GERMAN for word in words)
    if english >= max(_ENOUGH, _CLEARLY * german):
        return ("en",)
    return ("de",) if german >= max(_ENOUGH, _CLEARLY * english) else EITHER
