"""Answers that are no page."""

from typing import Any

import pytest
from litestar import Request

from app.core.errors import NotFound, Rejected
from app.core.language import language
from app.web.answers import LONGEST_PATH, elsewhere, problem, same_origin, wants_json
from tests.web import asking


@pytest.mark.parametrize(
    "path", ["/", "/account", "/help/settings?q=a%20b&x=/", "/s?mail=a@b.example", "/ünï€", "/a//b", "/s?q=a%0Ab%5C"]
)
def test_a15_a_path_of_ours_is_followed(path: str) -> None:
    assert same_origin(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/a\\..\\evil",
        "/%5cevil.example",
        "/%5C%5Cevil.example",
        "/%2fevil.example",
        "/%2F/evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/%0d%0aSet-Cookie:x=1",
        "/\r\nSet-Cookie: x=1",
        "/\n/evil.example",
        "/\x00",
        "/\u2028x",
        "/\u200f//evil",
        "https:evil.example",
        "https://evil.example",
        "HTTPS://evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "@evil.example",
        "evil.example",
        "?next=/",
        "#x",
        "//[",
        "http://[::1",
        "/" + "a" * LONGEST_PATH,
    ],
)
def test_a15_whatever_leads_elsewhere_leads_home(path: str | None) -> None:
    assert same_origin(path) == "/"


async def _answered(path: str, *headers: tuple[str, str]) -> asking.Answer:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        await elsewhere(request, path).to_asgi_response(None, request)(scope, receive, send)

    return await asking.ask(app, "/", headers=headers)


async def test_a_browser_is_sent_elsewhere_with_nothing_but_an_address() -> None:
    answer = await _answered("/account")
    assert (answer.status, answer.headers["location"], answer.body) == (303, "/account", b"")
    assert answer.headers["content-length"] == "0"
    assert "json" not in answer.headers.get("content-type", "")


async def test_a_swap_is_sent_elsewhere_in_its_own_way() -> None:
    answer = await _answered("/account", ("hx-request", "true"))
    assert (answer.status, answer.headers["hx-redirect"], answer.body) == (200, "/account", b"")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/ünï€?q=ä", "/%C3%BCn%C3%AF%E2%82%AC?q=%C3%A4"),
        ("/a%20b?x=1&y=%2F#z", "/a%20b?x=1&y=%2F#z"),
        ("/a b", "/a%20b"),
        ("https://id.example:1/authorize?a=b&c=d%20e", "https://id.example:1/authorize?a=b&c=d%20e"),
    ],
)
async def test_an_address_goes_out_in_letters_that_a_header_may_have(path: str, location: str) -> None:
    assert (await _answered(path)).headers["location"] == location


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/api/me", "", True),
        ("/api/me", "text/html", True),
        ("/account", "application/json", True),
        ("/account", "text/html,application/json;q=0.9", False),
        ("/account", "", False),
        ("/apiary", "", False),
    ],
)
def test_a_program_is_known_by_where_it_asks_or_what_it_takes(path: str, accept: str, *, expected: bool) -> None:
    assert wants_json({"path": path, "headers": [(b"accept", accept.encode())]}) is expected


def test_a_problem_is_told_in_the_language_of_the_request() -> None:
    before = language.set("de")
    _, told = problem(Rejected(fields={"name": "This is needed.", "age": "This is too small."}))
    language.reset(before)
    assert told["errors"] == {"name": "Das wird gebraucht.", "age": "Das ist zu klein."}
    assert told["detail"] == "Das wird gebraucht. Das ist zu klein."


def test_a_problem_without_fields_names_none() -> None:
    assert "errors" not in problem(Rejected())[1]
    assert problem(NotFound())[1]["status"] == 404


def test_what_is_typed_into_a_sentence_is_no_placeholder() -> None:
    assert problem(NotFound("There is no %(name)s.", name="100%s"))[1]["detail"] == "There is no 100%s."
