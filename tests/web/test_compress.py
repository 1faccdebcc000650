"""Pages travel packed, streams do not."""

from typing import Any

import brotli
import pytest

from app.web.compress import Compress
from app.web.head import Head
from app.web.interface import Application
from tests.web import wire
from tests.web.asking import Answer, ask

PAGE = b"<p>The quick brown fox jumps over the lazy dog.</p>" * 40


def _giving(*pieces: bytes, status: int = 200, **headers: str) -> Application:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        given = {"content_type": "text/html; charset=utf-8", **headers}
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        for index, piece in enumerate(pieces, 1):
            await send({"type": "http.response.body", "body": piece, "more_body": index < len(pieces)})

    return Compress(app)


async def _get(app: Application, accept: str = "br", method: str = "GET") -> Answer:
    return await ask(app, "/", method=method, headers=[("accept-encoding", accept)])


async def test_a_page_travels_packed() -> None:
    answer = await _get(_giving(PAGE, content_length=str(len(PAGE)), etag='"tag"'))
    assert brotli.decompress(answer.body) == PAGE
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] == 'W/"tag"'


@pytest.mark.parametrize(
    "app",
    [
        _giving(PAGE, b""),
        _giving(PAGE, content_encoding="gzip"),
        _giving(PAGE, content_type="text/event-stream"),
        _giving(PAGE, content_type="image/png"),
        _giving(PAGE[:100]),
        _giving(b"", status=304),
    ],
    ids=["a stream", "packed already", "events", "a picture", "short", "nothing"],
)
async def test_what_gains_nothing_stays_as_it_is(app: Application) -> None:
    assert (await _get(app)).headers.get("content-encoding") in (None, "gzip")
    assert (await _get(app)).body in (PAGE, PAGE[:100], b"")


async def test_each_piece_of_a_stream_goes_out_at_once() -> None:
    answer = await _get(_giving(b"one", b"two", b"three", content_type="text/event-stream"))
    assert (answer.body, answer.pieces) == (b"onetwothree", 3)


async def test_a_page_that_could_have_been_packed_says_so_to_caches() -> None:
    answer = await _get(_giving(PAGE), accept="identity")
    assert (answer.body, answer.headers["vary"]) == (PAGE, "Accept-Encoding")


async def test_head_is_told_what_get_would_be() -> None:
    head, whole = [await _get(Head(_giving(PAGE)), method=method) for method in ("HEAD", "GET")]
    assert (head.headers, head.body) == (whole.headers, b"")


async def test_the_head_of_a_stream_does_not_wait_for_its_end() -> None:
    async with wire.running(Head(wire.tiny)) as port:
        words = await wire.ask(port, b"HEAD /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert words.endswith(b"\r\n\r\n")
    assert wire.status(words) == 200
