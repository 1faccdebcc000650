"""A form as a browser sends it: what becomes of each kind of field, and what is said beside it."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest

from app.core.errors import Rejected
from app.web import forms
from app.web.forms import NEEDED, Filled, Form, Line, OptionalLine, filled, worded

ID = UUID("01990000-0000-7000-8000-000000000001")
NO_NUMBER = "This must be a whole number."
NOT_LISTED = "Choose one of the list."
NO_DAY = "Write a day like 2026-11-20."


class Everything(Form):
    name: Line
    nick: OptionalLine = ""
    agree: bool = True
    times: Annotated[int, msgspec.Meta(ge=1, le=9)] = 3
    theme: Literal["light", "dark"] = "light"
    chosen: Annotated[list[str], msgspec.Meta(max_length=2)] = msgspec.field(default_factory=lambda: ["usual"])
    id: UUID | None = None
    day: date | None = None
    size: int | None = None


def filled_in(**fields: str | list[str]) -> Filled[Everything]:
    sent = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return filled({"name": ["Ada"], **sent}, Everything)


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        ("nick", " Countess ", "Countess"),
        ("nick", "two  words\nand a line", "two  words\nand a line"),
        ("agree", "on", True),
        ("agree", "no", False),
        ("times", " 7 ", 7),
        ("theme", "dark", "dark"),
        ("chosen", ["a ", "b"], ["a", "b"]),
        ("id", str(ID), ID),
        ("id", "", None),
        ("day", "2026-11-20", date(2026, 11, 20)),
        ("day", " ", None),
        ("size", "", None),
        ("size", "12", 12),
        ("nick", ["first", "last"], "last"),
    ],
)
def test_each_kind_of_field_becomes_what_it_means(name: str, sent: str | list[str], value: object) -> None:
    form = filled_in(**{name: sent})
    assert form.errors == {}
    assert getattr(form.fields(), name) == value


@pytest.mark.parametrize(
    ("name", "sent", "sentence"),
    [
        ("name", "", NEEDED),
        ("name", " \t", NEEDED),
        ("name", "x" * 201, "This is too long."),
        ("nick", "x" * 201, "This is too long."),
        ("times", "many", NO_NUMBER),
        ("times", "1.5", NO_NUMBER),
        ("times", "", NEEDED),
        ("times", "0", "This is too small."),
        ("times", "10", "This is too large."),
        ("times", "9" * 5000, "This is too large."),
        ("theme", "neon", NOT_LISTED),
        ("theme", "", NEEDED),
        ("chosen", ["a", "b", "c"], "This is too long."),
        ("id", "x", "This cannot be right."),
        ("day", "tomorrow", NO_DAY),
        ("day", "2026-02-30", NO_DAY),
        ("size", "x", NO_NUMBER),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(name: str, sent: str | list[str], sentence: str) -> None:
    form = filled_in(**{name: sent})
    assert form.errors == {name: sentence}
    assert form.value is None


def test_every_field_that_is_wrong_is_told_at_once() -> None:
    form = filled_in(name="", times="x", theme="neon", day="soon")
    assert form.errors == {"name": NEEDED, "times": NO_NUMBER, "theme": NOT_LISTED, "day": NO_DAY}


def test_what_was_typed_is_kept_as_it_was_typed() -> None:
    form = filled_in(name=" ", nick="  Countess ", times="x")
    assert form.typed == {"name": " ", "nick": "  Countess ", "times": "x"}


def test_the_proof_of_a_form_is_nothing_that_was_typed() -> None:
    assert "_csrf" not in filled_in(_csrf="proof").typed


def test_a_box_that_is_not_ticked_says_no_whatever_is_usual() -> None:
    assert filled_in().fields().agree is False


def test_boxes_of_which_none_is_ticked_say_none() -> None:
    assert filled_in().fields().chosen == []


def test_what_is_not_sent_is_as_usual() -> None:
    form = filled_in().fields()
    assert (form.nick, form.times, form.theme, form.id) == ("", 3, "light", None)


def test_a_field_that_is_missing_is_needed() -> None:
    assert filled({}, Everything).errors == {"name": NEEDED}


def test_a25_fields_that_the_form_does_not_name_change_nothing() -> None:
    form = filled_in(role="ADMIN", __class__="x", problems="x").fields()
    assert not hasattr(form, "role")
    assert msgspec.structs.asdict(form).keys() == {each.name for each in msgspec.structs.fields(Everything)}


class Pair(Form):
    one: OptionalLine = ""
    other: OptionalLine = ""

    def problems(self) -> dict[str, str]:
        return {"other": "These must be the same."} if self.one != self.other else {}


def test_what_types_cannot_say_is_told_beside_the_field_too() -> None:
    assert filled({"one": ["a"], "other": ["b"]}, Pair).errors == {"other": "These must be the same."}
    assert filled({"one": ["a"], "other": ["a"]}, Pair).errors == {}


def test_what_only_the_service_noticed_joins_the_rest() -> None:
    form = filled_in(nick="taken").but(nick="Somebody has this name.")
    assert (form.errors, form.value) == ({"nick": "Somebody has this name."}, None)
    assert form.typed["nick"] == "taken"


def test_whoever_asks_for_the_value_of_a_wrong_form_is_told_what_is_wrong() -> None:
    with pytest.raises(Rejected) as refused:
        filled_in(times="x").fields()
    assert refused.value.fields == {"times": NO_NUMBER}


class Wanted(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1)] = "x"
    word: Annotated[str, msgspec.Meta(min_length=10, pattern="^a")] = "a" * 10
    many: Annotated[list[Literal["a"]], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: ["a"])
    count: Annotated[int, msgspec.Meta(ge=10)] = 10
    needed: int


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"name": ""}, NEEDED),
        ({"name": None}, NEEDED),
        ({"many": []}, NEEDED),
        ({"word": "a"}, "This is too short."),
        ({"word": "b" * 10}, "This does not have the right form."),
        ({"many": ["b"]}, NOT_LISTED),
        ({"count": 9}, "This is too small."),
        ({"count": "x"}, NO_NUMBER),
        ({"count": []}, NO_NUMBER),
        ({"name": 5}, "This cannot be right."),
        ({"other": 5}, "There is no such field."),
    ],
)
def test_what_the_library_says_is_put_into_our_words(sent: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert({"needed": 1, **sent}, Wanted)
    assert worded(str(wrong.value)) == sentence


def test_a_field_that_a_program_left_out_is_needed() -> None:
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert({}, Wanted)
    assert forms.worded(str(wrong.value)) == NEEDED
