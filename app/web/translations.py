"""Sentences in the language of the request, out of `templates/locale/<language>.po`."""

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from app.core.language import language

LOCALE: Final = Path(__file__).parents[2] / "templates" / "locale"


@cache
def _catalogue(name: str) -> NullTranslations:
    """The catalogue of a language; English is what the sentences are written in."""
    file = LOCALE / f"{name}.po"
    return _read(file) if file.is_file() else NullTranslations()


def _read(file: Path) -> NullTranslations:
    buffer = BytesIO()
    with file.open("rb") as source:
        write_mo(buffer, read_po(source, locale=file.stem))
    buffer.seek(0)
    return Translations(buffer)


def gettext(sentence: str) -> str:
    """The sentence in the language of this request."""
    return _catalogue(language.get()).gettext(sentence) if sentence else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The right one of two sentences for this many."""
    return _catalogue(language.get()).ngettext(one, many, count)
