"""How others fare while everything large arrives at once."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.starting import Started, starting
from tests.web import wire

ROOT = Path(__file__).parents[2]
ROUNDS = 50
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MIB = 1024 * 1024


def _request(kind: str, data: bytes, path: str = "/preferences") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Type: {kind}"]
    return "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode() + data


# What passes the edge is no form of ours, which the doors say.
BARRAGE = {
    "fields": (_request(FORM, b"a=1&" * 200_000), 413),
    "eleven megabytes": (_request(JSON, b"x" * 11 * MIB), 413),
    "a megabyte": (_request("text/plain", b"x" * MIB), 403),
    "deep": (_request(JSON, b'{"a":' * 200_000), 400),
    "wide": (_request(JSON, b"[" + b"[]," * 300_000 + b"[]]"), 403),
    "escapes": (_request(FORM, b"a=" + b"%C3%A4a" * 140_000), 403),
    "query": (_request(FORM, b"", "/preferences?q=" + "a" * 15_000), 403),
    "long query": (_request(FORM, b"", "/preferences?q=" + "a" * 70_000), 414),
}


async def test_b12_others_are_served_while_all_that_arrives() -> None:
    with starting() as server:
        with neighbour(server) as alone:
            await asyncio.sleep(2)
        with neighbour(server) as crowded:
            answers = [await _barrage(server.house.port) for _ in range(ROUNDS)]
    assert answers == [[expected for _, expected in BARRAGE.values()]] * ROUNDS
    assert alone
    assert crowded
    print(f"B12: {len(crowded)} pages of somebody else during the barrage, {_told(crowded)}; before it {_told(alone)}")


async def _barrage(port: int) -> list[int]:
    return [wire.status(each) for each in await asyncio.gather(*(wire.ask(port, data) for data, _ in BARRAGE.values()))]


@contextmanager
def neighbour(server: Started) -> Iterator[list[float]]:
    """Somebody signed in who reads in a process of their own; afterwards, how long each page took."""
    command = [sys.executable, "-m", "tests.web.neighbour", str(server.house.port), "/preferences", server.house.cookie]
    times: list[float] = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield times
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        times += json.loads(said)


def _told(times: list[float]) -> str:
    return f"p50 {times[len(times) // 2] * 1000:.0f} ms, p99 {times[int(len(times) * 0.99)] * 1000:.0f} ms"
