"""What does not get in, and how that is said before there is a page, a person or a session."""

import json
from collections.abc import Awaitable, Callable
from html import escape
from http import HTTPStatus
from typing import Final

from app.core.language import direction, language, marked, negotiated
from app.core.log import request_id
from app.web import programs
from app.web.assets import asset
from app.web.interface import Scope, Send
from app.web.translations import gettext

OUR_FAULT: Final = marked("Something went wrong on our side. It is in the log, under the number on this page.")
_OURS: Final = 500  # a failure of ours stands in the log, under the number of the request
Refuse = Callable[[Scope, Send, int, str], Awaitable[None]]
_PAGE: Final = (
    '<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · Commonplace</title>'
    '<link rel="stylesheet" href="{style}"></head><body class="quiet"><main id="main" class="quiet-main">'
    '<div class="sheet"><p class="numeral" aria-hidden="true">{status}</p><h1>{title}</h1><p>{sentence}</p>{number}'
    '<div class="row"><a class="button primary" href="/">{start}</a></div></div></main></body></html>'
)
_NOTICE: Final = '<div class="notice error" role="alert"><div><p>{sentence}</p>{number}</div></div>'
_POLICY: Final = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)
_EXTRAS: Final = {
    405: (b"allow", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    503: (b"retry-after", b"5"),
}


class Refused(Exception):
    """Raised where a request goes no further."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


async def refuse(scope: Scope, send: Send, status: int, sentence: str) -> None:
    """Say it in the way of whoever asks: a problem for a program, a notice for a swap, a small page for a person."""
    headers = dict(scope["headers"])
    language.set(negotiated(headers.get(b"accept-language", b"").decode("latin-1")))
    kind, body = plain(scope, status, gettext(sentence))
    await send({"type": "http.response.start", "status": status, "headers": _headers(status, kind, len(body))})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


def plain(scope: Scope, status: int, sentence: str) -> tuple[str, bytes]:
    """What kind of answer whoever asks can read, and the answer: without a template, a person or a session."""
    headers = dict(scope["headers"])
    if _is_program(scope["path"], headers):
        kind, told = programs.told(scope["path"], programs.Failure(status, HTTPStatus(status).name, sentence))
        return kind, json.dumps(told).encode()
    if headers.get(b"hx-request") == b"true":
        notice = _NOTICE.format(sentence=escape(sentence), number=_number(status))
        return "text/html; charset=utf-8", notice.encode()
    return "text/html; charset=utf-8", _page(status, sentence)


def _is_program(path: str, headers: dict[bytes, bytes]) -> bool:
    sends = headers.get(b"content-type", b"").startswith(b"application/json")
    return sends or programs.are_meant(path) or headers.get(b"accept", b"").startswith(b"application/json")


def _page(status: int, sentence: str) -> bytes:
    return _PAGE.format(
        language=language.get(),
        direction=direction(language.get()),
        title=escape(gettext(marked("That did not work"))),
        style=escape(asset("css/app.css")),
        status=status,
        sentence=escape(sentence),
        number=_number(status),
        start=escape(gettext(marked("To the start page"))),
    ).encode()


def _number(status: int) -> str:
    return f'<p class="meta"><code>{escape(request_id.get())}</code></p>' if status >= _OURS else ""


def _headers(status: int, kind: str, length: int) -> list[tuple[bytes, bytes]]:
    extra = [_EXTRAS[status]] if status in _EXTRAS else []
    extra += [_POLICY] if kind.startswith("text/html") else []
    return [
        (b"content-type", kind.encode()),
        (b"content-length", str(length).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),  # what else this client sends has not been looked at
        *extra,
    ]
