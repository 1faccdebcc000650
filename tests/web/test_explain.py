"""What went wrong, as a person, a piece of a page and a program are told."""

import json
import logging
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import pytest
from jinja2 import TemplateError
from litestar import Litestar, get, post
from litestar.params import FromPath, FromQuery, RequestBody
from litestar.types import ASGIApp

from app.core.asker import Asker
from app.core.errors import (
    AppError,
    Conflict,
    Duplicate,
    Forbidden,
    ForeignKeyMissing,
    Misconfigured,
    NotFound,
    Rejected,
    SignInNeeded,
    TooLarge,
    TooMany,
    Unavailable,
)
from app.core.secrets import Vault
from app.core.settings import Settings, adopt
from app.web import explain, templates
from app.web.doors import Doors
from app.web.peer import Peer
from app.web.visit import Visit
from tests.web.asking import Answer, ask

SWAP = ("hx-request", "true")
PROGRAM = ("accept", "application/json")
JSON = ("content-type", "application/json")
TOKEN = ("authorization", "Bearer x")
SECRET = "column of a table"
FAILURES: dict[str, Exception] = {
    "not-found": NotFound(),
    "forbidden": Forbidden(),
    "rejected": Rejected(fields={"name": "This is needed."}),
    "reference": ForeignKeyMissing(),
    "conflict": Conflict(),
    "duplicate": Duplicate(),
    "large": TooLarge(),
    "often": TooMany(retry_after=42),
    "away": Unavailable(),
    "settings": Misconfigured(SECRET),
    "base": AppError(SECRET),
    "fault": KeyError(SECRET),
    "nobody": SignInNeeded(),
}
TOLD = {
    "not-found": (404, "NOT_FOUND"),
    "forbidden": (403, "FORBIDDEN"),
    "rejected": (400, "VALIDATION_ERROR"),
    "reference": (400, "FOREIGN_KEY_ERROR"),
    "conflict": (409, "CONFLICT"),
    "duplicate": (409, "DUPLICATE_ENTRY"),
    "large": (413, "TOO_LARGE"),
    "often": (429, "TOO_MANY_REQUESTS"),
    "away": (503, "UNAVAILABLE"),
    "settings": (500, "UNEXPECTED_ERROR"),
    "base": (500, "UNEXPECTED_ERROR"),
    "fault": (500, "UNEXPECTED_ERROR"),
}
FAULTS = ["settings", "base", "fault"]


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    scopes: list[Literal["read"]] = []
    days: Annotated[int, msgspec.Meta(ge=1)] = 1


@get("/fail/{how:str}")
async def fail(how: FromPath[str]) -> None:
    raise FAILURES[how]


@post("/fail/{how:str}")
async def fail_to_change(how: FromPath[str]) -> None:
    raise FAILURES[how]


@post("/api/wanted", sync_to_thread=False)
def wanted(data: RequestBody[Wanted]) -> None:
    """Take it."""


@get("/sized", sync_to_thread=False)
def sized(size: FromQuery[int] = 1) -> None:
    """Take it."""


@pytest.fixture(autouse=True)
def _known(settings: Settings) -> Iterator[None]:
    adopt(settings)
    yield
    adopt(settings)


@pytest.fixture
def failing(settings: Settings) -> ASGIApp:
    """An app in which whatever one likes goes wrong."""

    async def nobody(_credential: str) -> Asker | None:
        return None

    async def somebody(_credential: str) -> Asker | None:
        return Asker(settings, "Bot", "bot@example.com", "DEVELOPER")  # type: ignore[arg-type]  # the id matters to nobody here

    routes = [fail, fail_to_change, wanted, sized]
    app = Litestar(routes, exception_handlers={Exception: explain.explain}, logging_config=None, openapi_config=None)
    return Peer(Doors(app, Vault([settings.secret[0]]), nobody, somebody), ())


async def told(app: ASGIApp, path: str, *headers: tuple[str, str], body: bytes | None = None) -> Answer:
    method = "GET" if body is None else "POST"
    return await ask(app, path, method=method, headers=[("host", "localhost"), *headers], body=body or b"")


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


