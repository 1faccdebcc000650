"""The server against clients that are slow, rude or many."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from app.web import listening
from app.web.protocol import Limits
from tests.web import wire

HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half"
SHORT = Limits(headers_s=1, body_s=1, idle_s=1, linger_s=0.5)
deadlines = pytest.mark.parametrize(
    "limits", [SHORT, pytest.param(Limits(), marks=pytest.mark.long)], ids=["a second", "in earnest"]
)


async def _while_busy(port: int, closing: Awaitable[list[bytes]]) -> tuple[list[bytes], list[float]]:
    """What `closing` gives, and how long good requests take, one after another, until it is through."""
    task = asyncio.ensure_future(closing)
    times = []
    while not task.done():
        begun = time.perf_counter()
        assert wire.status(await wire.get(port)) == 200
        times.append(time.perf_counter() - begun)
        await asyncio.sleep(0.01)
    return await task, sorted(times)


def _tell(record: Callable[[str, object], None], what: str, closed: int, begun: float, times: list[float]) -> None:
    took, worst = time.perf_counter() - begun, times[int(len(times) * 0.99)] * 1000
    figure = f"{what}: {closed} closed after {took:.1f} s; {len(times)} good requests meanwhile, p99 {worst:.1f} ms"
    sys.stdout.write(figure + "\n")
    record(what, {"closed": closed, "seconds": round(took, 2), "p99_ms": round(worst, 1)})


@deadlines
async def test_b20_two_hundred_half_sent_headers_are_closed(
    limits: Limits, record_property: Callable[[str, object], None]
) -> None:
    async with wire.running(limits=limits) as port:
        begun = time.perf_counter()
        pairs = [await wire.connect(port, HALF) for _ in range(200)]
        words, times = await _while_busy(port, wire.until_closed(pairs))
    assert [wire.status(each) for each in words] == [408] * 200
    _tell(record_property, "B20 half headers", len(words), begun, times)


@deadlines
async def test_b20_two_hundred_bodies_that_trickle_are_closed(
    limits: Limits, record_property: Callable[[str, object], None]
) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    async with wire.running(limits=limits) as port:
        begun = time.perf_counter()
        pairs = [await wire.connect(port, head) for _ in range(200)]
        trickle = asyncio.create_task(_trickle(pairs))
        words, times = await _while_busy(port, wire.until_closed(pairs))
        trickle.cancel()
    assert {wire.status(each) for each in words if each} == {408}
    assert len(words) == 200
    _tell(record_property, "B20 slow bodies", len(words), begun, times)


async def _trickle(pairs: list[wire.Pair]) -> None:
    while True:
        for _, writer in pairs:
            with contextlib.suppress(ConnectionError, RuntimeError):
                writer.write(b"x")
        await asyncio.sleep(0.2)


@deadlines
async def test_b20_a_thousand_idle_connections_are_closed(
    limits: Limits, record_property: Callable[[str, object], None]
) -> None:
    listening.allow_many_files()
    async with wire.running(limits=limits) as port:
        begun = time.perf_counter()
        pairs = [await wire.connect(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(1000)]
        words, times = await _while_busy(port, wire.until_closed(pairs))
    assert all(each.endswith(b"hello") for each in words)
    _tell(record_property, "B20 idle", len(words), begun, times)


async def test_b20_a_silent_connection_is_closed_without_a_word() -> None:
    async with wire.running(limits=SHORT) as port:
        assert await wire.until_closed([await wire.connect(port)]) == [b""]


async def test_b20_blank_lines_are_no_way_to_stay() -> None:
    async with wire.running(limits=SHORT) as port:
        pair = await wire.connect(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        blank = asyncio.create_task(_blank(pair[1]))
        words = await wire.until_closed([pair])
        blank.cancel()
    assert words[0].endswith(b"hello")


async def _blank(writer: asyncio.StreamWriter) -> None:
    while True:
        await asyncio.sleep(0.2)
        writer.write(b"\r\n")


async def test_b20_a_body_that_moves_may_take_its_time() -> None:
    body = b"x" * 4000
    async with wire.running(limits=replace(SHORT, body_rate=1000)) as port:
        reader, writer = await wire.connect(
            port, b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4000\r\n\r\n"
        )
        for start in range(0, 4000, 500):
            writer.write(body[start : start + 500])
            await asyncio.sleep(0.2)
        assert (await reader.read()).endswith(body)
        writer.close()


async def test_a_client_that_takes_nothing_is_dropped() -> None:
    gone = asyncio.Event()

    async def flood(scope: dict[str, str], _receive: object, send: Callable[[object], Awaitable[None]]) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        gone.set()

    async with wire.running(flood, Limits(stalled_s=0.5)) as port:
        reader, writer = await wire.connect(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.read(10)
        assert await asyncio.wait_for(gone.wait(), 10)  # sends to a client that has gone go nowhere, at once
        writer.close()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: a\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Endless: " + b"a" * 300_000, 431),
        (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
        (b"GET /\x80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET http://elsewhere/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Nul: a\x00b\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
    ids=lambda value: value[:24].decode("latin-1").strip() if isinstance(value, bytes) else str(value),
)
async def test_b12_what_is_no_request_of_ours_is_refused(request_: bytes, expected: int) -> None:
    async with wire.running(limits=SHORT) as port:
        words = await wire.ask(port, request_)
        assert wire.status(words) == expected
        assert b"x-content-type-options: nosniff" in words
        assert wire.status(await wire.get(port)) == 200


async def test_a29_no_answer_names_the_server() -> None:
    async with wire.running(limits=SHORT) as port:
        words = [await wire.get(port), await wire.ask(port, b"nonsense\r\n\r\n")]
    assert not any(b"\r\nserver:" in each.lower() or b"uvicorn" in each.lower() for each in words)


async def test_an_upgrade_is_answered_as_a_plain_request() -> None:
    async with wire.running(limits=SHORT) as port:
        words = await wire.ask(
            port, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nwhatever"
        )
    assert words.endswith(b"hello")


async def test_pipelined_requests_are_answered_in_order() -> None:
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
    async with wire.running(limits=SHORT) as port:
        words = await wire.ask(port, post + b"\r\none" + post + b"\r\ntwo" + post + b"Connection: close\r\n\r\nend")
    assert [words.index(each) for each in (b"\r\none", b"\r\ntwo", b"\r\nend")] == sorted(
        words.index(each) for each in (b"\r\none", b"\r\ntwo", b"\r\nend")
    )


async def test_an_early_answer_can_be_read_while_the_body_is_still_being_sent() -> None:
    async with wire.running(limits=SHORT) as port:
        reader, writer = await wire.connect(
            port, b"POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n"
        )
        with contextlib.suppress(ConnectionError):
            for _ in range(20):
                writer.write(b"x" * 100_000)
                await writer.drain()
        assert (await reader.read()).endswith(b"early")
        writer.close()


async def test_b20_when_it_is_full_those_who_have_not_asked_give_way() -> None:
    async with wire.running(limits=Limits(headers_s=600, connections=50)) as port:
        pairs = [await wire.connect(port, HALF) for _ in range(200)]
        answers = [wire.status(await wire.get(port)) for _ in range(20)]
        closed = await asyncio.wait_for(wire.until_closed(pairs[:150]), 10)
        wire.close_all(pairs)
    assert answers == [200] * 20
    assert len(closed) == 150


async def test_b20_when_all_are_being_answered_a_newcomer_is_asked_to_wait() -> None:
    async with wire.running(limits=Limits(connections=5)) as port:
        streams = [await wire.connect(port, b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(5)]
        for reader, _ in streams:
            await reader.readuntil(b"begun")
        refused = await wire.get(port)
        wire.close_all(streams)
    assert wire.status(refused) == 503
    assert b"retry-after:" in refused
