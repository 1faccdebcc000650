"""Files in a directory, for whoever does not want them in the database: one folder a person, each file under its hash.

Nothing is taken away here but by the sweep, which knows what the database has: so no failure between the two can leave
a row without its file.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

from app.core.secrets import new_token

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def path_of(root: Path, user_id: UUID, digest: bytes) -> Path:
    """Where this file of that person lies."""
    return root / user_id.hex / digest.hex()


def keep(root: Path, user_id: UUID, digest: bytes, data: bytes) -> None:
    """Write it, so that it is whole or not there, also after a power cut."""
    file = path_of(root, user_id, digest)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{new_token()[:16]}")
    with os.fdopen(os.open(draft, _FLAGS, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    _settle(file.parent)
    _settle(root)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(root: Path, user_id: UUID, digest: bytes) -> bytes | None:
    """The bytes, where they are there."""
    file = path_of(root, user_id, digest)
    return file.read_bytes() if file.is_file() else None


def people(root: Path) -> list[UUID]:
    """Whose folders there are."""
    if not root.is_dir():
        return []
    return [UUID(hex=folder.name) for folder in root.iterdir() if _is_hex(folder.name, 32) and folder.is_dir()]


def remove_all_but(root: Path, user_id: UUID, wanted: frozenset[bytes], before: float) -> int:
    """Take away what nobody knows of any more, and has not just been written; how many files went."""
    folder = root / user_id.hex
    unknown = [file for file in _files(folder) if not (_is_hex(file.name, 64) and bytes.fromhex(file.name) in wanted)]
    old = [file for file in unknown if file.stat().st_mtime < before]
    for file in old:
        file.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
    return len(old)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.iterdir() if file.is_file() and not file.is_symlink())


def _is_hex(name: str, length: int) -> bool:
    return len(name) == length and all(char in "0123456789abcdef" for char in name)
