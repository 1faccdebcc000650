"""How it is said that something is refused: to a person, to a program, to a piece of a page."""

import json
from typing import Any

import html5lib

from app.web.edge import Edge
from app.web.interface import Application
from tests.web import wire
from tests.web.asking import Answer, ask

HOST = ("host", "localhost:8080")
JSON = ("content-type", "application/json")


async def _never(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError


EDGE: Application = Edge(_never, ["localhost"])


async def _get(path: str, *headers: tuple[str, str]) -> Answer:
    return await ask(EDGE, path, headers=[HOST, *headers])


async def test_a_person_is_told_on_a_page() -> None:
    answer = await _get("/?q=%", ("accept", "text/html"), ("accept-language", "en"))
    html5lib.HTMLParser(strict=True).parse(answer.body.decode())
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"This address cannot be read" in answer.body
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    assert b"style=" not in answer.body
    assert b"<script" not in answer.body


async def test_a_program_is_told_as_a_problem() -> None:
    for path, headers in (("/api/me?q=%", []), ("/?q=%", [("accept", "application/json")]), ("/?q=%", [JSON])):
        answer = await _get(path, *headers)
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.loads(answer.body)["status"] == 400


async def test_a_swap_is_told_in_a_notice() -> None:
    answer = await _get("/?q=%", ("hx-request", "true"))
    assert answer.body.startswith(b'<div class="notice error" role="alert">')


async def test_what_was_asked_is_never_repeated() -> None:
    answer = await _get("/<script>?q=%<script>", ("host", "<script>"))
    assert b"<script>" not in answer.body


async def test_somebody_else_may_find_the_words() -> None:
    said = []

    async def refuse(_scope: Any, send: Any, status: int, sentence: str) -> None:
        said.append((status, sentence))
        await wire.answer(send, b"", status)

    await ask(Edge(_never, ["localhost"], refused=refuse), "/?q=%", headers=[HOST])
    assert said == [(400, "This address cannot be read. Perhaps part of it was lost on the way.")]
