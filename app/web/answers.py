"""Ways to answer that are no page: elsewhere, nothing, a problem for a program."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from litestar import Request, Response

from app.core.errors import AppError, Rejected
from app.web import programs
from app.web.programs import Failure, told
from app.web.translations import gettext

LONGEST_PATH = 2000


def is_swap(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks for a piece of the page that it shows."""
    return request.headers.get("hx-request") == "true"


def wants_json(scope: Any) -> bool:
    """Whether a program asks, not a person."""
    accept: bytes = dict(scope["headers"]).get(b"accept", b"")
    return programs.are_meant(scope["path"]) or accept.startswith(b"application/json")


def elsewhere(request: Request[Any, Any, Any], path: str) -> Response[None]:
    """Go there with a GET; htmx is told in its own way, since it would follow a redirect inside the swap."""
    status, name = (200, "HX-Redirect") if is_swap(request) else (303, "location")
    headers = {name: quote(path, safe="/#%[]=:;$&()+,!?*@'~")}
    return Response(None, status_code=status, headers=headers, media_type="text/plain")


def same_origin(path: str | None) -> str:
    """The path, if it leads to a page of ours; the start page otherwise."""
    path = path or "/"
    is_ours = _is_local(path) and _is_local(unquote(path.partition("?")[0]))
    return path if is_ours and len(path) <= LONGEST_PATH else "/"


def _is_local(path: str) -> bool:
    """Whether every browser takes this for a path: some read a backslash as a slash, or skip what cannot be seen."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()


def problem(error: AppError, path: str = "") -> tuple[str, Mapping[str, object]]:
    """The error for a program, and its media type: RFC 9457, where nothing else is spoken at this address."""
    fields = {name: gettext(text) for name, text in error.fields.items()} if isinstance(error, Rejected) else {}
    return told(path, Failure(error.status, error.name, sentence(error), fields))


def sentence(error: AppError) -> str:
    """What the error says, in the language of the request."""
    if isinstance(error, Rejected) and error.msgid == " ".join(error.fields.values()):
        return " ".join(gettext(text) for text in error.fields.values())
    text = gettext(error.msgid)
    return text % error.values if error.values else text
