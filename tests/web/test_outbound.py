"""What leaves this machine, and where it may go."""

import asyncio
import gzip
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import run

import pytest

from app.core.lazy import load
from app.web import outbound
from app.web.outbound import Guard, NotAllowed, Unreachable
from tests.certificate import self_signed, served_with
from tests.forbidden import FORBIDDEN_FORMS, FORBIDDEN_HOSTS


class Listener:
    """A server on both loopback addresses that counts who comes in and says what it is told to."""

    def __init__(self) -> None:
        self.port, self.connections = 0, 0
        self.says = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        self.heard = b""
        self.ends = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.heard = await reader.read(4096)
        writer.write(self.says)
        if self.ends:
            writer.close()
        else:
            await reader.read()
            writer.close()


@asynccontextmanager
async def listening(hosts: tuple[str, ...] = ("127.0.0.1",)) -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, hosts[0], 0)
    listener.port = server.sockets[0].getsockname()[1]
    others = [await asyncio.start_server(listener.serve, host, listener.port) for host in hosts[1:]]
    try:
        yield listener
    finally:
        for each in (server, *others):
            each.close()
            await each.wait_closed()


async def test_a9_no_form_of_an_address_reaches_this_machine() -> None:
    urls = [f"http://{host}:%d/" for host in FORBIDDEN_HOSTS] + FORBIDDEN_FORMS
    reached = []
    async with listening(("127.0.0.1", "::1")) as listener:
        for url in urls:
            before = listener.connections
            with pytest.raises((NotAllowed, Unreachable)):
                await outbound.send("GET", url % listener.port)
            reached += [url] if listener.connections > before else []
    print(f"A9: {len(urls)} forms of an address, connections at the listener: {len(reached)}")
    assert len(urls) >= 60
    assert reached == []


async def test_a9_the_host_and_port_that_the_operator_named_is_reached() -> None:
    async with listening() as listener:
        guard = Guard(frozenset({f"127.0.0.1:{listener.port}"}))
        assert await outbound.fetch(f"http://127.0.0.1:{listener.port}/", guard=guard) == {}


async def test_a9_another_port_of_a_named_host_is_refused() -> None:
    async with listening() as listener:
        guard = Guard(frozenset({"127.0.0.1:1"}))
        with pytest.raises(NotAllowed):
            await outbound.fetch(f"http://127.0.0.1:{listener.port}/", guard=guard)
    assert listener.connections == 0


async def test_a9_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    async def both(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    async with listening() as listener:
        with pytest.raises(NotAllowed):
            await outbound.fetch(f"http://two.example:{listener.port}/", guard=Guard(resolve=both))
    assert listener.connections == 0


async def test_a9_a_name_that_changes_its_answer_is_asked_once_and_the_judged_address_is_connected() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    connected: list[str] = []

    async def rebinding(_host: str, _port: int) -> list[str]:
        return next(answers)

    def far_away(request: object) -> object:
        connected.append(str(request.url))  # type: ignore[attr-defined] # httpx2's Request, which is loaded at first use
        return load("httpx2").Response(200, json={})

    inner = load("httpx2").MockTransport(far_away)
    await outbound.fetch("http://rebinding.example/", guard=Guard(resolve=rebinding, inner=inner))
    assert connected == ["http://93.184.216.34/"]
    assert next(answers) == ["127.0.0.1"]


async def test_when_the_first_address_of_a_name_does_not_answer_the_next_one_is_tried() -> None:
    async def two(_host: str, _port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    async with listening() as listener:
        name = f"intranet.example:{listener.port}"
        assert await outbound.fetch(f"http://{name}/", guard=Guard(frozenset({name}), resolve=two)) == {}


async def test_a_name_without_an_address_is_unreachable() -> None:
    async def none(_host: str, _port: int) -> list[str]:
        return []

    with pytest.raises(Unreachable):
        await outbound.fetch("http://nowhere.example/", guard=Guard(resolve=none))


async def test_a9_the_name_is_still_what_the_other_side_is_asked_for() -> None:
    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with listening() as listener:
        name = f"intranet.example:{listener.port}"
        await outbound.fetch(f"http://{name}/", guard=Guard(frozenset({name}), resolve=here))
    assert f"Host: {name}\r\n".encode() in listener.heard


async def test_a9_a_redirect_to_the_metadata_service_is_not_followed() -> None:
    async with listening() as listener:
        listener.says = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
        url = f"http://127.0.0.1:{listener.port}/"
        guard = Guard(frozenset({f"127.0.0.1:{listener.port}"}))
        assert (await outbound.send("GET", url, guard=guard)).status == 302
        with pytest.raises(Unreachable):
            await outbound.fetch(url, guard=guard)


async def test_an_answer_that_never_ends_is_cut_off() -> None:
    async with listening() as listener:
        listener.says = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + b" " * 1_000_001
        guard = Guard(frozenset({f"127.0.0.1:{listener.port}"}))
        with pytest.raises(Unreachable, match="more than can be accepted"):
            await outbound.fetch(f"http://127.0.0.1:{listener.port}/", guard=guard)


async def test_a_packed_answer_is_not_unpacked() -> None:
    async with listening() as listener:
        body = gzip.compress(b"{}")
        head = (
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
        )
        listener.says = head % len(body) + body
        guard = Guard(frozenset({f"127.0.0.1:{listener.port}"}))
        with pytest.raises(Unreachable):
            await outbound.fetch(f"http://127.0.0.1:{listener.port}/", guard=guard)


async def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "ANSWER_WITHIN", 0.1)
    async with listening() as listener:
        listener.says, listener.ends = b"", False
        guard = Guard(frozenset({f"127.0.0.1:{listener.port}"}))
        with pytest.raises(Unreachable):
            await outbound.fetch(f"http://127.0.0.1:{listener.port}/", guard=guard)


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"[" * 200_000, b""])
async def test_an_answer_that_is_no_json_is_unintelligible(body: bytes) -> None:
    answer = outbound.Answer(200, {"content-type": "application/json"}, body)
    with pytest.raises(Unreachable):
        answer.document()


async def test_an_answer_that_does_not_call_itself_json_is_unintelligible() -> None:
    with pytest.raises(Unreachable):
        outbound.Answer(200, {"content-type": "text/html"}, b"{}").document()


async def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    context = served_with(self_signed(tmp_path))
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(Unreachable):
            await outbound.fetch(f"https://127.0.0.1:{port}/", guard=Guard(frozenset({f"127.0.0.1:{port}"})))
    assert listener.heard == b""


async def test_a9_a_name_in_front_of_the_host_is_refused_by_the_guard_itself() -> None:
    with pytest.raises(NotAllowed):
        await Guard().judged(load("httpx2").URL("http://user:pass@example.com/"))


def test_the_heavy_client_is_not_loaded_at_start() -> None:
    code = "import sys, app.web.outbound; sys.exit(any(m in sys.modules for m in ('httpx2', 'authlib', 'httpx')))"
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_a9_only_one_module_of_each_floor_speaks_http_outward() -> None:
    words = "httpx|urllib.request|http.client|aiohttp|urllib3|requests"
    app = Path(outbound.__file__).parent.parent
    taken = re.compile(rf"""^\s*(from|import) ({words})\b|load(_aside)?\("({words}|authlib)""", re.MULTILINE)
    speaking = {str(file.relative_to(app)) for file in app.rglob("*.py") if taken.search(file.read_text())}
    assert speaking == {"ai/session.py", "web/outbound.py"}
