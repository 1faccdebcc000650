"""What is turned away at the edge, and that everything legal passes as it came."""

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import parse_qs, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import TooLarge
from app.core.settings import Settings
from app.web import body
from app.web.edge import Edge, Room, hosts
from app.web.refusal import Refused
from tests.web import wire
from tests.web.asking import Answer, ask

FORM = ("content-type", "application/x-www-form-urlencoded")
JSON = ("content-type", "application/json")
HOST = ("host", "localhost:8080")
MIB = 1024 * 1024


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        return
    whole, more = b"", True
    while more:
        message = await receive()
        whole, more = whole + message["body"], message["more_body"]
    await wire.answer(send, whole)


def _app(allowed: tuple[str, ...] = ()) -> Edge:
    return Edge(_echo, hosts(Settings(public_url="https://chat.example", allowed_hosts=allowed)))


async def _get(path: str, *headers: tuple[str, str], **more: Any) -> Answer:
    return await ask(_app(), path, headers=[HOST, *headers], **more)


async def _post(data: bytes, *headers: tuple[str, str], path: str = "/form", **more: Any) -> Answer:
    length = ("content-length", str(len(data)))
    return await ask(_app(), path, method="POST", headers=[HOST, length, *headers], body=data, **more)


# Host -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:8080", "LOCALHOST", "localhost.", "127.0.0.1:80", "[::1]:80", "chat.example",
        "chat.example:443", "desk.localhost", "192.0.2.7", "one.of.example.org", "printer",
    ],
)  # fmt: skip
async def test_our_own_names_are_answered(host: str) -> None:
    app = _app(("*.example.org", "printer"))
    assert (await ask(app, "/", headers=[("host", host)], server=("192.0.2.7", 80))).status == 200


@pytest.mark.parametrize(
    "hosts_",
    [
        [], [""], ["localhost", "localhost"], ["evil.example"], ["evil.example:8080"], ["chat.example.evil.example"],
        ["evilchat.example"], ["chat.example@evil.example"], ["chat.example, evil.example"], ["chat.example/evil"],
        ["localhost:99999999"], ["local host"], ["[::1"], ["192.0.2.8"], ["xample.org"], ["\xe4.example"],
    ],
)  # fmt: skip
async def test_foreign_missing_and_double_host_names_are_refused(hosts_: list[str]) -> None:
    app = _app(("*.example.org",))
    answer = await ask(app, "/", headers=[("host", each) for each in hosts_], server=("192.0.2.7", 80))
    assert answer.status == 400


async def test_a_forwarded_host_is_no_host() -> None:
    headers = [("host", "evil.example"), ("x-forwarded-host", "localhost")]
    assert (await ask(_app(), "/", headers=headers)).status == 400


# Address --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK"])
async def test_a29_methods_that_only_help_attackers_are_refused(method: str) -> None:
    answer = await _get("/", method=method)
    assert (answer.status, "allow" in answer.headers) == (405, True)


@pytest.mark.parametrize(
    "path",
    [
        "/%",
        "/%2",
        "/%zz",
        "/a%00b",
        "/%ff",
        "/%c3%28",
        "/%ed%a0%80",
        "/%0d%0aX:",
        "/?q=%",
        "/?q=%zz",
        "/?q=%00",
        "/?q=%ff",
    ],
)
async def test_b13_addresses_that_are_no_text_are_refused(path: str) -> None:
    assert (await _get(path)).status == 400


@pytest.mark.parametrize(
    "path", ["/%C3%A4", "/?q=%C3%A4+%26%3D&r=%0A", "/%F0%9F%98%80", "/?q=%EF%BF%BF%E2%80%AE", "/?="]
)
async def test_b13_addresses_in_any_language_pass(path: str) -> None:
    assert (await _get(path)).status == 200


async def test_b12_a_query_of_seventy_kilobytes_is_refused() -> None:
    assert (await _get("/?q=" + "a" * 70_000)).status == 414


# Body -----------------------------------------------------------------------------------------------------------------


async def test_b12_eleven_megabytes_are_refused_before_they_are_sent() -> None:
    app = _app()
    answer = await ask(app, "/", method="POST", headers=[HOST, ("content-length", str(11 * MIB))])
    assert answer.status == 413


async def test_b12_chunks_are_counted_on_the_wire() -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with wire.running(_app()) as port:
        reader, writer = await wire.connect(port, head)
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(20):
            writer.write(chunk)
        words = await reader.read()
        writer.close()
    assert wire.status(words) == 413


