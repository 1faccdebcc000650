"""Watches the room on the disk, so that the database never finds it full: it would stop, and not start again."""

import asyncio
from collections.abc import Callable
from typing import Final

from app.core.settings import Settings
from app.database import health
from app.database.health import Disk
from app.web.readonly import saving

SELDOM: Final = 2.0
OFTEN: Final = 0.2
_NEAR: Final = 4  # times the limit: from there on it could be reached between two looks
_ROOM: Final = 1.1  # so that it does not flicker at the edge


async def watch(settings: Settings) -> None:
    """Until it is cancelled. A database elsewhere has a disk of its own, which is not ours to watch."""
    while settings.is_embedded:
        pause = look(lambda: health.disk(settings.data_dir))
        await asyncio.sleep(pause)


def look(measure: Callable[[], Disk]) -> float:
    """Let saving rest, or go on; when to look again."""
    disk = measure()
    saving.set(rests=disk.free < disk.limit * (_ROOM if saving.rests else 1))
    return OFTEN if disk.free < disk.limit * _NEAR else SELDOM
