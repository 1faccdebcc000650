"""Where Clerk's deliveries arrive."""

import asyncio
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
from litestar import Request, post

from app.core.settings import settings
from app.web.limits import Limit
from app.webhooks import clerk, service, svix

LARGEST: Final = 256 * 1024
REFUSED: Final = Limit("webhook-refused", 60, 60)
TAKEN: Final = Limit("webhook", 6000, 60)
AT_ONCE: Final = 3  # of one process; a burst waits for its turn, so that people need not wait for it
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


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
    event = clerk.event(delivery)
    if event is None:
        return Answer("IGNORED")
    async with _turn():
        await TAKEN.spend("clerk")
        return Answer(await service.receive(event))


def _turn() -> asyncio.Semaphore:
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


routes = [clerk_event]
