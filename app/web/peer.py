"""Who is at the other end, and a name for what they ask: their address, the scheme, the id of the request.

What a proxy adds counts only where the operator named the proxy; from anybody else it is dropped, so that nothing
further in can trust it by mistake.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from app.core.errors import Misconfigured
from app.core.ids import new_id
from app.core.log import request_id
from app.web.interface import Application, Message, Receive, Scope, Send

_OF_PROXIES: Final = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-forwarded-server",
        b"x-original-url",
        b"x-real-ip",
        b"x-request-id",
        b"x-rewrite-url",
    }
)
_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_WRONG: Final = "COMMONPLACE_TRUSTED_PROXIES has %(network)s, which is no network. Write it like 10.0.0.0/8."


class Peer:
    """Sets the client's address, the scheme and the request's id before anything else looks at the request."""

    def __init__(self, app: Application, trusted_proxies: Sequence[str] = ()) -> None:
        self.app = app
        self._networks = [_network(each) for each in trusted_proxies]
        self._trusts = lru_cache(maxsize=1024)(self._is_trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = self._told(scope)
        name = _name(told)
        request_id.set(name)
        scope.setdefault("state", {})["request_id"] = name
        header = (b"x-request-id", name.encode())

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], header]
            await send(message)

        await self.app(scope, receive, sending)

    def _told(self, scope: Scope) -> dict[bytes, bytes]:
        """What a trusted proxy tells of the request; it is taken into the scope and out of the headers."""
        told = _taken_out(scope)
        address = scope["client"][0] if scope.get("client") else ""
        if not told or not self._networks or not self._trusts(address):
            return {}
        scope["client"] = (self._client(address, told.get(b"x-forwarded-for", b"")), 0)
        scheme = told.get(b"x-forwarded-proto", b"").rpartition(b",")[2].strip().lower()
        if scheme in (b"http", b"https"):
            scope["scheme"] = scheme.decode()
        return told

    def _client(self, address: str, forwarded: bytes) -> str:
        """Each proxy appends whom it saw: going back, the first that we do not trust is the client."""
        for entry in reversed(forwarded.decode("latin-1").split(",")):
            before = _address(entry)
            if before is None or not self._trusts(address):
                break
            address = str(before)
        return address

    def _is_trusted(self, address: str) -> bool:
        known = _address(address)
        return known is not None and any(known in network for network in self._networks)


def _taken_out(scope: Scope) -> dict[bytes, bytes]:
    found = [pair for pair in scope["headers"] if pair[0] in _OF_PROXIES]
    if not found:
        return {}
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in _OF_PROXIES]
    return {name: b",".join(value for each, value in found if each == name) for name in dict(found)}


def _name(told: dict[bytes, bytes]) -> str:
    """The id that a trusted proxy gave, so that its log and ours can be read together; a new one otherwise."""
    given = told.get(b"x-request-id", b"")
    return given.decode() if _ID.fullmatch(given) else str(new_id())


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise Misconfigured(_WRONG, network=text) from None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in an entry like 192.0.2.1, 192.0.2.1:5000 or [2001:db8::1]:5000."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
