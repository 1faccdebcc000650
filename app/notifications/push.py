"""Telling somebody's devices: through the push service of each browser, which learns when, but never what.

Each device is a job of its own, so that one that cannot be reached holds nobody up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any, Final
from uuid import UUID

import msgspec

from app.auth.devices import Device
from app.core import log, webpush
from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import Conflict, Forbidden, Misconfigured, NotFound, Rejected
from app.core.language import marked
from app.core.secrets import hashed
from app.core.settings import settings
from app.core.text import shortened
from app.core.webpush import Browser
from app.database.engine import atomic
from app.jobs.queue import later
from app.notifications import push_keys
from app.notifications import queries_push as queries
from app.notifications.push_keys import NoKey
from app.web import outbound
from app.web.outbound import Guard, NotAllowed, Unreachable

MOST_DEVICES: Final = 20
LONGEST_ENDPOINT: Final = 2_000
LONGEST_LINE: Final = 200
LASTS: Final = timedelta(hours=4)  # what has not arrived by then is no news any more
_TRIES: Final = 5
_GONE: Final = (404, 410)
_LATER: Final = (429, 500, 502, 503, 504)
_log = log.logger("app.notifications")


@dataclass(frozen=True, slots=True)
class Message:
    """What a device shows, and the page of ours that it leads to. A second one about the same takes its place."""

    title: str
    body: str
    href: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A device that is told."""

    id: UUID
    device: Device
    service: str
    is_this: bool
    created_at: datetime
    told_at: datetime | None


class TooManyDevices(Conflict):
    """More than anybody carries."""

    code = "TOO_MANY_DEVICES"
    sentence = marked("Twenty devices are told already. Take one off the list first.")


async def public_key() -> str:
    """By which a browser lets us, and nobody else, tell it something; nothing, where there is none."""
    try:
        return webpush.encoded(webpush.public(await push_keys.ours()))
    except (NoKey, Misconfigured) as trouble:  # none was made, or it cannot be opened with the present secret
        _log.warning("Devices cannot be told anything: %s", trouble)
        return ""


async def listed(asker: Asker) -> list[Subscribed]:
    """The devices of this person that are told, the newest first."""
    return [
        Subscribed(
            id=row["id"],
            device=Device.of(row["user_agent"]),
            service=row["service"],
            is_this=row["session_id"] == asker.session_id,
            created_at=row["created_at"],
            told_at=row["told_at"],
        )
        for row in await queries.listed(asker.id, now())
    ]


async def subscribe(asker: Asker, endpoint: str, key: str, auth: str) -> None:
    """Tell the browser that asks; for as long as it is signed in."""
    if asker.session_id is None:
        raise Forbidden(marked("Only a browser that is signed in can be told."))
    browser, host = _checked(endpoint, key, auth)
    if len(await queries.listed(asker.id, now())) >= MOST_DEVICES:
        raise TooManyDevices
    await queries.put(asker.id, asker.session_id, hashed(endpoint), push_keys.sealed(browser), _shown(host))


def _shown(host: str) -> str:
    return host.removesuffix(":443")[:100]


def _checked(endpoint: str, key: str, auth: str) -> tuple[Browser, str]:
    """The browser, and the host of its push service."""
    try:
        browser = Browser(endpoint, webpush.decoded(key), webpush.decoded(auth))
        host = outbound.host_of(endpoint)
    except (ValueError, NotAllowed):
        raise _Unusable from None
    is_safe = endpoint.startswith("https://") or host in settings().push_hosts
    if not (is_safe and browser.is_whole and len(endpoint) <= LONGEST_ENDPOINT):
        raise _Unusable
    return browser, host


class _Unusable(Rejected):
    """What the browser said of itself cannot be used."""

    sentence = marked("This browser cannot be told anything. Try again, or use another one.")


async def remove(user_id: UUID, subscription: UUID) -> None:
    """Tell this device nothing any more."""
    if not await queries.remove(user_id, subscription):
        raise NotFound


async def tell(user_id: UUID, message: Message) -> int:
    """Let every device of this person know, soon; how many that are."""
    found = await queries.listed(user_id, now())
    said = {"title": shortened(message.title, LONGEST_LINE), "body": shortened(message.body, LONGEST_LINE)}
    async with atomic():
        for row in found:
            payload = {**said, "href": message.href, "to": str(row["id"]), "until": (now() + LASTS).isoformat()}
            await later("notifications.push", payload, user_id=user_id, most_attempts=_TRIES)
    return len(found)


async def deliver(user_id: UUID, payload: Mapping[str, Any]) -> None:
    """Hand one message to the push service of one device. Raises where it is worth trying again."""
    subscription, left = UUID(payload["to"]), datetime.fromisoformat(payload["until"]) - now()
    kept = await queries.one(user_id, subscription, now())
    if kept is None or left <= timedelta(0):
        return
    try:
        status = await _handed_over(push_keys.opened(kept), payload, left)
    except NotAllowed:
        _log.warning("A push service at an address that may not be reached is told nothing")
        return
    await _conclude(user_id, subscription, status)


async def _handed_over(browser: Browser, payload: Mapping[str, Any], left: timedelta) -> int:
    outbound.host_of(browser.endpoint)  # refused before anything is signed for it
    text = msgspec.json.encode({name: payload[name] for name in ("title", "body", "href")})
    headers = {
        "ttl": str(int(left.total_seconds())),
        "urgency": "normal",
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "authorization": webpush.authorization(browser.endpoint, await push_keys.ours(), _contact(), now()),
    }
    body = webpush.sealed(text, browser)
    guard = Guard(frozenset(settings().push_hosts))
    return (await outbound.send("POST", browser.endpoint, guard=guard, headers=headers, content=body)).status


async def _conclude(user_id: UUID, subscription: UUID, status: int) -> None:
    if status in _GONE:
        await queries.remove(user_id, subscription)
    elif status in _LATER:
        raise Unreachable
    elif status < 300:  # noqa: PLR2004 - HTTP's own number
        await queries.note_told(user_id, subscription, now())
    else:
        _log.warning("A push service refuses what it is told, with %s", status)


def _contact() -> str:
    """Where the operator of a push service finds ours."""
    return settings().base_url if settings().is_https else f"mailto:{parseaddr(settings().mail_from)[1]}"
