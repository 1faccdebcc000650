"""The frame in which a diagram is drawn: a page that can reach nobody, for a large program of other people.

The page that shows it gives it no origin (`sandbox`), and hands it nothing but the text and the colours. The program
writes styles into what it draws, which its policy must allow; it may not fetch, send, or be anywhere but in a page of
ours. So whatever a diagram makes of it has nothing to take and nowhere to go.
"""

from typing import Any, Final

from litestar import Request, Response, get

from app.chat.talk.views import DiagramPage
from app.web.visit import Visit

_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-scripts"
)


@get("/frames/diagram", include_in_schema=False)
async def frame(request: Request[Any, Any, Any]) -> Response[None]:
    """An empty sheet, which waits to be told what to draw."""
    policy = _POLICY.format(nonce=Visit.of(request.scope).nonce)
    return DiagramPage().page(headers={"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"})


routes = [frame]
