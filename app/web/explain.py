"""What went wrong, told to whoever asked: a page, a notice for a swap, a problem for a program. Logged once."""

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException

from app.core import log
from app.core.errors import AppError, NotFound, Rejected, SignInNeeded, TooLarge
from app.core.language import marked
from app.web.answers import PROBLEM, elsewhere, is_swap, problem, sentence, wants_json
from app.web.view import View
from app.web.visit import Visit

_log = log.logger("app.web")


@dataclass(frozen=True, slots=True)
class ErrorPage(View):
    """What happened, and a way on."""

    template: ClassVar = "errors/error.html"
    status: int
    sentence: str
    retry_after: int


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


class _Unexpected(AppError):
    sentence = marked("Something went wrong on our side. It is in the log, under the number on this page.")


def as_app_error(failure: Exception) -> AppError:
    """The failure as one of the house's; the framework's own become ours, a surprise is logged with its trace."""
    if isinstance(failure, AppError):
        return failure
    if isinstance(failure, HTTPException) and failure.status_code < 500:  # noqa: PLR2004 - ours begin there
        return _of_framework(failure)
    _log.error("Unexpected %s", type(failure).__name__, exc_info=failure)
    return _Unexpected()


def _of_framework(failure: HTTPException) -> AppError:
    kinds: dict[int, type[AppError]] = {404: NotFound, 405: WrongMethod, 413: TooLarge}
    kind = kinds.get(failure.status_code, Rejected)
    return kind()


def explain(request: Request[Any, Any, Any], failure: Exception) -> Response[Any]:
    """The answer to a request that failed."""
    error = as_app_error(failure)
    headers = {"retry-after": str(error.retry_after)} if hasattr(error, "retry_after") else {}
    visit = Visit.of(request.scope)
    if wants_json(request.scope) or visit.by_token:
        return _for_program(error, headers)
    if isinstance(error, SignInNeeded):
        return elsewhere(request, f"/sign-in?next={quote(_back(request), safe='/')}")
    return _for_person(request, error, headers)


def _for_program(error: AppError, headers: dict[str, str]) -> Response[Any]:
    if isinstance(error, SignInNeeded):
        headers["www-authenticate"] = "Bearer"
    return Response(problem(error), status_code=error.status, headers=headers, media_type=PROBLEM)


def _for_person(request: Request[Any, Any, Any], error: AppError, headers: dict[str, str]) -> Response[Any]:
    text = sentence(error)
    if is_swap(request):
        return NoticePart(error.status, text).page(error.status, headers)
    return ErrorPage(error.status, text, getattr(error, "retry_after", 0)).page(error.status, headers)


def _back(request: Request[Any, Any, Any]) -> str:
    """Where to return after sign-in: a page, not the address of a form."""
    if request.method not in ("GET", "HEAD"):
        return "/"
    query = request.scope["query_string"].decode("latin-1")
    return request.scope["path"] + (f"?{query}" if query else "")
