"""Asking an ASGI app without a socket."""

from dataclasses import dataclass
from typing import Any

from app.web.interface import Application


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    pieces: int = 1


async def ask(app: Application, path: str, *, method: str = "GET", body: bytes = b"", **more: Any) -> Answer:
    """The app's answer to one request. `headers` holds pairs of text; everything else goes into the scope."""
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in more.pop("headers", [])]
    raw, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": more.pop("decoded", raw),
        "raw_path": raw.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": pairs,
        "client": ("192.0.2.1", 50000),
        "server": ("127.0.0.1", 8080),
        "state": {},
        **more,
    }
    incoming = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    head, *bodies = sent
    names = {name.decode(): value.decode() for name, value in head["headers"]}
    return Answer(head["status"], names, b"".join(each.get("body", b"") for each in bodies), len(bodies))
