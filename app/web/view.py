"""A view is the whole of what a template sees: a frozen dataclass that names its template.

`SignInPage(providers).page()` draws the page; `SignInPage(providers).region("choices")` draws one block of it, which is
`auth/sign_in.html#choices`.
"""

from collections.abc import Iterable, Mapping
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

    def to_asgi_response(  # noqa: PLR0913 - Litestar's signature
        self,
        app: Any,  # noqa: ARG002 - Litestar's signature
        request: Request[Any, Any, Any],
        *,
        background: Any = None,
        cookies: Iterable[Any] | None = None,  # noqa: ARG002
        encoded_headers: Iterable[tuple[bytes, bytes]] | None = None,  # noqa: ARG002
        headers: dict[str, str] | None = None,
        is_head_response: bool = False,
        media_type: Any = None,  # noqa: ARG002
        status_code: int | None = None,
        type_encoders: Any = None,  # noqa: ARG002
    ) -> ASGIResponse:
        body = self.body(request)
        return ASGIResponse(
            background=background,
            body=b"" if is_head_response else body,
            content_length=len(body),
            headers={"vary": "HX-Request", **(headers or {}), **self.headers},
            is_head_response=is_head_response,
            media_type=HTML,
            status_code=self.status_code or status_code,
        )
