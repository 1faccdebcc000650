"""Sentences in the language of the request."""

from collections.abc import Iterator

import pytest

from app.core.language import language
from app.web.translations import gettext, ngettext


@pytest.fixture(autouse=True)
def _reset() -> Iterator[None]:
    before = language.set("en")
    yield
    language.reset(before)


def test_english_is_what_the_sentences_are_written_in() -> None:
    assert gettext("Please sign in first.") == "Please sign in first."


def test_another_language_is_looked_up() -> None:
    language.set("de")
    assert gettext("This is needed.") == "Das wird gebraucht."


def test_what_no_catalogue_has_stays_as_it_is() -> None:
    language.set("de")
    assert gettext("Nobody ever wrote this.") == "Nobody ever wrote this."


def test_no_sentence_is_none() -> None:
    """An empty msgid would be the catalogue's own head."""
    language.set("de")
    assert gettext("") == ""


@pytest.mark.parametrize(("count", "wanted"), [(0, "many"), (1, "one"), (2, "many")])
def test_the_number_decides(count: int, wanted: str) -> None:
    assert ngettext("one", "many", count) == wanted


def test_a_language_without_a_catalogue_is_answered_in_english() -> None:
    language.set("xx")
    assert gettext("This is needed.") == "This is needed."
