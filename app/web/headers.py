"""Headers on every answer, whoever gives it: the policy that lets nothing run but what we wrote."""

from collections.abc import Iterable
from typing import Final

from app.core.settings import settings
from app.web.interface import Application, Message, Receive, Scope, Send
from app.web.visit import Visit

# A frame shows what of ours lets itself be framed: the sheet for diagrams alone, since all else has "frame-ancestors".
_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "frame-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types htmx worker"
)
_CLOSED: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
BARE: Final = (*_ALWAYS, (b"content-security-policy", _CLOSED.encode()))  # of an answer that nothing was drawn for
_TLS: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class Headers:
    """The middleware that adds them."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                add(message, _headers(scope))
            await send(message)

        await self.app(scope, receive, sending)


def add(message: Message, pairs: Iterable[tuple[bytes, bytes]]) -> None:
    """Complete the head of an answer; what it has stays."""
    given = {name.lower() for name, _ in message["headers"]}
    message["headers"] = [*message["headers"], *(pair for pair in pairs if pair[0] not in given)]


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    tls = [_TLS] if settings().is_https else []
    return [*_ALWAYS, (b"content-security-policy", policy(scope).encode()), *tls]


def policy(scope: Scope) -> str:
    """What the answer may load: with a nonce where a page was drawn, nothing at all elsewhere."""
    if "visit" not in scope.get("state", {}):
        return _CLOSED
    return _POLICY.format(nonce=Visit.of(scope).nonce)
