"""Where Clerk's deliveries arrive."""

from typing import Any, Final

import msgspec
from litestar import Request, post

from app.core.settings import settings
from app.web.limits import Limit
from app.webhooks import clerk, service, svix

LARGEST: Final = 256 * 1024
REFUSED: Final = Limit("webhook-refused", 60, 60)
TAKEN: Final = Limit("webhook", 6000, 60)


class Answer(msgspec.Struct):
    """What became of a delivery."""

    outcome: str


@post("/api/webhooks/clerk", include_in_schema=False, status_code=200, request_max_body_size=LARGEST)
async def clerk_event(request: Request[Any, Any, Any]) -> Answer:
    """Apply one delivery. The body is checked as it came, before anybody tries to read it."""
    address = request.client.host if request.client else ""
    try:
        delivery = svix.verified(await request.body(), request.headers, settings().clerk_webhook_secret)
    except svix.Forged:
        await REFUSED.spend(address)
        raise
    await TAKEN.spend("clerk")
    event = clerk.event(delivery)
    return Answer("IGNORED" if event is None else await service.receive(event))


routes = [clerk_event]
