"""A view is the whole of what a template sees: a frozen dataclass that names its template.

`SignInPage(providers).page()` draws the page; `SignInPage(providers).region("choices")` draws one block of it, which is
`auth/sign_in.html#choices`.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, cast

from litestar import Request, Response
from litestar.response.base import ASGIResponse

from app.web import templates
from app.web.shell import Shell

HTML = "text/html"


class View:
    """Something to be drawn."""

    __slots__ = ()
    template: ClassVar[str]

    def values(self) -> dict[str, Any]:
        """What the template sees beside the shell."""
        return {field.name: getattr(self, field.name) for field in fields(cast(Any, self))}

    def page(self, status: int = 200, headers: Mapping[str, str] | None = None) -> "Drawn":
        """The whole template: a page, or a part that stands alone."""
        return Drawn(self, "", status, headers)

    def region(self, name: str, status: int = 200, headers: Mapping[str, str] | None = None) -> "Drawn":
        """One block of the page."""
        return Drawn(self, name, status, headers)


class Drawn(Response[None]):
    """A view on its way out: rendered when the request is known, so that the shell can stand around it."""

    def __init__(self, view: View, region: str, status: int, headers: Mapping[str, str] | None) -> None:
        super().__init__(None, status_code=status, headers=dict(headers or {}), media_type=HTML)
        self.view = view
        self.name = f"{view.template}#{region}" if region else view.template

    def body(self, request: Request[Any, Any, Any]) -> bytes:
        """The HTML."""
        return templates.render(self.name, {**self.view.values(), "shell": Shell(request.scope)}).encode()

    def to_asgi_response(
        self,
        app: Any,  # noqa: ARG002 - Litestar's signature
        request: Request[Any, Any, Any],
        *,
        background: Any = None,
        headers: dict[str, str] | None = None,
        status_code: int | None = None,
        **_unused: Any,  # cookies are the visit's, a HEAD is a GET by now (app.web.head)
    ) -> ASGIResponse:
        return ASGIResponse(
            background=background,
            body=self.body(request),
            headers={"vary": "HX-Request", **(headers or {}), **self.headers},
            media_type=HTML,
            status_code=self.status_code or status_code,
        )