# Each kind ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", TOLD)
async def test_a_person_is_told_on_a_page(how: str, failing: ASGIApp) -> None:
    answer = await told(failing, f"/fail/{how}")
    page = answer.body.decode()
    assert (answer.status, answer.headers["content-type"]) == (TOLD[how][0], "text/html; charset=utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count("<h1>") == 1
    assert f'<p class="numeral" aria-hidden="true">{answer.status}</p>' in page
    assert answer.headers["vary"] == "HX-Request"


@pytest.mark.parametrize("how", TOLD)
async def test_a_piece_of_a_page_is_told_in_a_notice(how: str, failing: ASGIApp) -> None:
    answer = await told(failing, f"/fail/{how}", SWAP)
    assert answer.status == TOLD[how][0]
    assert answer.body.startswith(b'<div class="notice error" role="alert">')
    assert b"<html" not in answer.body


@pytest.mark.parametrize("how", TOLD)
@pytest.mark.parametrize("asked_by", [PROGRAM, TOKEN], ids=["by what it takes", "by its token"])
async def test_a_program_is_told_as_a_problem(how: str, asked_by: tuple[str, str], failing: ASGIApp) -> None:
    answer = await told(failing, f"/fail/{how}", asked_by)
    problem = json.loads(answer.body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status, problem["status"], problem["code"]) == (TOLD[how][0], *TOLD[how])
    assert problem["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(("how", "seconds"), [("often", "42"), ("away", "5")])
@pytest.mark.parametrize("asked_by", [("accept", "text/html"), SWAP, PROGRAM], ids=["person", "swap", "program"])
async def test_whoever_has_to_wait_is_told_how_long(
    how: str, seconds: str, asked_by: tuple[str, str], failing: ASGIApp
) -> None:
    assert (await told(failing, f"/fail/{how}", asked_by)).headers["retry-after"] == seconds


async def test_the_page_says_how_long_too(failing: ASGIApp) -> None:
    assert b"Wait 42 seconds" in (await told(failing, "/fail/often")).body


async def test_what_is_not_there_is_told_as_what_is_not_yours(failing: ASGIApp) -> None:
    for asked_by in ([], [SWAP], [PROGRAM]):
        raised, unrouted = [await told(failing, path, *asked_by) for path in ("/fail/not-found", "/nowhere")]
        number = raised.headers["x-request-id"].encode(), unrouted.headers["x-request-id"].encode()
        assert raised.status == unrouted.status == 404
        assert _plain(raised, number[0], b"/fail/not-found") == _plain(unrouted, number[1], b"/nowhere")


def _plain(answer: Answer, number: bytes, path: bytes) -> bytes:
    """The body without what differs each time."""
    body = answer.body.replace(number, b"").replace(path, b"")
    nonce = body.partition(b'nonce="')[2].partition(b'"')[0]
    proof = body.partition(b'"x-csrf-token": "')[2].partition(b'"')[0]
    return body.replace(nonce or b"?", b"").replace(proof or b"?", b"")


async def test_a_wrong_method_is_told_with_the_right_ones(failing: ASGIApp) -> None:
    for asked_by in (PROGRAM, ("accept", "text/html")):
        answer = await told(failing, "/sized", TOKEN, asked_by, body=b"")
        assert answer.status == 405
        assert "GET" in answer.headers["allow"]


# Faults ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", FAULTS)
@pytest.mark.parametrize("asked_by", [[], [SWAP], [PROGRAM]], ids=["person", "swap", "program"])
async def test_a_fault_is_logged_once_with_its_trace_and_told_by_its_number(
    how: str, asked_by: list[tuple[str, str]], failing: ASGIApp, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await told(failing, f"/fail/{how}", *asked_by)
    assert answer.status == 500
    assert answer.headers["x-request-id"].encode() in answer.body
    assert SECRET.encode() not in answer.body
    assert b"Traceback" not in answer.body
    assert len(errors(caplog)) == 1
    logged = errors(caplog)[0].exc_info
    assert logged is not None
    assert SECRET in str(logged[1])


@pytest.mark.parametrize("how", sorted(set(TOLD) - set(FAULTS)))
async def test_what_is_part_of_the_day_is_not_logged(
    how: str, failing: ASGIApp, caplog: pytest.LogCaptureFixture
) -> None:
    await told(failing, f"/fail/{how}")
    assert errors(caplog) == []


@pytest.mark.parametrize("asked_by", [[], [SWAP], [PROGRAM]], ids=["person", "swap", "program"])
async def test_an_error_page_that_cannot_be_drawn_is_told_plainly(
    asked_by: list[tuple[str, str]],
    failing: ASGIApp,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_given: Any) -> Any:
        raise TemplateError(SECRET)

    monkeypatch.setattr(templates, "render", broken)
    monkeypatch.setattr(explain, "problem", broken)
    answer = await told(failing, "/fail/not-found", *asked_by)
    assert answer.status == 500
    assert b"Something went wrong on our side" in answer.body
    assert SECRET.encode() not in answer.body
    assert len(errors(caplog)) == 1
    if SWAP not in asked_by:
        assert answer.headers["x-request-id"].encode() in answer.body


# Nobody is signed in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "way"),
    [
        ([], "/sign-in?next=/fail/nobody%3Fa%3Db%26c%3Dd%2520e"),
        ([("hx-current-url", "x")], "/sign-in?next=/fail/nobody%3Fa%3Db%26c%3Dd%2520e"),
    ],
)
async def test_a_person_is_led_to_sign_in_and_back(headers: list[tuple[str, str]], way: str, failing: ASGIApp) -> None:
    answer = await told(failing, "/fail/nobody?a=b&c=d%20e", *headers)
    assert (answer.status, answer.headers["location"]) == (303, way)


async def test_the_address_of_a_form_is_none_to_come_back_to(failing: ASGIApp, settings: Settings) -> None:
    proof = Visit(Vault([settings.secret[0]]), {"visitor": "v"}).csrf_token()
    answer = await told(failing, "/fail/nobody", ("cookie", "visitor=v"), ("x-csrf-token", proof), body=b"")
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in?next=/")


@pytest.mark.parametrize(
    ("referer", "again"),
    [
        ("http://localhost/account?a=b", "/account?a=b"),
        ("http://evil.example/account", "/"),
        ("http://localhost//evil.example", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
async def test_what_a_form_sent_is_tried_again_on_the_page_of_the_form(
    referer: str, again: str, failing: ASGIApp, settings: Settings
) -> None:
    proof = Visit(Vault([settings.secret[0]]), {"visitor": "v"}).csrf_token()
    sent = [("cookie", "visitor=v"), ("x-csrf-token", proof), ("referer", referer)]
    answer = await told(failing, "/fail/bug", *sent, body=b"")
    assert answer.status == 500
    assert f'<a class="button primary" href="{again}">' in answer.body.decode()


@pytest.mark.parametrize(
    ("shown", "back"),
    [
        ("https://house.example/account/data?a=b", "/account/data%3Fa%3Db"),
        ("https://house.example", "/"),
        ("https://house.example//evil.example", "/"),
        ("nonsense", "/"),
        ("http://[::1", "/"),
        ("", "/"),
    ],
)
async def test_a_swap_leads_back_to_the_page_that_it_is_a_piece_of(shown: str, back: str, failing: ASGIApp) -> None:
    answer = await told(failing, "/fail/nobody", SWAP, ("hx-current-url", shown))
    assert (answer.status, answer.headers["hx-redirect"]) == (200, f"/sign-in?next={back}")


async def test_a_program_is_told_to_bring_a_token(failing: ASGIApp) -> None:
    answer = await told(failing, "/fail/nobody", PROGRAM)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert json.loads(answer.body)["detail"] == "Please sign in first."


# Requests of programs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"name": ""}, {"name": "This is needed."}),
        ({"name": 5}, {"name": "This cannot be right."}),
        ({}, {"name": "This is needed."}),
        ({"name": "a", "scopes": ["all"]}, {"scopes[0]": "Choose one of the list."}),
        ({"name": "a", "days": 0}, {"days": "This is too small."}),
        ({"name": "a", "days": "x"}, {"days": "This must be a whole number."}),
        ({"name": "a", "role": "ADMIN"}, {"role": "There is no such field."}),
        ([], {"data": "This cannot be right."}),
    ],
)
async def test_a_program_is_told_which_field_is_wrong(sent: Any, expected: dict[str, str], failing: ASGIApp) -> None:
    answer = await told(failing, "/api/wanted", JSON, TOKEN, body=json.dumps(sent).encode())
    problem = json.loads(answer.body)
    assert (answer.status, problem["code"], problem["errors"]) == (400, "VALIDATION_ERROR", expected)


@pytest.mark.parametrize("body", [b"", b"{", b"name=x", b"\xff"])
async def test_what_is_no_json_is_a_problem_too(body: bytes, failing: ASGIApp) -> None:
    answer = await told(failing, "/api/wanted", JSON, TOKEN, body=body)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "VALIDATION_ERROR")


async def test_a_wrong_address_is_told_to_a_person_in_words(failing: ASGIApp) -> None:
    answer = await told(failing, "/sized?size=x")
    assert answer.status == 400
    assert b"This must be a whole number." in answer.body
