"""Whether a delivery is the sender's own: Svix signatures, which are those of Standard Webhooks under other headers."""

import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from app.core.clock import now
from app.core.errors import Rejected, Unavailable
from app.core.language import marked
from app.core.secrets import same

TOLERANCE: Final = timedelta(minutes=5)
MOST_SIGNATURES: Final = 20
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,10}")
_ID: Final = re.compile(r"[!-~]{1,200}")


class Forged(Rejected):
    """Not signed by anybody who knows the secret, or not just now."""

    code = "BAD_SIGNATURE"
    sentence = marked("The signature of this delivery does not hold.")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message whose sender is certain."""

    id: str
    sent_at: datetime
    body: str


def verified(body: bytes, headers: Mapping[str, str], secrets: str) -> Delivery:
    """The delivery in this request, signed with any of the secrets (separated by spaces, for their rotation)."""
    hooks = _hooks(secrets)
    message, stamp, signatures = (_header(headers, name) for name in ("id", "timestamp", "signature"))
    sent_at = _moment(stamp)
    text = _text(body)
    if not _ID.fullmatch(message) or not _is_signed(hooks, Delivery(message, sent_at, text), signatures.split(" ")):
        raise Forged
    return Delivery(message, sent_at, text)


def _hooks(secrets: str) -> list[Webhook]:
    if not secrets.split():
        raise Unavailable(marked("No secret is set for these deliveries. Set CLERK_WEBHOOK_SECRET."), retry_after=3600)
    try:
        return [Webhook(secret) for secret in secrets.split()]
    except (EmptyWebhookSecretError, binascii.Error, ValueError) as wrong:
        message = marked("CLERK_WEBHOOK_SECRET cannot be read. It is what Clerk shows for the endpoint: whsec_…")
        raise Unavailable(message, retry_after=3600) from wrong


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(f"svix-{name}") or headers.get(f"webhook-{name}") or ""


def _moment(stamp: str) -> datetime:
    """When it was sent, if that is near enough. The library asks a clock of its own, so this is not left to it."""
    if not _SECONDS.fullmatch(stamp):
        raise Forged
    try:
        sent_at = datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError) as wrong:
        raise Forged from wrong
    if abs(now() - sent_at) > TOLERANCE:
        raise Forged(marked("This delivery was signed too long ago, or in the future. It is not accepted."))
    return sent_at


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as wrong:
        raise Forged from wrong


def _is_signed(hooks: Sequence[Webhook], delivery: Delivery, signatures: Sequence[str]) -> bool:
    expected = [hook.sign(delivery.id, delivery.sent_at, delivery.body) for hook in hooks]
    return any(same(ours, theirs) for ours in expected for theirs in signatures[:MOST_SIGNATURES])
