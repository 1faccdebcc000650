"""Letters out of the house, by the operator's mail server. A connection that is not private is not used."""

import asyncio
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from app.core.clock import now
from app.core.errors import Misconfigured, Rejected, Unavailable
from app.core.language import marked
from app.core.lazy import load
from app.core.secrets import new_token
from app.core.settings import settings
from app.core.text import is_mail_address

ANSWER_WITHIN: Final = 15.0
_PORTS: Final = {"smtp": 587, "smtps": 465}
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BAD_SERVER: Final = "COMMONPLACE_SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host."
_BAD_SENDER: Final = "COMMONPLACE_MAIL_FROM must look like: Commonplace <commonplace@example.com>"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one person."""

    to: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed in. Without TLS only on this very machine, or where the operator says `?tls=off`."""

    host: str
    port: int
    user: str
    password: str
    is_smtps: bool
    may_be_plain: bool

    @classmethod
    def parse(cls, url: str) -> "Server":
        """The server in the setting; raises a sentence for the operator."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise Misconfigured(_BAD_SERVER) from None
        tls = parse_qs(parts.query).get("tls", ["on"])[-1]
        if not host or tls not in ("on", "off"):
            raise Misconfigured(_BAD_SERVER)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(host, port, user, password, parts.scheme == "smtps", tls == "off" or host in _HERE)


def is_set_up() -> bool:
    """Whether letters can be sent at all."""
    return bool(settings().smtp_url)


async def send(letter: Letter) -> None:
    """Hand this letter in. Raises Rejected where no repetition would help, else Unavailable."""
    await _with_server(lambda smtp: smtp.send_message(composed(letter)))


async def check() -> None:
    """Reach the server and sign in there, without sending anything."""
    sender()
    await _with_server(lambda smtp: smtp.noop())


async def _with_server(use: Any) -> None:
    server = Server.parse(settings().smtp_url)
    await asyncio.to_thread(_in_words, server, use)


def _in_words(server: Server, use: Any) -> None:
    smtplib = load("smtplib")
    try:
        with _connected(server) as smtp:
            use(smtp)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPNotSupportedError) as refused:
        raise Rejected(marked("The mail server does not take letters for this address.")) from refused
    except smtplib.SMTPAuthenticationError as refused:
        raise Unavailable(marked("The mail server refuses our password.")) from refused
    except ssl.SSLCertVerificationError as wrong:
        raise Unavailable(marked("The mail server's certificate cannot be trusted.")) from wrong
    except (OSError, smtplib.SMTPException) as failure:
        raise Unavailable(marked("The mail server cannot be reached.")) from failure


def _connected(server: Server) -> Any:
    """A connection that may carry letters and passwords."""
    smtplib = load("smtplib")
    trust = ssl.create_default_context()
    if server.is_smtps:
        smtp = smtplib.SMTP_SSL(
            server.host, server.port, timeout=ANSWER_WITHIN, context=trust, local_hostname="localhost"
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=ANSWER_WITHIN, local_hostname="localhost")
    try:
        _secure(smtp, server, trust)
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _secure(smtp: Any, server: Server, trust: ssl.SSLContext) -> None:
    smtp.ehlo()
    if server.is_smtps:
        return
    if smtp.has_extn("starttls"):
        smtp.starttls(context=trust)
        smtp.ehlo()
    elif not server.may_be_plain:
        raise Unavailable(marked("The mail server offers no encryption, so nothing was sent."))


def composed(letter: Letter) -> EmailMessage:
    """The letter as it travels. What could smuggle in a header is refused by the library; we say it in our words."""
    name, address = sender()
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(name, addr_spec=address)
        message["To"] = Address(addr_spec=_single(letter.to))
        message["Subject"] = letter.subject
    except (ValueError, IndexError) as wrong:
        raise Rejected(marked("This letter cannot be sent to this address.")) from wrong
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{new_token()}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _single(address: str) -> str:
    if not is_mail_address(address):
        raise ValueError(address)
    return address


def sender() -> tuple[str, str]:
    """Name and address of who writes."""
    name, address = parseaddr(settings().mail_from)
    if "@" not in address:
        raise Misconfigured(_BAD_SENDER)
    return name, address
