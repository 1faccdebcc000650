"""Who we are at push services, and how what is kept of browsers is sealed."""

from typing import Final

import msgspec

from app.core import log, webpush
from app.core.errors import AppError, Unavailable
from app.core.language import marked
from app.core.secrets import Vault
from app.core.webpush import Browser, Key
from app.notifications import queries_push as queries

_NAME: Final = "vapid"
_vaults: list[Vault] = []
_log = log.logger("app.notifications")


class NoKey(Unavailable):
    """It could not be made when the house was opened."""

    code = "NO_PUSH_KEY"
    sentence = marked("Devices cannot be told anything for now. Its log tells the operator why.")


class _Sealed(msgspec.Struct):
    endpoint: str
    key: bytes
    auth: bytes


def seal_with(vault: Vault) -> None:
    """Use this vault from now on."""
    _vaults[:] = [vault]


async def make() -> None:
    """Have a key, at the first start of the house. Where that cannot be done now, the house serves all the same."""
    try:
        if await queries.key(_NAME) is None:
            await queries.add_key(_NAME, _vaults[0].encrypt(webpush.written(webpush.new_key())))
    except AppError as trouble:
        _log.warning("There is no key for push services yet: %s", trouble)


async def ours() -> Key:
    """Our key, the same for every process."""
    stored = await queries.key(_NAME)
    if stored is None:
        raise NoKey
    return webpush.read(_vaults[0].decrypt(stored))


def sealed(browser: Browser) -> bytes:
    """What is kept of a browser."""
    kept = _Sealed(browser.endpoint, browser.key, browser.auth)
    return _vaults[0].encrypt(msgspec.json.encode(kept).decode())


def opened(kept: bytes) -> Browser:
    """The browser in it."""
    found = msgspec.json.decode(_vaults[0].decrypt(kept), type=_Sealed)
    return Browser(found.endpoint, found.key, found.auth)
