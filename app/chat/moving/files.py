"""Where files lie that were brought from elsewhere, until they are read. No database here.

A job reads them, in any process that shares the data directory: the server itself, or `commonplace work` on this host.
"""

import os
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from app.core.settings import settings


def path_of(import_id: UUID) -> Path:
    """Where the file of this import lies. The id is all that a name is made of."""
    return _directory() / f"{import_id}.file"


def made_room() -> None:
    """Let there be a directory for them, for our eyes alone."""
    _directory().mkdir(mode=0o700, parents=True, exist_ok=True)


def remove(import_id: UUID) -> None:
    """Erase it, whole or not."""
    path_of(import_id).unlink(missing_ok=True)


def lying() -> dict[UUID, float]:
    """Which lie here, and since when (seconds since 1970)."""
    there: dict[UUID, float] = {}
    with suppress(FileNotFoundError):
        for file in os.scandir(_directory()):
            with suppress(ValueError, FileNotFoundError):
                there[UUID(file.name.partition(".")[0])] = file.stat().st_mtime
    return there


def _directory() -> Path:
    return settings().data_dir / "imports"
