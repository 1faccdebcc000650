"""Keys at providers: sealed before they are stored, opened only to be sent, and shown to nobody again."""

from typing import Final

from app.core.errors import Misconfigured
from app.core.secrets import Vault

_HINT: Final = 4
_LONG_ENOUGH: Final = 16  # of a shorter one, four characters would tell too much

_vaults: list[Vault] = []


def seal_with(vault: Vault) -> None:
    """Use this vault from now on."""
    _vaults[:] = [vault]


def sealed(key: str) -> bytes | None:
    """What is stored of a key; nothing of none."""
    return _vaults[0].encrypt(key) if key else None


def opened(stored: bytes | None) -> str | None:
    """The key itself, for the one host that it is for; None where the secret that sealed it is lost."""
    try:
        return _vaults[0].decrypt(stored) if stored else ""
    except Misconfigured:
        return None


def hint(key: str) -> str:
    """What its owner recognises it by."""
    return key[-_HINT:] if len(key) >= _LONG_ENOUGH else ""
