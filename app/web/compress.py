"""Pages travel packed. Streams do not: each event has to go out at once."""

from app.web.encoding import MIN_BYTES, Coding, chosen, is_text, packed
from app.web.interface import Application, Message, Receive, Scope, Send

_QUALITY = 4
_WINDOW = 16  # 64 KB: pages are not larger, and the packer needs less memory
_BODILESS = frozenset({204, 206, 304})


class Compress:
    """Packs answers that come in one piece, are text and are long enough."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accept = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
        await self.app(scope, receive, _Packer(send, chosen(accept)).send)


class _Packer:
    """Holds the head of an answer back until its body is seen."""

    __slots__ = ("_coding", "_head", "_send")

    def __init__(self, send: Send, coding: Coding) -> None:
        self._send = send
        self._coding = coding
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
            return
        if self._head is not None:
            head, self._head = self._head, None
            message = self._pack(head, message)
            await self._send(head)
        await self._send(message)

    def _pack(self, head: Message, message: Message) -> Message:
        headers = {name.lower(): value for name, value in head["headers"]}
        if b"content-encoding" in headers or not is_text(headers.get(b"content-type", b"")):
            return message
        head["headers"] = [*head["headers"], (b"vary", b"Accept-Encoding")]
        body = message.get("body", b"")
        is_whole = not message.get("more_body", False) and head["status"] not in _BODILESS
        if not self._coding or not is_whole or len(body) < MIN_BYTES:
            return message
        body = packed(body, self._coding, quality=_QUALITY, window=_WINDOW)
        head["headers"] = _of_packed(head["headers"], self._coding, len(body))
        return {**message, "body": body}


def _of_packed(headers: list[tuple[bytes, bytes]], coding: Coding, length: int) -> list[tuple[bytes, bytes]]:
    """The head of a packed body; its tag becomes a weak one, since the bytes are no longer the same."""
    kept = [pair for pair in headers if pair[0].lower() not in (b"content-length", b"etag")]
    tags = [
        (name, value if value.startswith(b"W/") else b"W/" + value)
        for name, value in headers
        if name.lower() == b"etag"
    ]
    return [*kept, *tags, (b"content-encoding", coding.encode()), (b"content-length", str(length).encode())]
