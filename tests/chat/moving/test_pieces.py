"""A file of JSON, cut into its pieces, and each piece read for itself."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.moving import pieces
from app.chat.moving.decoding import NOT_JSON, Unreadable, decoded
from app.chat.moving.pieces import CUT_OFF, TOO_DEEP, TOO_LARGE, Cutter, Piece
from tests.chat.moving.values import ANYTHING, tried

PICTURE = "data:image/png;base64," + "A" * 5000


def cut(data: bytes, size: int = 0) -> list[Piece]:
    """The pieces of this, given in parts of this size."""
    cutter = Cutter()
    parts = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    return [piece for part in parts for piece in cutter.feed(part)] + list(cutter.end())


def values(data: bytes, size: int = 0) -> list[Any]:
    return [decoded(piece) for piece in cut(data, size) if not piece.is_frame]


def problems(data: bytes, size: int = 0) -> list[str]:
    return [piece.problem for piece in cut(data, size) if piece.problem]


def why(piece: Piece) -> str:
    with pytest.raises(Unreadable) as refused:
        decoded(piece)
    return refused.value.msgid


@given(st.lists(st.dictionaries(st.text(max_size=3), ANYTHING)), st.integers(1, 20), st.sampled_from([None, 1]))
@tried(50)
def test_a_list_is_cut_into_what_it_lists_wherever_its_parts_end(
    listed: list[Any], size: int, indent: int | None
) -> None:
    for ascii_ in (True, False):
        data = json.dumps(listed, ensure_ascii=ascii_, indent=indent).encode("utf-8", "replace")
        assert repr(values(data, size)) == repr(decoded(Piece(bytearray(data))))


@pytest.mark.parametrize("key", ["conversations", "history", "chats"])
@pytest.mark.parametrize("size", [1, 7, 0])
def test_the_list_in_an_object_is_cut_too(key: str, size: int) -> None:
    data = json.dumps({"format": "x/1", key: [{"a": [{}]}, {"b": "]"}], "after": [1]}).encode()
    assert values(data, size) == [{"a": [{}]}, {"b": "]"}]
    first, _, frame = cut(data, size)
    assert first.head == b'{"format": "x/1", "%s": ' % key.encode()
    assert decoded(frame) == {"format": "x/1", key: [], "after": [1]}


def test_the_list_in_an_object_is_cut_where_all_in_it_is_small() -> None:
    assert values(b'{"conversations": [{"a": 1}, {"b": 2}]}') == [{"a": 1}, {"b": 2}]


def test_a_list_deeper_inside_is_part_of_its_value() -> None:
    value = {"a": {"conversations": [{"b": 1}]}, "history": {"messages": [{}]}, "c": "conversations"}
    assert values(json.dumps(value).encode()) == [value]


def test_values_that_follow_each_other_are_cut() -> None:
    assert values(b'{"a": 1}\n{"b": 2} {"c": 3}') == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_what_is_wrong_in_one_harms_no_other() -> None:
    first, second, third = cut(b'[{"a": 1}, {"a": 1, ,}, {"a": 3}]')
    assert (decoded(first), why(second), decoded(third)) == ({"a": 1}, NOT_JSON, {"a": 3})


@pytest.mark.parametrize(
    "data", [b'[{"a": 1}, {"b": [', b'[{"a": 1}, {"b": "tex', b'[{"a": 1}', b'{"conversations": [{"a": 1}']
)
def test_what_is_cut_off_is_told(data: bytes) -> None:
    assert problems(data, 3) == [CUT_OFF]
    assert decoded(cut(data, 3)[0]) == {"a": 1}


@pytest.mark.parametrize("size", [1, 100, 0])
def test_a_picture_in_the_json_is_not_kept(size: int) -> None:
    (piece,) = cut(json.dumps([{"url": PICTURE, "text": "data: a word"}]).encode(), size)
    if size != 1:  # where not even its beginning is seen in one part, it is kept like any text
        assert len(piece.raw) < 400
    assert decoded(piece)["text"] == "data: a word"


@pytest.mark.parametrize("tail", ["", "\\u00e9", "\\\\", '\\"', "\\n"])
def test_a_text_that_is_too_long_is_cut_between_characters(tail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LONGEST_STRING", 50)
    for size in range(1, 30):
        data = b'[{"a": "' + (tail * 20).encode() + b"x" * 100 + b'", "b": 1}]'
        (value,) = values(data, size)
        assert value["b"] == 1
        assert len(value["a"]) <= 100


@pytest.mark.parametrize("size", [3, 8, 20])
def test_an_escape_that_json_does_not_know_harms_no_other(size: int) -> None:
    first, second = cut(b'[{"a": "long enough for parts \\uZZZZ \\q and on"}, {"a": 2}]', size)
    assert (why(first), decoded(second)) == (NOT_JSON, {"a": 2})


def test_one_that_is_too_large_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LARGEST", 100)
    first, second = cut(json.dumps([{"title": "Soup", "a": ["x"] * 90}, {"a": 1}]).encode(), 10)
    assert (first.problem, why(first), decoded(second)) == (TOO_LARGE, TOO_LARGE, {"a": 1})


def test_one_with_too_many_values_is_refused() -> None:
    numbers, texts = {"a": [0] * 400_000}, {"a": ["x"] * 400_000}
    *too_many, words = cut(json.dumps([numbers, texts, {"a": "," * 1_200_000}]).encode())
    assert [why(piece) for piece in too_many] == [TOO_LARGE, TOO_LARGE]
    assert len(decoded(words)["a"]) == 1_200_000


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_b13_a_hundred_thousand_levels_are_refused(begin: bytes, end: bytes) -> None:
    first, deep = cut(b'[{"a": 1},' + begin * 100_000 + b"1" + end * 100_000 + b"]", 1000)
    assert (decoded(first), deep.problem) == ({"a": 1}, TOO_DEEP)
    assert len(deep.raw) < 100_000


def test_what_is_made_of_brackets_alone_is_given_up() -> None:
    assert problems(b"[" + b"[[[[]]]]," * 100_000, 1000)[-1] == TOO_LARGE


def test_deep_values_are_read_without_recursion() -> None:
    depth = 4000
    value: Any = decoded(cut(b'{"a": [' * depth + b'"x", -1.5e3, null, true' + b"]}" * depth)[0])
    for _ in range(depth):
        value = value["a"][0] if isinstance(value["a"][0], dict) else value["a"]
    assert value == ["x", -1500.0, None, True]


@pytest.mark.parametrize("inside", ['"', "}", "]", "x", '{"a" "b" 1}', "{1: 2}", "[1 2] ]", "[", '{"a": 1}}', "\\"])
def test_deep_nonsense_is_refused_or_read_but_never_a_failure(inside: str) -> None:
    piece = Piece(bytearray(b"[" * 300 + inside.encode() + b"]" * 300), deepest=300)
    with suppress(Unreadable):
        assert isinstance(decoded(piece), list)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": "\\ud83d"}', {"a": "\ud83d"}),
        (b'{"a": "x\xff"}', {"a": "x\ufffd"}),
        (b'{"a": "x\ny"}', {"a": "x\ny"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": 1e999}', {"a": float("inf")}),
    ],
)
def test_b13_what_others_write_against_the_rules_is_read(raw: bytes, value: object) -> None:
    assert decoded(Piece(bytearray(raw))) == value


@pytest.mark.parametrize("raw", [b'{"a": ' + b"1" * 5000 + b"}", b"{a: 1}", b'{"a": 01}', b"{"])
def test_b13_what_is_no_json_is_refused(raw: bytes) -> None:
    assert why(Piece(bytearray(raw))) == NOT_JSON
