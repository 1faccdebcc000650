"""Messages to a browser's push service: sealed for that browser alone (RFC 8291), and signed by us (RFC 8292).

Nothing is sent here. The service sees who sends and where to, but never what.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core.secrets import random_bytes

Key = ec.EllipticCurvePrivateKey

LONGEST: Final = 3_000  # bytes of a message: what every push service takes, with room for what is put around it
_CURVE: Final = ec.SECP256R1()
_RECORD: Final = (4096).to_bytes(4, "big")
_LAST: Final = b"\x02"  # the mark at the end of the last record; ours is the only one
_AUTH_LENGTH: Final = 16
_NUMBER: Final = 32  # bytes of each of the two numbers of a signature
_SIGNED_FOR: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Browser:
    """Where one browser can be reached, and what only it can read what was sealed with."""

    endpoint: str
    key: bytes
    auth: bytes

    @property
    def is_whole(self) -> bool:
        """Whether anything can be sealed for it."""
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, self.key)
        except ValueError:
            return False
        return len(self.auth) == _AUTH_LENGTH


def new_key() -> Key:
    """A key by which push services know us again."""
    return ec.generate_private_key(_CURVE)


def written(key: Key) -> str:
    """A key as a text, to be sealed and kept."""
    return encoded(key.private_numbers().private_value.to_bytes(_NUMBER, "big"))


def read(text: str) -> Key:
    """The key in this text."""
    return ec.derive_private_key(int.from_bytes(decoded(text), "big"), _CURVE)


def public(key: Key) -> bytes:
    """What others may know of a key."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encoded(data: bytes) -> str:
    """Bytes as browsers and tokens write them."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes in such a text; raises ValueError where it is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def sealed(message: bytes, browser: Browser, *, once: Key | None = None, salt: bytes = b"") -> bytes:
    """The body that this browser alone can open. `once` and `salt` are new for each message."""
    once, salt = once or new_key(), salt or random_bytes(16)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, browser.key)
    secret = once.exchange(ec.ECDH(), theirs)
    base = _derived(secret, browser.auth, b"WebPush: info\x00" + browser.key + public(once), 32)
    key = _derived(base, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(base, salt, b"Content-Encoding: nonce\x00", 12)
    head = salt + _RECORD + bytes([len(public(once))]) + public(once)
    return head + AESGCM(key).encrypt(nonce, message + _LAST, None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def authorization(endpoint: str, key: Key, contact: str, moment: datetime) -> str:
    """The header that says who sends: for this push service alone, and not for long."""
    parts = urlsplit(endpoint)
    claims: dict[str, str | int] = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((moment + _SIGNED_FOR).timestamp()),
        "sub": contact,
    }
    return f"vapid t={_token(claims, key)}, k={encoded(public(key))}"


def _token(claims: dict[str, str | int], key: Key) -> str:
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    text = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    numbers = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{encoded(b''.join(number.to_bytes(_NUMBER, 'big') for number in numbers))}"
