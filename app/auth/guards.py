"""Who may enter. A route asks for `person`, `asker` or `administrator` by name and gets one, or the request ends."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler

from app.core.asker import Asker
from app.core.errors import Forbidden, NotFound, SignInNeeded
from app.core.language import marked
from app.web.visit import Visit


def asker(request: Request[Any, Any, Any]) -> Asker | None:
    """Whoever asks; perhaps nobody."""
    return Visit.of(request.scope).asker


def person(request: Request[Any, Any, Any]) -> Asker:
    """Somebody who is signed in, or holds a token that reaches as far as this request."""
    found = asker(request)
    if found is None:
        raise SignInNeeded
    needed = "read" if request.method in ("GET", "HEAD", "OPTIONS") else "write"
    if found.scopes is not None and needed not in found.scopes:
        message = marked("This token does not reach that far.")
        raise Forbidden(message, code="SCOPE_MISSING")
    return found


def administrator(request: Request[Any, Any, Any]) -> Asker:
    """An administrator. For everybody else there is nothing here."""
    found = person(request)
    if not found.is_admin or (found.scopes is not None and "admin" not in found.scopes):
        raise NotFound
    return found


def person_only(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """For routes that are not ours to write: the same as `person`."""
    person(Request(connection.scope))


DEPENDENCIES = {
    "asker": Provide(asker, sync_to_thread=False),
    "person": Provide(person, sync_to_thread=False),
    "administrator": Provide(administrator, sync_to_thread=False),
}
