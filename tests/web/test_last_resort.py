"""What fails in the outermost layers, where there is no page and nobody to draw one."""

import json
import logging
from typing import Any

import pytest
from litestar.types import ASGIApp

from app.web.last_resort import LastResort
from app.web.measured import Measured, Requests
from tests.web import wire
from tests.web.asking import Answer, ask

BROKEN = ("content-length", "many")  # our server lets no such header in; without it the edge stumbles
ASKED_BY = {"person": (), "swap": (("hx-request", "true"),), "program": (("accept", "application/json"),)}
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


async def told(app: ASGIApp, *headers: tuple[str, str], **more: Any) -> Answer:
    return await ask(app, "/account", headers=[("host", "localhost"), *headers], **more)


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("asked_by", ASKED_BY)
async def test_whoever_asks_is_told_under_a_number_and_the_log_once(
    asked_by: str, app: ASGIApp, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await told(app, BROKEN, *ASKED_BY[asked_by])
    assert answer.status == 500
    assert answer.headers["x-request-id"].encode() in answer.body
    assert b"ValueError" not in answer.body
    assert [record.message for record in errors(caplog)] == ["Unexpected ValueError"]
    assert errors(caplog)[0].exc_info is not None


@pytest.mark.parametrize("asked_by", ASKED_BY)
async def test_the_answer_has_the_headers_of_any_other(asked_by: str, app: ASGIApp) -> None:
    headers = (await told(app, BROKEN, *ASKED_BY[asked_by])).headers
    assert headers.items() >= ALWAYS.items()
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "script-src" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


async def test_a_person_gets_a_page_in_their_language(app: ASGIApp) -> None:
    page = (await told(app, BROKEN, ("accept-language", "de"))).body.decode()
    assert page.startswith('<!doctype html><html lang="de"')
    assert page.count("<h1>") == 1


async def test_a_program_gets_a_problem(app: ASGIApp) -> None:
    answer = await told(app, BROKEN, ("accept", "application/json"))
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["request_id"] == answer.headers["x-request-id"]


async def test_where_not_even_that_can_be_told_there_is_a_line(app: ASGIApp, caplog: pytest.LogCaptureFixture) -> None:
    answer = await told(app, decoded=None)  # no address, on which a page and a problem part
    assert (answer.status, answer.headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert answer.headers.items() >= ALWAYS.items()
    assert answer.headers["x-request-id"].encode() in answer.body
    assert errors(caplog)[-1].message == "It could not even be told"


async def test_the_server_sends_it_and_goes_on() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/fails":
            raise KeyError("column of a table")
        await wire.tiny(scope, receive, send)

    async with wire.running(LastResort(fails)) as port:
        answer = await wire.get(port, "/fails")
        assert (await wire.get(port)).endswith(b"hello")
    assert wire.status(answer) == 500
    assert b"<!doctype html>" in answer
    assert b"column of a table" not in answer
    assert b"content-security-policy: default-src 'none'; style-src 'self'; " in answer


async def test_half_an_answer_is_cut_off_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def breaks_off(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"begun", "more_body": True})
            raise KeyError("column of a table")

    async with wire.running(LastResort(breaks_off)) as port:
        answer = await wire.get(port)
    assert wire.status(answer) == 200
    assert not answer.endswith(b"0\r\n\r\n")
    assert len(errors(caplog)) == 1


async def test_it_is_counted_as_a_failure_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(_scope: Any, _receive: Any, _send: Any) -> None:
        raise KeyError

    counted = Requests()
    await told(LastResort(Measured(fails, counted)))
    assert counted.by_status == {("none", "GET", 500): 1}
