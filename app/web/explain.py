"""What went wrong, told to whoever asked: a page, a notice for a swap, a problem for a program. Logged once."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException

from app.core import log
from app.core.errors import AppError, NotFound, Rejected, SignInNeeded, TooLarge
from app.core.language import marked
from app.web.answers import elsewhere, is_swap, problem, same_origin, sentence, wants_json
from app.web.forms import worded
from app.web.refusal import OUR_FAULT, plain
from app.web.translations import gettext
from app.web.view import HTML, View
from app.web.visit import Visit

_log = log.logger("app.web")
_OURS: Final = 500
_NAMED: Final = re.compile(r"field `([^`]+)`")


@dataclass(frozen=True, slots=True)
class ErrorPage(View):
    """What happened, and a way on."""

    template: ClassVar = "errors/error.html"
    status: int
    code: str
    sentence: str
    retry_after: int
    again: str


@dataclass(frozen=True, slots=True)
class NoticePart(View):
    """The same in one line, for a piece of a page."""

    template: ClassVar = "errors/_notice.html"
    status: int
    sentence: str


class WrongMethod(AppError):
    """The address exists, but not for this."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    sentence = marked("This address does not take that kind of request.")


_KNOWN: Final[dict[int, type[AppError]]] = {404: NotFound, 405: WrongMethod, 413: TooLarge}


class _Unexpected(AppError):
    sentence = OUR_FAULT


def as_app_error(failure: Exception) -> AppError:
    """The failure as one of the house's; the framework's own become ours, a surprise is logged with its trace."""
    if isinstance(failure, AppError) and failure.status != _OURS:
        return failure
    if isinstance(failure, HTTPException) and failure.status_code < _OURS:
        return _of_framework(failure)
    _log.error("Unexpected %s", type(failure).__name__, exc_info=failure)
    return _Unexpected()


def _of_framework(failure: HTTPException) -> AppError:
    if failure.status_code in _KNOWN:
        return _KNOWN[failure.status_code]()
    return Rejected(fields=_fields(failure.extra)) if failure.extra else Rejected()


def _fields(told: Any) -> dict[str, str]:
    """Which fields of a program's request are wrong, and why. One that is missing or unknown stands in the message."""
    found = {}
    for each in told:
        named = _NAMED.search(each["message"]) if each.get("key") == "data" else None
        name = named[1] if named else each.get("key", "data")
        found[name] = worded(each["message"])
    return found


def explain(request: Request[Any, Any, Any], failure: Exception) -> Response[Any]:
    """The answer to a request that failed; where even that cannot be drawn, a plain one."""
    error = as_app_error(failure)
    try:
        return _told(request, error, _headers(error, failure))
    except Exception as worse:  # noqa: BLE001 - nobody is left who could explain it
        _log.error("%s could not be told", error.name, exc_info=worse)
        kind, body = plain(request.scope, _OURS, gettext(OUR_FAULT))
        return Response(body, status_code=_OURS, media_type=kind)


def _headers(error: AppError, failure: Exception) -> dict[str, str]:
    headers = dict(failure.headers or {}) if isinstance(failure, HTTPException) else {}  # what else is allowed: 405
    if hasattr(error, "retry_after"):
        headers["retry-after"] = str(error.retry_after)
    return headers


def _told(request: Request[Any, Any, Any], error: AppError, headers: dict[str, str]) -> Response[Any]:
    if wants_json(request.scope) or Visit.of(request.scope).by_token:
        return _for_program(request.scope["path"], error, headers)
    if isinstance(error, SignInNeeded):
        return elsewhere(request, f"/sign-in?next={quote(_back(request), safe='/')}")
    return _for_person(request, error, headers)


def _for_program(path: str, error: AppError, headers: dict[str, str]) -> Response[Any]:
    if isinstance(error, SignInNeeded):
        headers["www-authenticate"] = "Bearer"
    kind, told = problem(error, path)
    return Response(told, status_code=error.status, headers=headers, media_type=kind)


def _for_person(request: Request[Any, Any, Any], error: AppError, headers: dict[str, str]) -> Response[Any]:
    """Drawn here and now, so that it is known whether it can be."""
    view: View = ErrorPage(error.status, error.name, sentence(error), getattr(error, "retry_after", 0), _again(request))
    if is_swap(request):
        view = NoticePart(error.status, sentence(error))
    body = view.page().body(request)
    return Response(body, status_code=error.status, headers={"vary": "HX-Request", **headers}, media_type=HTML)


def _again(request: Request[Any, Any, Any]) -> str:
    """Where to try once more: where a form was sent, the page that it stands on."""
    if request.method in ("GET", "HEAD"):
        return _back(request)
    host, _, path = request.headers.get("referer", "").partition("://")[2].partition("/")
    return same_origin(f"/{path}") if host == request.headers.get("host") else "/"


def _back(request: Request[Any, Any, Any]) -> str:
    """Where to return after sign-in: a page, neither the address of a form nor that of a piece of a page."""
    if is_swap(request):
        path, _, query = request.headers.get("hx-current-url", "").partition("://")[2].partition("/")[2].partition("?")
        return same_origin(f"/{path}" + (f"?{query}" if query else ""))
    if request.method not in ("GET", "HEAD"):
        return "/"
    query = request.scope["query_string"].decode("latin-1")
    return request.scope["path"] + (f"?{query}" if query else "")
