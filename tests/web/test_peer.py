"""Who is believed about who is asking."""

from typing import Any

import pytest

from app.core import log
from app.core.errors import Misconfigured
from app.web.interface import Scope
from app.web.peer import Peer
from tests.web import wire
from tests.web.asking import Answer, ask

OURS = ("10.0.0.0/8", "2001:db8::/32", "192.0.2.1")


async def _seen(trusted: tuple[str, ...], *headers: tuple[str, str], client: str = "192.0.2.1") -> tuple[Scope, Answer]:
    seen: Scope = {}

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        seen.update(scope, logged=log.request_id.get())
        await wire.answer(send, b"")

    answer = await ask(Peer(app, trusted), "/", headers=headers, client=(client, 1))
    return seen, answer


@pytest.mark.parametrize(
    ("client", "forwarded", "expected"),
    [
        ("198.51.100.9", "203.0.113.5", "198.51.100.9"),  # a stranger may say what he likes
        ("192.0.2.1", "203.0.113.5", "203.0.113.5"),
        ("192.0.2.1", "1.2.3.4, 203.0.113.5, 10.1.2.3", "203.0.113.5"),  # 1.2.3.4 was the client's own invention
        ("192.0.2.1", "10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("192.0.2.1", "203.0.113.5:4711", "203.0.113.5"),
        ("192.0.2.1", "[2a00::5]:4711", "2a00::5"),
        ("192.0.2.1", "2a00::5", "2a00::5"),
        ("::ffff:192.0.2.1", "::ffff:203.0.113.5", "203.0.113.5"),
        ("192.0.2.1", "unknown, 10.1.2.3", "10.1.2.3"),
        ("192.0.2.1", "'; drop table, \xff", "192.0.2.1"),
        ("192.0.2.1", "", "192.0.2.1"),
    ],
)
async def test_a21_the_client_is_the_first_that_no_proxy_of_ours_is(client: str, forwarded: str, expected: str) -> None:
    scope, _ = await _seen(OURS, ("x-forwarded-for", forwarded), client=client)
    assert scope["client"][0] == expected


async def test_a21_without_trusted_proxies_nothing_that_is_forwarded_counts() -> None:
    told = [("x-forwarded-for", "203.0.113.5"), ("x-forwarded-proto", "https"), ("x-real-ip", "203.0.113.5")]
    scope, _ = await _seen((), *told, ("x-forwarded-host", "evil.example"), ("forwarded", "for=203.0.113.5"))
    assert (scope["client"][0], scope["scheme"], scope["headers"]) == ("192.0.2.1", "http", [])


async def test_several_headers_are_read_as_one() -> None:
    scope, _ = await _seen(OURS, ("x-forwarded-for", "203.0.113.5"), ("x-forwarded-for", "10.1.2.3"))
    assert scope["client"][0] == "203.0.113.5"


@pytest.mark.parametrize(
    ("said", "expected"), [("https", "https"), ("HTTPS", "https"), ("gopher", "http"), ("", "http")]
)
async def test_a_trusted_proxy_knows_the_scheme(said: str, expected: str) -> None:
    scope, _ = await _seen(OURS, ("x-forwarded-proto", said))
    assert scope["scheme"] == expected


async def test_every_request_has_an_id_that_the_log_and_the_answer_share() -> None:
    scope, answer = await _seen(())
    again, _ = await _seen(())
    assert scope["state"]["request_id"] == scope["logged"] == answer.headers["x-request-id"]
    assert again["logged"] != scope["logged"]


@pytest.mark.parametrize(
    ("trusted", "given", "is_kept"),
    [
        (OURS, "from-the-proxy-1", True),
        ((), "from-a-stranger", False),
        (OURS, "forged\tline", False),
        (OURS, "x", False),
    ],
)
async def test_only_a_trusted_proxy_gives_a_request_its_id(
    trusted: tuple[str, ...], given: str, *, is_kept: bool
) -> None:
    scope, _ = await _seen(trusted, ("x-request-id", given))
    assert (scope["logged"] == given) is is_kept


def test_a_network_that_is_none_is_named_at_start() -> None:
    with pytest.raises(Misconfigured, match=r"has 10\.0\.0\.0/99, which is no network"):
        Peer(wire.tiny, ["10.0.0.0/99"])