async def test_b12_a_client_that_waits_for_leave_does_not_get_it_for_too_much() -> None:
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {11 * MIB}\r\n\r\n"
    async with wire.running(_app()) as port:
        words = await wire.ask(port, head.encode())
    assert wire.status(words) == 413


async def test_b12_a_megabyte_passes_as_it_came() -> None:
    data = "ä".encode() * (MIB // 2)
    assert (await _post(data, ("content-type", "text/plain"))).body == data


async def test_b12_two_hundred_thousand_fields_are_refused_at_no_cost() -> None:
    data = b"a=1&" * 200_000
    begun = time.process_time()
    answer = await _post(data, FORM)
    assert answer.status == 413
    sys.stdout.write(f"B12: 200,000 fields refused after {(time.process_time() - begun) * 1000:.1f} ms of CPU\n")


async def test_a_thousand_fields_pass() -> None:
    data = b"&".join(b"a=1" for _ in range(1000))
    assert (await _post(data, FORM)).body == data


async def test_b12_bodies_that_are_being_read_are_counted_together() -> None:
    app = Edge(_echo, ["localhost"], most_held=150_000)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
    async with wire.running(app) as port:
        reader, writer = await wire.connect(port, head + b"x" * 99_999)
        await asyncio.sleep(0.1)
        assert wire.status(await wire.ask(port, head + b"x" * 100_000)) == 503
        writer.write(b"x")
        assert wire.status(await reader.read()) == 200
        writer.close()
        assert wire.status(await wire.ask(port, head + b"x" * 100_000)) == 200


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"a=\xff", FORM),
        (b"a=%ff", FORM),
        (b"a=%00", FORM),
        (b"a=\x00", FORM),
        (b"a=%ed%a0%bd", FORM),
        (b"a=%\r%ff\n", FORM),
        (b"a=%C3%28b", FORM),
        (b'{"a": "\xff"}', JSON),
        (b'{"a": "\x00"}', JSON),
        (rb'{"a": "\u0000"}', JSON),
        (rb'{"a\u0000": 1}', JSON),
        (rb'{"a": "\\\u0000"}', JSON),
        (rb'{"a": "\ud83d"}', JSON),
        (rb'{"a": "\uDC00"}', JSON),
        (rb'{"a": "\ud83d\u0041"}', JSON),
        (b'{"a": "\xed\xa0\xbd"}', JSON),
        (b"[" * 100_000, JSON),
        (b'{"a":' * 100_000, JSON),
        (b"[" * 65 + b"]" * 65, JSON),
        (b"[" * 100_000, FORM),
        (b"[" * 100_000, ("content-type", "text/plain")),
        (b"[" * 100_000, ("content-type", "multipart/form-data; boundary=x")),
        (b' \n[{"a":' + b"[" * 100_000, ("accept", "*/*")),
        (rb'{"a": "\u0000"}', ("content-type", "application/csp-report; charset=utf-8")),
        (b"\xff\xfe", ("content-type", "text/plain")),
        (b"\xff\xfe", ("accept", "*/*")),
    ],
)
async def test_b13_bodies_that_are_no_text_are_refused(data: bytes, kind: tuple[str, str]) -> None:
    assert (await _post(data, kind)).status == 400


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", FORM),
        (b"a=100%&b=%zz", FORM),  # not how a browser writes it, but harmless
        (b"a=%C3%A4%0D%0A&b=%5Cu0000&c=%26%3D%2B", FORM),
        (rb'{"a": "\\u0000 \\ud83d"}', JSON),
        (rb'{"a": "\ud83d\ude00"}', JSON),
        (rb'{"a": "' + b"[" * 1000 + rb'\""}', JSON),
        (b"[" * 64 + b"]" * 64, JSON),
        (b"[" + b"[]," * 1000 + b"[]]", JSON),
        (b"\x89PNG\x00\xff", ("content-type", "image/png")),
        (b"--x\r\n\x00\xff", ("content-type", "multipart/form-data; boundary=x")),
        (b"[note] to myself", ("content-type", "text/plain")),
    ],
)
async def test_b13_legal_bodies_pass_as_they_came(data: bytes, kind: tuple[str, str]) -> None:
    answer = await _post(data, kind)
    assert (answer.status, answer.body) == (200, data or b"")


