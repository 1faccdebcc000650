"""One archive on disk: for each section a JSON file for programs and a Markdown file for people. No database here.

It is written under another name and moved into place when it is whole, so that nobody ever fetches half of one.
"""

import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, Self
from uuid import UUID

import msgspec

from app.core.clock import now
from app.core.secrets import new_token

Row = Mapping[str, Any]
_PRIVATE_FILE: Final = stat.S_IFREG | 0o600
_IN_MEMORY: Final = 1 << 20
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]#|~!])")
_AT_THE_BEGINNING: Final = re.compile(r"^(\s*)(\d*)([-+=.)])", re.MULTILINE)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*")


class Archive:
    """An archive that is being written. Leaving the block moves it into place, or removes it after a failure."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._draft = file.with_name(f"{file.stem}.{new_token()[:8]}.part")  # of this attempt alone
        self._moment = now()
        self._part: Part | None = None

    def __enter__(self) -> Self:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._out = os.fdopen(os.open(self._draft, flags, 0o600), "wb")
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if self._part is not None:
            self._part.close()
        self._zip.close()
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        if kind is None:
            self._draft.replace(self._file)
        else:
            self._draft.unlink(missing_ok=True)

    def section(self, name: str, title: str) -> "Part":
        """Begin the next section; the one before must be ended."""
        if not _NAME.fullmatch(name):
            raise ValueError(name)
        self._part = Part(self, name, title)
        return self._part

    def add(self, name: str, content: str | bytes) -> None:
        """A whole file."""
        with self.member(name) as out:
            out.write(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))

    def member(self, name: str) -> IO[bytes]:
        """A file of the archive, open to be written."""
        entry = zipfile.ZipInfo(name, self._moment.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = _PRIVATE_FILE << 16
        return self._zip.open(entry, "w", force_zip64=True)


class Part:
    """One section. The JSON goes straight into the archive; the Markdown waits, for only one file can be open there."""

    def __init__(self, archive: Archive, name: str, title: str) -> None:
        self.count = 0
        self._archive = archive
        self._name = name
        self._json = archive.member(f"data/{name}.json")
        self._json.write(b"[")
        self._markdown = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed in `end`
        self._markdown.write(f"# {escaped(title)}\n".encode())

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""
        for row in rows:
            self._json.write((b"," if self.count else b"") + b"\n" + msgspec.json.encode(row))
            self.count += 1
            self._markdown.write(described(self.count, row).encode("utf-8", "replace"))

    def end(self) -> None:
        """The section is complete."""
        self._json.write(b"\n]\n")
        self._json.close()
        self._markdown.seek(0)
        with self._archive.member(f"{self._name}.md") as out:
            shutil.copyfileobj(self._markdown, out)
        self.close()

    def close(self) -> None:
        """Let go, complete or not."""
        self._json.close()
        self._markdown.close()


def described(number: int, row: Row) -> str:
    """A row for people."""
    lines = [f"- **{escaped(_words(name))}:** {_told(value)}" for name, value in row.items() if value not in (None, "")]
    return f"\n## {number}\n\n" + "\n".join(lines) + "\n"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S UTC")
    if isinstance(value, dict | list):
        return escaped(msgspec.json.encode(value).decode())
    return escaped(str(value))


def escaped(text: str) -> str:
    """The text as Markdown that reads like it, and does nothing else: whoever draws it later meets no HTML in it."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _AT_THE_BEGINNING.sub(r"\1\2\\\3", _SPECIAL.sub(r"\\\1", plain))
    return plain.replace("\r", "").replace("\n", "  \n  ")


# Where archives lie ---------------------------------------------------------------------------------------------------


def path_of(directory: Path, archive_id: UUID) -> Path:
    """Where the archive with this id lies. The id is all that a name is made of."""
    return directory / "exports" / f"{archive_id}.zip"


def remove(directory: Path, archive_id: UUID) -> None:
    """Remove an archive, finished or not."""
    for file in path_of(directory, archive_id).parent.glob(f"{archive_id}.*"):
        file.unlink(missing_ok=True)


def is_here(directory: Path, archive_id: UUID) -> bool:
    """Whether the archive lies on this host, as a file and not as a link to one."""
    path = path_of(directory, archive_id)
    return path.is_file() and not path.is_symlink()


def opened(directory: Path, archive_id: UUID) -> IO[bytes]:
    """The archive, open to be read."""
    return os.fdopen(os.open(path_of(directory, archive_id), os.O_RDONLY | os.O_NOFOLLOW), "rb")


def found(directory: Path) -> dict[UUID, float]:
    """Which archives lie here, and since when (seconds since 1970)."""
    there: dict[UUID, float] = {}
    with suppress(FileNotFoundError):
        for file in os.scandir(directory / "exports"):
            with suppress(ValueError, FileNotFoundError):
                there[UUID(file.name.partition(".")[0])] = file.stat().st_mtime
    return there
