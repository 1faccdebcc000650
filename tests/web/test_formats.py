"""Dates, times and numbers, as each language and each place writes them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest

from app.core.clock import now
from app.core.language import language, timezone
from app.web import formats

Speak = Callable[..., None]
NEW_YEAR = datetime(2026, 12, 31, 23, 30, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def speak() -> Iterator[Speak]:
    """Speak this language, in this place, until the test is over."""
    before = language.get(), timezone.get()

    def speaking(name: str, zone: str = "UTC") -> None:
        language.set(name)
        timezone.set(zone)

    yield speaking
    language.set(before[0])
    timezone.set(before[1])


@pytest.mark.parametrize(
    ("name", "zone", "day", "moment"),
    [
        ("en", "UTC", "Dec 31, 2026", "Dec 31, 2026, 11:30\u202fPM"),
        ("de", "UTC", "31.12.2026", "31.12.2026, 23:30"),
        ("de", "Europe/Berlin", "01.01.2027", "01.01.2027, 00:30"),
        ("en", "America/New_York", "Dec 31, 2026", "Dec 31, 2026, 6:30\u202fPM"),
        ("de", "Mars/Olympus", "31.12.2026", "31.12.2026, 23:30"),
        ("de", "../../etc/passwd", "31.12.2026", "31.12.2026, 23:30"),
    ],
)
def test_a_moment_is_told_where_the_person_is(speak: Speak, name: str, zone: str, day: str, moment: str) -> None:
    speak(name, zone)
    assert (formats.date(NEW_YEAR), formats.moment(NEW_YEAR)) == (day, moment)


@pytest.mark.parametrize(
    ("away", "english", "german"),
    [
        (timedelta(0), "just now", "gerade eben"),
        (timedelta(seconds=3), "just now", "gerade eben"),
        (-timedelta(seconds=40), "40 seconds ago", "vor 40 Sekunden"),
        (-HOUR, "1 hour ago", "vor 1 Stunde"),
        (-HOUR * 1.4, "1 hour ago", "vor 1 Stunde"),
        (3 * HOUR, "in 3 hours", "in 3 Stunden"),
        (-3 * DAY, "3 days ago", "vor 3 Tagen"),
        (-400 * DAY, "1 year ago", "vor 1 Jahr"),
    ],
)
def test_how_long_ago_is_told_in_words(
    speak: Speak, monkeypatch: pytest.MonkeyPatch, away: timedelta, english: str, german: str
) -> None:
    present = now()
    monkeypatch.setattr(formats, "now", lambda: present)
    for name, told in (("en", english), ("de", german)):
        speak(name)
        assert formats.ago(present + away) == told


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (0, "0", "0"),
        (1000, "1,000", "1.000"),
        (1234567.5, "1,234,567.5", "1.234.567,5"),
        (-0.25, "-0.25", "-0,25"),
    ],
)
def test_numbers_have_the_separators_of_the_language(speak: Speak, value: float, english: str, german: str) -> None:
    for name, told in (("en", english), ("de", german)):
        speak(name)
        assert formats.number(value) == told


@pytest.mark.parametrize(
    ("size", "english", "german"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (999.96, "1 kB", "1 kB"),
        (1536, "1.5 kB", "1,5 kB"),
        (999_960, "1 MB", "1 MB"),
        (2_500_000_000, "2.5 GB", "2,5 GB"),
        (5_000_000_000_000_000, "5,000 TB", "5.000 TB"),
    ],
)
def test_sizes_are_in_the_unit_that_reads_best(speak: Speak, size: float, english: str, german: str) -> None:
    for name, told in (("en", english), ("de", german)):
        speak(name)
        assert formats.filesize(size) == told


def test_a_machine_without_time_zones_knows_utc(speak: Speak, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    formats._zone.cache_clear()  # noqa: SLF001 - it remembers what the machine had
    monkeypatch.setattr(formats, "ZoneInfo", missing)
    speak("de", "Europe/Berlin")
    assert formats.moment(NEW_YEAR) == "31.12.2026, 23:30"
    formats._zone.cache_clear()  # noqa: SLF001


def test_every_filter_takes_what_templates_hand_it() -> None:
    moments = dict.fromkeys(("date", "datetime", "ago"), NEW_YEAR)
    given: dict[str, Any] = {**moments, **dict.fromkeys(("number", "filesize", "seconds"), 1), "money": Decimal(1)}
    assert {name for name, write in formats.FILTERS.items() if write(given[name])} == set(given)


@pytest.mark.parametrize(
    ("milliseconds", "told"), [(4, "0 s"), (40, "0.04 s"), (940, "0.94 s"), (1_240, "1.2 s"), (61_000, "61 s")]
)
def test_a_short_time_is_told_the_finer_the_shorter_it_is(speak: Speak, milliseconds: int, told: str) -> None:
    speak("en")
    assert formats.seconds(milliseconds) == told