LEGAL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(LEGAL)
def test_b13_every_legal_text_passes_as_json_and_as_a_form(text: str) -> None:
    for ascii_only in (True, False):
        assert _passes(b"application/json", json.dumps({"text": text}, ensure_ascii=ascii_only).encode())
    assert _passes(b"application/x-www-form-urlencoded", b"text=" + quote_plus(text).encode())


def _passes(kind: bytes, data: bytes) -> bool:
    try:
        body.check(kind, data)
    except Refused:
        return False
    return True


@given(LEGAL, LEGAL, st.sampled_from(["\x00", "\ud83d", "\udc00", "\udfff"]))
def test_b13_no_text_with_a_character_that_cannot_be_stored_passes_as_json(before: str, after: str, bad: str) -> None:
    assert not _passes(b"application/json", json.dumps({"text": before + bad + after}).encode())


@given(st.binary(max_size=200))
def test_b13_no_form_passes_that_is_no_text(data: bytes) -> None:
    try:
        data.decode()
        legal = b"\x00" not in data
    except UnicodeDecodeError:
        legal = False
    assert _passes(b"application/x-www-form-urlencoded", b"text=" + quote_plus(data).encode()) is legal


PIECES = ["a", "b", "=", "&", "+", "%", "%C3%A4", "%e2%82%ac", "%0D%0a", "%00", "%ff", "%3d", "\n", "\r", ";", "ä"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_a_form_is_read_as_everybody_reads_it(form: str) -> None:
    try:
        expected = (
            None if body.has_broken_escape(form.encode()) else parse_qs(form, keep_blank_values=True, errors="strict")
        )
    except UnicodeDecodeError:
        expected = None
    assert _fields(form) == expected


def _fields(form: str) -> dict[str, list[str]] | None:
    try:
        return body.fields(form.encode())
    except ValueError:
        return None


@given(
    st.recursive(
        st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=200
    )
)
def test_depth_is_counted_as_a_parser_counts_it(value: object) -> None:
    text = json.dumps([value] * 5).encode()
    assert body.is_deep(text, most=4) == (_depth([value]) > 4)


def _depth(value: object) -> int:
    inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


async def test_a_body_that_was_looked_at_can_still_be_followed_by_a_disconnect() -> None:
    heard = []

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])
        await wire.answer(send, b"")

    edge_ = Edge(app, ["localhost"])
    await ask(edge_, "/", method="POST", headers=[HOST, ("content-length", "1")], body=b"x")
    assert heard == ["http.request", "http.disconnect"]


async def test_a_client_that_goes_while_it_sends_never_reaches_the_app() -> None:
    asked = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        asked.append(scope)

    async with wire.running(_without_lifespan(Edge(app, ["localhost"]))) as port:
        _, writer = await wire.connect(port, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
        await asyncio.sleep(0.1)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.1)
    assert asked == []


def _without_lifespan(app: Edge) -> Any:
    async def run(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)

    return run


# Larger bodies --------------------------------------------------------------------------------------------------------


UPLOADS = Edge(_echo, ["localhost"], [Room("/upload", 3 * MIB)])
FILES = ("content-type", "multipart/form-data; boundary=x")


async def test_an_address_with_room_takes_more() -> None:
    data = b"\x00\xff" * MIB
    length = ("content-length", str(len(data)))
    assert (await ask(UPLOADS, "/upload/here", method="POST", headers=[HOST, FILES, length], body=data)).body == data


async def test_an_address_with_room_counts_what_is_not_said_before() -> None:
    chunked = ("transfer-encoding", "chunked")
    with pytest.raises(TooLarge):
        await ask(UPLOADS, "/upload", method="POST", headers=[HOST, FILES, chunked], body=b"x" * 4 * MIB)


async def test_an_address_with_room_refuses_what_says_to_be_more() -> None:
    length = ("content-length", str(4 * MIB))
    assert (await ask(UPLOADS, "/upload", method="POST", headers=[HOST, length])).status == 413


@pytest.mark.parametrize("path", ["/form", "/uploads", "/uploadhere"])
async def test_other_addresses_have_no_more_room_for_that(path: str) -> None:
    length = ("content-length", str(2 * MIB))
    assert (await ask(UPLOADS, path, method="POST", headers=[HOST, FILES, length])).status == 413


async def test_what_brings_no_files_has_no_more_room_there_either() -> None:
    length = ("content-length", str(2 * MIB))
    assert (await ask(UPLOADS, "/upload", method="POST", headers=[HOST, length])).status == 413
