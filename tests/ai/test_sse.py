"""Server-sent events: what is read, and that nothing depends on how the network cut it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ai.failures import Garbled
from app.ai.sse import LONGEST_LINE, Events

LINES = st.sampled_from(
    [b"data: one", b"data:two", b"data:  three", b"data", b"data:", b": comment", b"event: x", b"id: 7", b"", b"",
     "data: wörld 🌍".encode(), b"data: \xff\xfe", b"junk", b"\xef\xbb\xbfdata: four", b"retry: 1"]
)  # fmt: skip
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
STREAMS = st.lists(st.tuples(LINES, ENDS), max_size=25).map(lambda lines: b"".join(map(b"".join, lines)))


def read(*chunks: bytes) -> list[bytes]:
    events = Events()
    return [event for chunk in chunks for event in events.feed(chunk)] + events.end()


@given(STREAMS, st.lists(st.integers(0, 400)))
def test_b7_any_split_of_the_bytes_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut <= len(stream)), len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges)]
    assert read(*chunks) == read(stream)


@given(STREAMS)
def test_b7_byte_by_byte_is_the_same_too(stream: bytes) -> None:
    assert read(*(stream[place : place + 1] for place in range(len(stream)))) == read(stream)


@given(st.lists(st.binary(min_size=1).filter(lambda text: not set(text) & set(b"\r\n")), max_size=10), ENDS)
def test_what_is_written_as_events_is_read_as_written(texts: list[bytes], end: bytes) -> None:
    assert read(b"".join(b"data: " + text + end + end for text in texts)) == texts


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_b7_every_kind_of_line_end_is_one(end: bytes) -> None:
    assert read(end.join([b"data: one", b"data: two", b"", b"data: three", b"", b""])) == [b"one\ntwo", b"three"]


def test_b7_comments_names_and_ids_are_passed_over() -> None:
    assert read(b": here\n\nevent: message\nid: 1\ndata: one\nretry: 9\n\n") == [b"one"]


def test_only_the_first_space_belongs_to_the_field() -> None:
    assert read(b"data:  one \n\ndata:two\n\n") == [b" one ", b"two"]


def test_b7_an_event_without_its_last_empty_line_is_read_at_the_end() -> None:
    assert read(b"data: one\n\ndata: two") == [b"one", b"two"]


def test_a_mark_of_byte_order_is_no_part_of_the_first_line() -> None:
    assert read(b"\xef", b"\xbb\xbfdata: one\n\n") == [b"one"]


@pytest.mark.parametrize("size", [1 << 10, 1 << 16])
def test_b7_a_line_without_end_is_not_kept(size: int) -> None:
    events = Events()
    with pytest.raises(Garbled):
        for _ in range(10_000_000 // size):
            events.feed(b"x" * size)


def test_b7_an_event_without_end_is_not_kept() -> None:
    events = Events()
    with pytest.raises(Garbled):
        for _ in range(11_000):
            events.feed(b"data: %b\n" % (b"x" * 100))


def test_the_longest_line_is_read() -> None:
    text = b"x" * (LONGEST_LINE - 100)
    assert read(b"data: " + text[:500_000], text[500_000:] + b"\n\n") == [text]
