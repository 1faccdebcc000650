"""What services send that they should not: passed over, or refused in words; and what is legal but rare, understood."""

import gzip
import json
from typing import Final

import psutil
import pytest

from tests.ai.asking import QUICK, heard
from tests.ai.upstream import Script, body, chunk, scripted

MEGABYTE: Final = 1 << 20


def said(text: str, end: str = "\n") -> bytes:
    return f"data: {json.dumps(chunk(content=text), ensure_ascii=False)}{end}{end}".encode()


def bytewise(data: bytes) -> Script:
    return body(*(data[place : place + 1] for place in range(len(data))))


def odd_choices() -> list[bytes]:
    return [b'data: {"choices": %b}\n\n' % odd for odd in (b"[]", b"null", b"[7]", b'"x"', b"{}")]


def odd_deltas() -> list[bytes]:
    return [b'data: {"choices": [{"delta": %b}]}\n\n' % odd for odd in (b"null", b"7", b"[]", b'"x"')]


END: Final = b"data: " + json.dumps(chunk("stop")).encode() + b"\n\ndata: [DONE]\n\n"
WHOLE: Final = json.dumps({"choices": [{"message": {"content": "Wörld"}, "finish_reason": "stop"}]}, indent=1).encode()
BOMB: Final = gzip.compress(b"\x00" * 100 * MEGABYTE)
CASES: Final[dict[str, tuple[Script, str, str]]] = {  # what is sent, what is heard of it, what it is called
    "events that are no JSON": (body(b"data: what?\n\ndata: [1, 2\n\n", said("Wörld"), END), "Wörld", ""),
    "nothing but such events": (body(b"data: what?\n\ndata: {\n\n"), "", "Garbled"),
    "characters cut between packets": (bytewise(said("ö🌍") + END), "ö🌍", ""),
    "bytes that are no UTF-8": (body(said("a?b").replace(b"?", b"\xff\xe2"), END), "a\ufffd\ufffdb", ""),
    "line ends CRLF": (body(said("one", "\r\n") + said("two", "\r\n"), END), "onetwo", ""),
    "line ends CR": (body(said("one", "\r") + said("two", "\r"), END), "onetwo", ""),
    "a CRLF cut between packets": (bytewise(said("one", "\r\n") + said("two", "\r\n") + END), "onetwo", ""),
    "comments and other fields": (body(b": hi\n\nevent: x\nid: 1\nretry: 5\n", said("one"), END), "one", ""),
    "a line of ten megabytes": (body(said("one"), *[b"x" * MEGABYTE] * 10), "one", "Garbled"),
    "an event of ten megabytes": (body(said("one"), *[b"data: " + b"x" * 99_999 + b"\n"] * 100), "one", "Garbled"),
    "no mark at the end": (body(said("one"), END.partition(b"data: [")[0]), "one", ""),
    "no end at all": (body(said("one")), "one", "CutOff"),
    "another kind of content": (body(said("one"), END, kind="text/plain"), "one", ""),
    "no kind of content that exists": (body(said("one"), END, kind="application/json; charset=utf-99"), "one", ""),
    "choices that are empty, null or odd": (body(*odd_choices(), said("one"), END), "one", ""),
    "a delta that is null or odd": (body(*odd_deltas(), said("one"), END), "one", ""),
    "NUL in a text": (body(said("o\x00ne"), END), "one", ""),
    "half a character": (body(b'data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n', END), "a\ufffd", ""),
    "both halves of a character": (
        body(b'data: {"choices":[{"delta":{"content":"\\ud83c\\udf0d"}}]}\n\n', END),
        "🌍",
        "",
    ),
    "a page for people": (body(b"<!doctype html><html>", b"x" * 1000, kind="text/html"), "", "Garbled"),
    "a page that calls itself a stream": (body(b"\n<html>"), "", "Garbled"),
    "an answer that does not stream": (body(WHOLE, kind="application/json"), "Wörld", ""),
    "a document of something else": (body(b'{"hello": "world"}', kind="application/json"), "", "Garbled"),
    "a document without end": (body(*[b'{"x": "' + b"x" * MEGABYTE] * 9), "", "Garbled"),
    "a packed bomb": (body(BOMB, content_encoding="gzip"), "", "Garbled"),
    "a bomb in a packing that nobody knows": (body(BOMB, content_encoding="gzip, br, zip"), "", "Garbled"),
    "deep nests": (body(b"data: " + b"[" * 200_000 + b"\n\n", said("one"), END), "one", ""),
    "a number without end": (body(b'data: {"choices": ' + b"9" * 100_000 + b"}\n\n", said("one"), END), "one", ""),
}


async def test_b7_no_garbage_is_a_failure_without_a_name_and_no_word_is_lost() -> None:
    process, wrong = psutil.Process(), {}
    before = process.memory_info().rss
    for name, (script, text, kind) in CASES.items():
        async with scripted(script) as service:
            answer = await heard(service.endpoint)
        if (answer.text, answer.kind) != (text, kind):
            wrong[name] = answer
    grown = (process.memory_info().rss - before) // MEGABYTE
    print(f"B7: {len(wrong)} of {len(CASES)} kinds of garbage did harm, {grown} MB more memory")
    assert wrong == {}
    assert grown < 50


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01", b"HTTP/1.1 200 OK\r\n" + b"x" * 99_999]
)
async def test_b7_what_is_no_http_is_garbled(head: bytes) -> None:
    async with scripted(lambda call: call.raw(head)) as service:
        assert (await heard(service.endpoint, patience=QUICK)).kind in ("Garbled", "CutOff")
