"""The other side of a push message: a push service, and the browser behind it, which open what was sealed for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core import webpush
from app.core.webpush import encoded

Key = ec.EllipticCurvePrivateKey


def opened(body: bytes, own: Key, auth: bytes) -> bytes:
    """The message in this body, read as RFC 8188 and RFC 8291 say: the head first, then one record."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    theirs, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size
    secret = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    info = b"WebPush: info\0" + webpush.public(own) + theirs
    base = HKDF(hashes.SHA256(), 32, auth, info).derive(secret)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(base)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(base)
    message = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
    assert message.endswith(b"\x02")
    return message[:-1]


@dataclass
class Pushed:
    """One request to the service."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """A push service with one browser behind it. `answers` are the statuses of what comes next; then it takes all."""

    port: int = 0
    pushed: list[Pushed] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    key: Key = field(default_factory=webpush.new_key)
    auth: bytes = b"sixteen letters!"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def form(self, name: str = "device") -> dict[str, str]:
        """What the browser's script sends to be notified."""
        return {
            "endpoint": f"http://{self.host}/push/{name}",
            "p256dh": encoded(webpush.public(self.key)),
            "auth": encoded(self.auth),
        }

    def read(self) -> list[bytes]:
        """What the browser has understood."""
        return [opened(each.body, self.key, self.auth) for each in self.pushed]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.pushed.append(Pushed(head[0].split()[1], headers, body))
        status = self.answers.pop(0) if self.answers else 201
        writer.write(f"HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()


@asynccontextmanager
async def push_service() -> AsyncIterator[Service]:
    """Such a service on a free port."""
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        await server.wait_closed()
