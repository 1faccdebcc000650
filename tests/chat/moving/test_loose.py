"""Values of somebody else's JSON, as they are taken."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from app.chat.moving import loose
from app.chat.moving.markdown import fenced, linked
from tests.chat.moving.values import ANYTHING, tried


@given(ANYTHING)
@tried(200)
def test_nothing_is_too_strange(value: object) -> None:
    for take in (loose.text_of, loose.title_of, loose.name_of, loose.id_of, loose.moment_of, loose.number_of):
        taken = take(value)
        if isinstance(taken, str):
            assert b"\x00" not in taken.encode()


@pytest.mark.parametrize(
    ("given_", "title"),
    [
        ("  Soup\n of\tthe day ", "Soup of the day"),
        ("S\u202eou\x07p\x00", "Soup"),
        ("👩\u200d🍳", "👩\u200d🍳"),
        ("x" * 300, "x" * 200),
        (None, ""),
        ("\ud83d", ""),
    ],
)
def test_a_title_is_one_short_line_that_shows_what_is_in_it(given_: object, title: str) -> None:
    assert loose.title_of(given_) == title


def test_a_text_has_its_bounds_and_says_so() -> None:
    text = loose.text_of("x" * 2_000_000)
    assert len(text) == loose.LONGEST_TEXT == 1_000_000
    assert text.endswith("x\n\n[…]")
    assert loose.text_of(text) == text


def test_b13_nul_and_half_characters_are_removed_and_all_else_stays() -> None:
    assert loose.text_of("a\x00b\ud83dc\uffff\u202e\r\n😀") == "abc\uffff\u202e\r\n😀"


@pytest.mark.parametrize(
    "value",
    [
        1_700_000_000,
        1_700_000_000.0,
        1_700_000_000_000,
        1_700_000_000_000_000,
        1_700_000_000_000_000_000,
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20.000+00:00",
        "2023-11-14T23:13:20+01:00",
        "2023-11-14 22:13:20",
    ],
)
def test_a_moment_is_understood_however_it_is_written(value: object) -> None:
    assert loose.moment_of(value) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [None, True, 0, -5, float("nan"), float("inf"), 10**400, "", "soon", "0001-01-01T00:00+23:00", []]
)
def test_what_is_no_moment_is_none(value: object) -> None:
    assert loose.moment_of(value) is None


def test_an_id_fits_into_an_index() -> None:
    long = "x" * 5000
    assert loose.id_of(long) == loose.id_of(long) != loose.id_of(long + "y")
    assert len(loose.id_of(long)) < loose.LONGEST_ID
    assert [loose.id_of(value) for value in (17, True, 10**400)] == ["17", "", ""]


def test_a_language_that_is_none_does_not_leave_the_fence() -> None:
    assert fenced("x", "py\n```evil") == "```\nx\n```"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//x", "", "https://x/" + "y" * 3000])
def test_only_pages_are_linked(address: str) -> None:
    assert linked("A [b]", address) == r"A \[b\]"


def test_a_link_cannot_be_left() -> None:
    assert linked("x", "https://x/) [y](https://z <b> \n") == "[x](https://x/%29%20[y]%28https://z%20%3Cb%3E%20%0A)"
