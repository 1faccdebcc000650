"""Heavy modules, loaded at first use: what they cost is paid by those who need them."""

import asyncio
import importlib
from types import ModuleType
from typing import Final

HEAVY: Final = frozenset(
    {
        "aiohttp",
        "authlib.integrations.httpx_client",
        "genai_prices",
        "httpx2",
        "joserfc.errors",
        "joserfc.jwk",
        "joserfc.jws",
        "piccolo.apps.migrations.auto",
        "piccolo.apps.migrations.commands.new",
        "piccolo_admin.endpoints",
        "smtplib",
        "starlette.authentication",
    }
)


def load(name: str) -> ModuleType:
    """The module of this name, which must be on the list: an import anywhere else stands at the top of its file."""
    if name not in HEAVY:
        message = f"{name} is not on the list of modules that are loaded at first use"
        raise ImportError(message)
    return importlib.import_module(name)


_aside: Final[set[str]] = set()


async def load_aside(name: str) -> ModuleType:
    """The same in a thread, the first time: whoever else is served meanwhile does not wait."""
    if name not in _aside:
        await asyncio.to_thread(load, name)
        _aside.add(name)
    return load(name)
