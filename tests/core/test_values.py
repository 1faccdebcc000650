import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from app.core import log
from app.core.asker import Asker
from app.core.events import publish, subscribe
from app.core.ids import new_id, parse_id
from app.core.language import direction, negotiated
from app.core.paging import Cursor, Page, page_size
from app.core.text import initials, is_clean, is_mail_address, slug


def test_ids_are_version_7_and_sort_in_the_order_in_which_they_were_made() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert ids == sorted(ids)
    assert {made.version for made in ids} == {7}


def test_ids_of_many_threads_never_meet() -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: new_id(), range(20_000)))
    assert len(set(ids)) == len(ids)


def test_what_is_no_id_is_none() -> None:
    assert parse_id("not-an-id") is None
    made = new_id()
    assert parse_id(str(made)) == made


def test_a_cursor_survives_an_address() -> None:
    cursor = Cursor(datetime(2026, 11, 20, 1, 2, 3, 4, UTC), new_id())
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", [None, "", "!!", "YWJj", "AAAA\x00"])
def test_a_broken_cursor_is_the_first_page(text: str | None) -> None:
    assert Cursor.parse(text) is None


def test_a_page_knows_whether_there_is_more() -> None:
    rows = [(datetime(2026, 1, day, tzinfo=UTC), new_id()) for day in range(1, 5)]
    page = Page.of(rows, 3, lambda row: Cursor(*row))
    assert list(page.rows) == rows[:3]
    assert page.next == Cursor(*rows[2])
    assert Page.of(rows, 4, lambda row: Cursor(*row)).next is None


@pytest.mark.parametrize(("asked", "given"), [(None, 30), (0, 30), (-5, 1), (7, 7), (1000, 100)])
def test_nobody_gets_more_than_a_hundred_rows(asked: int | None, given: int) -> None:
    assert page_size(asked) == given


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada Lovelace", "AL"), ("ada", "A"), ("", "?"), ("a b c", "AC"), ("jean-luc", "JL")]
)
def test_initials_stand_for_a_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_slug_is_plain() -> None:
    assert slug("Über  Größe & Co.") == "uber-groe-co"


def test_text_that_postgresql_refuses_is_not_clean() -> None:
    assert is_clean("naïve 🙂")
    assert not is_clean("a\x00")
    assert not is_clean("\ud83d")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a@b.co", True),
        ("a.b+c@d-e.example", True),
        ("a@b", False),
        ("a b@c.de", False),
        ("@c.de", False),
        ("a@b..c", False),
        ("a.@b.de", False),
        (".a@b.de", False),
        ("a..b@c.de", False),
        ("a\n@b.de", False),
    ],
)
def test_a_mail_address_has_the_form_of_one(text: str, *, holds: bool) -> None:
    assert is_mail_address(text) is holds


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,en;q=0.5,de;q=0.7", "de"), ("de;q=0", "en"), ("de;q=x", "en")],
)
def test_the_best_of_our_languages_is_found(header: str, language: str) -> None:
    assert negotiated(header) == language


def test_hebrew_runs_from_the_right() -> None:
    assert (direction("he"), direction("de")) == ("rtl", "ltr")


async def test_a_fact_reaches_every_listener_in_order() -> None:
    heard: list[str] = []

    class Happened: ...

    async def first(_fact: Happened) -> None:
        heard.append("first")

    async def second(_fact: Happened) -> None:
        heard.append("second")

    for listener in (first, second, first):
        subscribe(Happened, listener)
    await publish(Happened())
    assert heard == ["first", "second"]


@pytest.mark.parametrize(
    "line",
    [
        "password=hunter2",
        "Authorization: Bearer hunter2",
        "postgresql://alice:hunter2@db/x",
        "postgresql://alice:hun@ter2/x@db/x hunter2"[:39],
        '{"token": "hunter2"}',
        "GET /cb?code=hunter2&state=hunter2",
        "Cookie: session=hunter2",
    ],
)
def test_a24_secrets_do_not_reach_the_log(line: str) -> None:
    assert "hunter2" not in log.redacted(line)


def test_a24_nobody_can_forge_a_line_of_the_log() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "a\nfake \x1b[31m\r\u2028line", (), None)
    record.request_id = "r1"
    assert "\n" in logging.Formatter().format(record)  # the plain one lets it through
    line = log.Line().format(record)
    assert not {"\n", "\r", "\x1b", "\u2028"} & set(line)


def test_an_asker_has_initials_and_perhaps_power() -> None:
    asker = Asker(new_id(), "Ada Lovelace", "ada@example.com", "ADMIN")
    assert (asker.initials, asker.is_admin) == ("AL", True)
