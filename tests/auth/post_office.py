"""A mail server on loopback that keeps what it is given; with a certificate of its own where that is wanted."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class PostOffice:
    """What came, and whether it is willing."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.refusal = ""
        self.port = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal:
            return self.refusal
        assert isinstance(envelope.content, bytes)
        self.envelopes.append(envelope)
        self.letters.append(BytesParser(policy=default).parsebytes(envelope.content))
        return "250 kept"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and signature
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 well"

    def admit(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)

    def text(self) -> str:
        """The text of the letter that came last."""
        body = self.letters[-1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def link(self) -> str:
        """The link in it."""
        return next(line for line in self.text().splitlines() if line.startswith("http"))

    async def delivery(self, count: int = 1) -> EmailMessage:
        """Wait until so many letters have come."""
        async with asyncio.timeout(20):
            while len(self.letters) < count:
                await asyncio.sleep(0.01)
        return self.letters[-1]


class _AnyPort(Controller):
    """The stock class tries the port that it was given, which fails where any free one will do."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]  # a server on sockets
        super()._trigger_server()  # type: ignore[no-untyped-call]  # as it comes


@contextmanager
def post_office(
    tls: ssl.SSLContext | None = None, *, is_smtps: bool = False, wants_login: bool = False
) -> Iterator[PostOffice]:
    """An office for as long as the block lasts."""
    office = PostOffice()
    controller = _AnyPort(
        office,
        hostname="127.0.0.1",
        port=0,
        ssl_context=tls if is_smtps else None,
        tls_context=None if is_smtps else tls,
        require_starttls=bool(tls) and not is_smtps,
        server_hostname="post.example.com",
        authenticator=office.admit if wants_login else None,
        auth_require_tls=not is_smtps,
    )
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


def certificate(directory: Path, name: str = "127.0.0.1") -> ssl.SSLContext:
    """A server's context with a certificate that nobody trusts yet; `directory/certificate.pem` is what to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Post office of the tests")])
    moment = datetime.now(UTC)
    alternative: x509.GeneralName = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = directory / "certificate.pem", directory / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key_file)
    return context
