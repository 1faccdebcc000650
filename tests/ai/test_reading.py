"""What services send, understood: whatever its shape, and wherever it was cut."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ai.question import Piece
from app.ai.reading import LARGEST_DOCUMENT, Reading
from tests.ai.upstream import chunk, usage

PLENTY = 400_000


def event(document: object) -> bytes:
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n".encode()


def read(*chunks: bytes, most: int = PLENTY) -> tuple[Piece, str]:
    """Everything in one piece, and the name of the failure."""
    reading = Reading(most)
    pieces = [reading.feed(data) for data in chunks if not (reading.failure or reading.is_over)]
    if not (reading.failure or reading.is_over):
        pieces.append(reading.end())
    bills = [piece for piece in pieces if piece.tokens_in is not None]
    whole = Piece(
        "".join(piece.text for piece in pieces),
        "".join(piece.reasoning for piece in pieces),
        bills[-1].tokens_in if bills else None,
        bills[-1].tokens_out if bills else None,
        next((piece.finish for piece in reversed(pieces) if piece.finish), ""),
    )
    return whole, type(reading.failure).__name__ if reading.failure else ""


def said(**delta: Any) -> tuple[Piece, str]:
    return read(event(chunk(**delta)), event(chunk("stop")))


DONE = b"data: [DONE]\n\n"
TEXTS = st.text(max_size=12)
DELTAS = st.one_of(
    st.builds(lambda text: event(chunk(content=text)), TEXTS),
    st.builds(lambda text: event(chunk(reasoning_content=text)), TEXTS),
    st.sampled_from([event(chunk("stop")), event(usage(3, 4)), b": ping\r\n\r\n", b"data: junk\n\n", DONE]),
    st.sampled_from([b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n', b'data: {"choices":\ndata: []}\n\n']),
    st.sampled_from([b'data: {"choices":[{"delta":{"content":"\xff\xe2"}}]}\n\n', event({"error": {"code": 500}})]),
)


@given(st.lists(DELTAS, max_size=12), st.lists(st.integers(0, 900)))
def test_b7_any_split_of_the_bytes_gives_the_same_answer(events: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(events)
    edges = [0, *sorted(cut for cut in cuts if cut <= len(stream)), len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges) if start < end]
    assert read(*chunks) == read(stream)


@given(TEXTS.filter(lambda text: "<" not in text))
def test_b7_every_text_arrives_as_it_was_written(text: str) -> None:
    stream = event(chunk(content="." + text)) + event(chunk("stop"))
    whole, failure = read(*(stream[place : place + 1] for place in range(len(stream))))
    assert (whole.text, failure) == ("." + text.replace("\x00", ""), "")


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_b7_no_bytes_make_it_fail_in_a_way_that_has_no_name(chunks: list[bytes]) -> None:
    assert read(*(data for data in chunks if data))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)
    | st.dictionaries(st.sampled_from(["choices", "delta", "content", "usage", "error", "type", "text", "code",
                                       "finish_reason", "reasoning", "prompt_tokens", "x_groq"]), inner)))  # fmt: skip
def test_b7_no_document_makes_it_fail_in_a_way_that_has_no_name(document: Any) -> None:
    assert read(event(document))
    assert read(event({"choices": [document], "usage": document}), event({"choices": [{"delta": document}]}))
    assert read(json.dumps({"choices": [{"message": document}]}).encode())


# Where services write what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delta", "text", "reasoning"),
    [
        ({"content": "a"}, "a", ""),
        ({"content": None, "reasoning_content": "b"}, "", "b"),
        ({"content": "", "reasoning": "b"}, "", "b"),
        ({"content": "<think>b</think>a"}, "a", "b"),
        ({"content": [{"type": "text", "text": "a"}]}, "a", ""),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "b"}]}]}, "", "b"),
        ({"refusal": "a"}, "a", ""),
        ({"content": 7, "reasoning": {"no": "text"}}, "", ""),
        ({}, "", ""),
    ],
)
def test_text_and_reasoning_are_found_wherever_they_stand(delta: dict[str, Any], text: str, reasoning: str) -> None:
    whole, failure = said(**delta)
    assert (whole.text, whole.reasoning, whole.finish, failure) == (text, reasoning, "stop", "")


@pytest.mark.parametrize(
    ("bill", "expected"),
    [
        (usage(3, 4), (3, 4)),
        ({**chunk(content="x"), "usage": {"prompt_tokens": 3, "completion_tokens": 4}}, (3, 4)),
        ({**chunk(), "x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}}, (3, 4)),
        ({**chunk(), "usage": {"prompt_tokens": True, "completion_tokens": "4"}}, (None, None)),
        ({**chunk(), "usage": {"prompt_tokens": -1, "completion_tokens": 1e3}}, (None, None)),
        ({**chunk(), "usage": None}, (None, None)),
    ],
)
def test_the_bill_is_found_or_left_open(bill: dict[str, Any], expected: tuple[int | None, int | None]) -> None:
    whole, _ = read(event(bill), event(chunk("stop")))
    assert (whole.tokens_in, whole.tokens_out) == expected


def test_many_tokens_of_one_packet_are_one_piece() -> None:
    reading = Reading(PLENTY)
    piece = reading.feed(b"".join(event(chunk(content=f"{number} ")) for number in range(50)))
    assert piece.text.split() == [str(number) for number in range(50)]


def test_b7_an_answer_that_does_not_stream_is_one_piece() -> None:
    message = {"role": "assistant", "content": "Fine.", "reasoning_content": "Hm."}
    whole = {"choices": [{"message": message, "finish_reason": "length"}], "usage": usage(3, 4)["usage"]}
    text = json.dumps(whole, indent=2).encode()
    assert read(text) == read(text[:10], text[10:]) == (Piece("Fine.", "Hm.", 3, 4, "length"), "")


def test_a_mark_of_byte_order_is_no_part_of_an_answer() -> None:
    stream = b"\xef\xbb\xbf" + event(chunk(content="Yes")) + DONE
    assert read(*(stream[place : place + 1] for place in range(len(stream)))) == (Piece("Yes"), "")
    document = b'\xef\xbb\xbf {"choices": [{"message": {"content": "Yes"}}]}'
    assert read(document) == (Piece("Yes"), "")


@pytest.mark.parametrize("code", [500, 429, "429", None, "server_error"])
def test_an_error_in_place_of_an_answer_is_a_failure(code: object) -> None:
    expected = "Busy" if code in (429, "429") else "Broken"
    assert read(event({"error": {"message": "no", "code": code}}))[1] == expected
    assert read(json.dumps({"error": {"message": "no", "code": code}}).encode())[1] == expected


def test_an_error_may_be_a_sentence() -> None:
    assert read(event({"error": "the context window is too small"}))[1] == "TooLong"


def test_what_came_before_an_error_in_the_same_packet_is_kept() -> None:
    whole, failure = read(event(chunk(content="Some of it")) + event({"error": {"code": 500}}))
    assert (whole.text, failure) == ("Some of it", "Broken")


def test_b7_a_text_that_was_held_back_is_told_when_the_line_breaks() -> None:
    assert read(event(chunk(content="<thin"))) == (Piece("<thin"), "CutOff")


# Where it ends --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [event(chunk("stop")), DONE, event(chunk("stop")) + DONE, b"data: [DONE]"])
def test_b7_an_answer_ends_with_its_reason_or_with_its_mark(end: bytes) -> None:
    whole, failure = read(event(chunk(content="All of it.")), end)
    assert (whole.text, failure) == ("All of it.", "")


def test_an_answer_without_either_was_cut_off() -> None:
    assert read(event(chunk(content="Some"))) == (Piece("Some"), "CutOff")


def test_what_follows_the_mark_is_not_read() -> None:
    assert read(DONE + event(chunk(content="more")))[0].text == ""


def test_b6_a_text_may_have_so_many_characters_and_no_more() -> None:
    stream = [event(chunk(content="12345")), event(chunk(reasoning_content="12345")), event(chunk(content="12345"))]
    assert read(*stream, event(chunk("stop")), most=15)[1] == ""
    assert read(*stream, event(chunk("stop")), most=12) == (Piece("1234512", "12345"), "Endless")


def test_b6_bytes_without_any_text_come_to_an_end_too() -> None:
    silence = b": nothing\n\n" * 10_000
    assert read(*[silence] * (2 + (LARGEST_DOCUMENT + 500) // len(silence)), most=1)[1] == "Endless"


def test_b7_events_that_mean_nothing_are_passed_over_but_not_for_ever() -> None:
    whole, failure = read(b"data: what?\n\n" * 100, event(chunk(content="Yes")), event(chunk("stop")))
    assert (whole.text, failure) == ("Yes", "")
    assert read(b"data: what?\n\n" * 101)[1] == "Garbled"


@pytest.mark.parametrize(
    "page", [b"<!doctype html>", b"\n\n  <html>", b"", b"OK", b"{", b"{}", b'{"detail": "x"}', b"[]"]
)
def test_b7_what_is_no_answer_at_all_is_garbled(page: bytes) -> None:
    assert read(*([page] if page else []))[1] == "Garbled"
