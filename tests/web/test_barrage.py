"""How others fare while everything large arrives at once."""

import asyncio
import sys
import time

from tests.web import wire
from tests.web.process import served

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MIB = 1024 * 1024


def _request(kind: str, data: bytes, path: str = "/") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Type: {kind}"]
    return "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode() + data


BARRAGE = {
    "fields": (_request(FORM, b"a=1&" * 200_000), 413),
    "eleven megabytes": (_request(JSON, b"x" * 11 * MIB), 413),
    "a megabyte": (_request("text/plain", b"x" * MIB), 200),
    "deep": (_request(JSON, b'{"a":' * 200_000), 400),
    "wide": (_request(JSON, b"[" + b"[]," * 300_000 + b"[]]"), 200),
    "escapes": (_request(FORM, b"a=" + b"%C3%A4a" * 140_000), 200),
    "query": (_request(FORM, b"", "/?q=" + "a" * 15_000), 200),
    "long query": (_request(FORM, b"", "/?q=" + "a" * 70_000), 414),
}


async def test_b12_others_are_served_while_all_that_arrives() -> None:
    times: list[float] = []
    with served("edge", "0") as server:
        port = server.port
        good = asyncio.create_task(_good_requests(port, times))
        for _ in range(15):
            answers = await asyncio.gather(*(wire.ask(port, data) for data, _ in BARRAGE.values()))
            assert [wire.status(each) for each in answers] == [expected for _, expected in BARRAGE.values()]
        good.cancel()
    worst = sorted(times)[int(len(times) * 0.99)] * 1000
    sys.stdout.write(f"B12: {len(times)} good requests during the barrage, p99 {worst:.0f} ms\n")


async def _good_requests(port: int, times: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        assert wire.status(await wire.get(port)) == 200
        times.append(time.perf_counter() - begun)
        await asyncio.sleep(0.01)
