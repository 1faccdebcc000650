"""Tokens, their hashes, signatures, and the encryption of what must not lie open in the database."""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.core.errors import Misconfigured

SHORTEST_SECRET = 32


def new_token() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def random_bytes(count: int) -> bytes:
    """So many bytes that nobody can guess."""
    return secrets.token_bytes(count)


def jitter(most: float) -> float:
    """A wait between none and `most` seconds, so that those who failed together do not come back together."""
    return secrets.randbelow(1000) / 1000 * most


def hashed(token: str) -> bytes:
    """What is stored in place of a token: enough to recognise it, useless to a thief."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def check_secret(secret: str) -> str:
    """A master secret that is long enough to be one."""
    if len(secret.encode()) < SHORTEST_SECRET:
        message = (
            "COMMONPLACE_SECRET is shorter than 32 bytes. "
            "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
        raise Misconfigured(message)
    return secret


def refuse_weak(given: Sequence[str], published: Path) -> None:
    """Refuse what is too short, and what everybody can read in the guides, the examples and the tests."""
    for secret in given:
        check_secret(secret)
    if given and any(secret in text for text in _published(published) for secret in given):
        message = (
            "COMMONPLACE_SECRET stands in the guides or the tests of Commonplace, where everybody can read it. "
            "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
        raise Misconfigured(message)


def _published(root: Path) -> Iterator[str]:
    for pattern in ("*.md", ".env.example", "templates/help/*.md", "tests/**/*.py", "tests/**/*.md"):
        for file in root.glob(pattern):
            if file.is_file():
                yield file.read_text(errors="replace")


def master_secrets(given: Sequence[str], directory: Path) -> tuple[str, ...]:
    """The secrets that were set, or the one in the data directory: made at the first start, for its owner alone."""
    if given:
        return tuple(given)
    file = directory / "secret"
    if not file.exists():
        directory.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            _write_private(file, new_token())
    return tuple(file.read_text().split())


def _write_private(file: Path, text: str) -> None:
    """All of it or nothing, and never readable by others: a link into place fails where a rival was faster."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(draft, file)
    finally:
        draft.unlink()


class Vault:
    """Everything that the master secret is good for. The first secret of the list writes, all of them read."""

    def __init__(self, master: Sequence[str]) -> None:
        self._master = [check_secret(secret) for secret in master]

    @cached_property
    def _fernet(self) -> MultiFernet:
        keys = [base64.urlsafe_b64encode(_derived(secret, "encrypt")) for secret in self._master]
        return MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> bytes:
        """Ciphertext that only a holder of the master secret can read or change."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, sealed: bytes) -> str:
        """The text in it. Where no secret of the list fits, the operator has lost one."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as wrong:
            message = (
                "A stored secret cannot be read with the present COMMONPLACE_SECRET. Add the earlier one to the list."
            )
            raise Misconfigured(message) from wrong

    def rotated(self, sealed: bytes) -> bytes:
        """The same text under the newest secret."""
        return self._fernet.rotate(sealed)

    def sign(self, purpose: str, text: str) -> str:
        """A short proof that we wrote `text`, for this purpose alone."""
        return _signature(self._master[0], purpose, text)

    def is_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Whether any secret of the list made this signature."""
        return any(same(_signature(secret, purpose, text), signature) for secret in self._master)


def _derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")


def _signature(secret: str, purpose: str, text: str) -> str:
    digest = hmac.digest(_derived(secret, purpose), text.encode("utf-8", "surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
