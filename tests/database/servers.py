"""Somebody's own PostgreSQL: on a port of this machine, with passwords, and with TLS where its programs have it."""

import asyncio
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.database.address import Address
from app.database.binaries import Binaries
from tests.database.conftest import made_place

PASSWORD = "p@ss/w?rd"
DEBIAN = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    home: Path
    encrypted: bool

    def address(self, user: str = "postgres", database: str = "postgres") -> Address:
        tls = "verify" if self.encrypted else "off"
        return Address(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=PASSWORD,
            database=database,
            tls=tls,  # type: ignore[arg-type] # a conditional is no literal
            authority=str(self.home / "authority.pem") if self.encrypted else "",
        )


@contextmanager
def running(binaries: Binaries, *, is_copy: bool = False, **settings: str) -> Iterator[Server]:
    """A server for as long as the block lasts."""
    home = made_place()
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    (home / "password").write_text(PASSWORD)
    if binaries.speaks_tls:
        write_certificate(home)
        settings |= {"ssl": "on", "ssl_cert_file": str(home / "server.pem"), "ssl_key_file": str(home / "server.key")}
    for path in (home, *home.iterdir()):
        os.chown(path, -1 if user is None else user, -1)
    options = ["-U", "postgres", "-A", "scram-sha-256", f"--pwfile={home / 'password'}", "--no-sync"]
    subprocess.run(
        [binaries["initdb"], "-D", home / "data", *options], check=True, stdout=subprocess.DEVNULL, user=user, cwd="/"
    )
    if is_copy:
        (home / "data" / "standby.signal").touch()
    port = free_port()
    given = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
    } | settings
    arguments = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [binaries["postgres"], "-D", home / "data", *arguments], stderr=log, user=user, cwd="/"
        )
    try:
        wait_for(home)
        yield Server(port, home, binaries.speaks_tls)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(home)


@asynccontextmanager
async def retold(port: int, before: bytes, after: bytes) -> AsyncIterator[int]:
    """A port that leads to this one, where one thing that the server says sounds different."""

    async def serve(asking: asyncio.StreamReader, asked: asyncio.StreamWriter) -> None:
        answering, answered = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_passed(asking, answered, b"", b""), _passed(answering, asked, before, after))

    async with await asyncio.start_server(serve, "127.0.0.1") as door:
        yield door.sockets[0].getsockname()[1]


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, before: bytes, after: bytes) -> None:
    while data := await reader.read(65536):
        writer.write(data.replace(before, after) if before else data)
    writer.close()


def wait_for(home: Path) -> None:
    for _ in range(2000):
        pid = home / "data" / "postmaster.pid"
        if pid.exists() and pid.read_text().rstrip().endswith(("ready", "standby")):
            return
        time.sleep(0.01)
    raise AssertionError((home / "log").read_text())


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def write_certificate(home: Path) -> None:
    """An authority of our own, and a server's certificate from it."""
    key, authority_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = certificate("authority", authority_key, authority_key, is_authority=True)
    own = certificate("server", key, authority_key, is_authority=False)
    (home / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (home / "server.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (home / "server.key").write_bytes(key.private_bytes(*shape))
    (home / "server.key").chmod(0o600)


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, *, is_authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(host, critical=False)
        .sign(signer, hashes.SHA256())
    )
