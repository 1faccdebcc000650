"""Dates, times and numbers, as the person's language and time zone write them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import date as day_
from decimal import Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_datetime_format
from babel.numbers import format_currency, format_decimal

from app.core.clock import now
from app.core.language import language, timezone
from app.web.translations import gettext

_KILO: Final = 1000
_JUST_NOW: Final = timedelta(seconds=5)
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


@cache
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def date(moment: datetime) -> str:
    """The day, where the person is."""
    return format_date(moment.astimezone(_zone(timezone.get())), "medium", locale=language.get())


def day_of(moment: datetime) -> day_:
    """The day as a value, where the person is."""
    return moment.astimezone(_zone(timezone.get())).date()


def month_of(day: day_) -> str:
    """The month and its year."""
    return format_skeleton("yMMMM", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=language.get())


def seconds(milliseconds: float) -> str:
    """A short time, in seconds; the shorter, the finer."""
    return f"{number(round(milliseconds / 1000, 1 if milliseconds >= _KILO else 2))} s"


def moment(value: datetime) -> str:
    """The day and the time to the minute, where the person is."""
    time = format_time(value, "short", tzinfo=_zone(timezone.get()), locale=language.get())
    pattern = str(get_datetime_format("medium", locale=language.get())).replace("'", "")
    return pattern.replace("{0}", time).replace("{1}", date(value))


def ago(value: datetime) -> str:
    """How long ago, or how soon."""
    away = value - now()
    if abs(away) < _JUST_NOW:
        return gettext("just now")
    return format_timedelta(away, add_direction=True, locale=language.get(), threshold=1)


def number(value: float) -> str:
    """A number with its separators."""
    return format_decimal(value, locale=language.get())


def money(value: Decimal) -> str:
    """US dollars, with as much behind the point as there is."""
    return format_currency(value.normalize(), "USD", locale=language.get(), decimal_quantization=False)


def filesize(size: float) -> str:
    """Bytes, in the unit that reads best."""
    for unit in _UNITS:
        shown = round(size, 1)
        if shown < _KILO or unit == _UNITS[-1]:
            return f"{number(shown)} {unit}"
        size /= _KILO
    return ""


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "date": date,
    "datetime": moment,
    "ago": ago,
    "number": number,
    "seconds": seconds,
    "money": money,
    "filesize": filesize,
}
