"""Where the embedded database's socket lies: a directory of the server's user alone, with a path short enough.

Whoever reaches the socket is let in, so its directory is the door.
"""

import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Final

from app.core.errors import Misconfigured
from app.database.cluster_directory import SOCKET, ClusterDirectory
from app.database.unprivileged import Runner

LONGEST: Final = 107 if sys.platform == "linux" else 103


def made(directory: ClusterDirectory, who: Runner | None) -> Path:
    """The directory for the socket, made where it is missing."""
    beside = _beside(directory)
    if _is_usable(beside):
        _make(beside, who)
        return beside
    found = recorded(directory)
    if found is None or not _is_private(found, who):
        found = _made_elsewhere(who)
        _record(directory, found)
    return found


def recorded(directory: ClusterDirectory) -> Path | None:
    """Where the owner of the cluster put it."""
    beside = _beside(directory)
    if _is_usable(beside):
        return beside
    try:
        return Path(_note(directory).read_text())
    except FileNotFoundError:
        return None


def _beside(directory: ClusterDirectory) -> Path:
    return directory.home / "socket"


def _note(directory: ClusterDirectory) -> Path:
    return directory.home / "socket.path"


def _is_usable(path: Path) -> bool:
    """The system limits the length; a comma would make two hosts of one for PostgreSQL's tools."""
    return len(os.fsencode(path / SOCKET)) <= LONGEST and "," not in str(path)


def _make(path: Path, who: Runner | None) -> None:
    if path.exists() and not path.is_dir():
        raise Misconfigured("%(path)s is in the way of the database's socket. Remove it.", path=path)
    if not path.exists():
        path.mkdir(mode=0o700)
        if who is not None:
            os.chown(path, who.user, who.group)
    if not _is_private(path, who):
        message = "%(path)s must belong to the database's user and be closed to others. Remove it and start again."
        raise Misconfigured(message, path=path)


def _made_elsewhere(who: Runner | None) -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    fits = (
        who is None and runtime and _is_usable(Path(runtime) / "commonplace-12345678") and os.access(runtime, os.W_OK)
    )
    path = Path(tempfile.mkdtemp(prefix="commonplace-", dir=runtime if fits else "/tmp"))  # noqa: S108 - mkdtemp is safe in it
    if who is not None:
        os.chown(path, who.user, who.group)
    return path


def _is_private(path: Path, who: Runner | None) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    owner = os.geteuid() if who is None else who.user
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and not found.st_mode & 0o077


def _record(directory: ClusterDirectory, path: Path) -> None:
    draft = directory.home / "socket.path.new"
    draft.write_text(str(path))
    draft.replace(_note(directory))
