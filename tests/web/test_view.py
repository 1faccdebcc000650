"""Views: drawn whole or by the piece, strict about what they do not know."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from jinja2 import DictLoader, Environment, UndefinedError
from litestar import Request

from app.core.secrets import Vault
from app.core.settings import Settings, adopt
from app.web import templates, view
from app.web.interface import Application
from app.web.view import Drawn, View
from app.web.visit import Visit
from tests.web.asking import Answer, ask

TEMPLATES = {
    "page.html": "<h1>{{ title }}</h1>{% block list %}<ul>{{ title }} {{ shell.path }}</ul>{% endblock %}",
    "wrong.html": "{{ titel }}{% block list %}{{ titel }}{% endblock %}",
}


@dataclass(frozen=True, slots=True)
class Page(View):
    template: ClassVar = "page.html"
    title: str


@dataclass(frozen=True, slots=True)
class Wrong(View):
    template: ClassVar = "wrong.html"
    title: str


@pytest.fixture(autouse=True)
def _drawn(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of the app, with templates of the test."""
    adopt(settings)
    ours: Environment = templates.environment().overlay(loader=DictLoader(TEMPLATES))
    monkeypatch.setattr(templates, "environment", lambda: ours)
    yield
    adopt(settings)


def _serving(drawn: Drawn, **more: Any) -> Application:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        Visit(Vault(["x" * 32]), {}).attach(scope)
        request: Request[Any, Any, Any] = Request(scope)
        await drawn.to_asgi_response(None, request, **more)(scope, receive, send)

    return app


async def _answer(drawn: Drawn, **more: Any) -> Answer:
    return await ask(_serving(drawn, **more), "/here")


async def test_a_page_is_drawn_with_its_shell() -> None:
    answer = await _answer(Page("A & B").page())
    assert (answer.status, answer.body) == (200, b"<h1>A &amp; B</h1><ul>A &amp; B /here</ul>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.body))


async def test_a_region_is_drawn_alone() -> None:
    assert (await _answer(Page("A").region("list"))).body == b"<ul>A /here</ul>"


async def test_a_page_and_a_piece_of_it_are_told_apart_by_whatever_keeps_them() -> None:
    for drawn in (Page("A").page(), Page("A").region("list")):
        assert (await _answer(drawn)).headers["vary"] == "HX-Request"


async def test_its_status_and_headers_are_those_that_it_was_given() -> None:
    answer = await _answer(Page("A").page(400, {"retry-after": "7"}), status_code=201, headers={"retry-after": "1"})
    assert (answer.status, answer.headers["retry-after"]) == (400, "7")


@pytest.mark.parametrize("drawn", [Wrong("A").page(), Wrong("A").region("list")], ids=["page", "region"])
async def test_what_a_template_does_not_know_is_an_error(drawn: Drawn) -> None:
    with pytest.raises(UndefinedError, match="'titel' is undefined"):
        await _answer(drawn)


async def test_a_region_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        await _answer(Page("A").region("nowhere"))


def test_a_template_sees_the_fields_and_nothing_else() -> None:
    assert Page("A").values() == {"title": "A"}
    assert view.HTML == "text/html"
