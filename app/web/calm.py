"""What is done once, a moment after the start, so that the first person who talks does not wait for it."""

import asyncio
import gc
from typing import Final

from app.web import templates

_AFTER_S: Final = 1.0
_OFTEN_ENOUGH: Final = 10_000  # new objects; the usual 700 is a look for garbage several times a request


async def calm_down() -> None:
    """Make the pages of the conversation ready, and look no more for garbage in what stays for good."""
    await asyncio.sleep(_AFTER_S)
    await asyncio.to_thread(_prepare)


def _prepare() -> None:
    templates.compile_all("chat/")
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OFTEN_ENOUGH, 10, 10)
