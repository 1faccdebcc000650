"""Opens a file that somebody exported elsewhere, and reads what was said in it, conversation by conversation.

It may be an archive (ZIP) or JSON, and anybody may have made it. So it is judged by its content alone, names of an
archive are only ever shown, and what it can cost is bounded before it is spent:

- an archive has at most 20,000 files, and a list of them of 4 MB;
- one file unpacks to at most a hundred times its size and 1 GiB, all that are read to 2 GiB (pictures are not read);
- one conversation has at most 16 MB, 300,000 values and 10,000 levels; see `pieces.py` and `decoding.py`.

Files that are in an archive within the archive are not looked at.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.chat.moving.came import Came, LeftOut
from app.chat.moving.loose import title_of
from app.chat.moving.reading import TOO_MUCH, Reading, is_json
from app.core.language import marked

EMPTY: Final = marked("This file is empty.")
UNKNOWN: Final = marked("Nothing in this file is a conversation in a form that is known here.")
DAMAGED: Final = marked("This archive is damaged. Please fetch it once more from where it came.")
LOCKED: Final = marked("This is locked with a password. Please unpack it first, and give what is in it.")
STRANGE: Final = marked("This is packed in an unusual way. Please unpack it first, and give what is in it.")
CROWDED: Final = marked("There are more files in this archive than any export has, so it was not opened.")
BOMB: Final = marked("This unpacks to far more than an export holds, so it was not opened.")

MOST_FILES: Final = 20_000
LONGEST_LIST: Final = 4 << 20  # bytes of the list of files in an archive
LARGEST_FILE: Final = 1 << 30
LARGEST_SUM: Final = 2 << 30
MOST_TIMES_LARGER: Final = 100  # unpacked than packed: text is about ten times
_NEVER_A_BOMB: Final = 1 << 20

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_LOCKED: Final = 0x1
_BEGINNING: Final = 1024
# What `zipfile` raises where an archive is not what it says.
_BROKEN: Final = (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError)


@dataclass(slots=True)
class Progress:
    """How far the reading has come, for those who wait for it: from 0 to 1."""

    share: float = 0.0
    _read: int = 0
    _whole: int = 1

    def begin(self, whole: int) -> None:
        """So many bytes are to be read."""
        self._whole = max(1, whole)

    def more(self, count: int) -> None:
        """So many more have been."""
        self._read += count
        self.share = min(1.0, self._read / self._whole)


class _Crowded(Exception):
    """The list of files in an archive is longer than it may be."""


class _Guarded(BufferedReader):
    """A file of which nobody reads more at once than the list of files in an archive may be: `zipfile` wants it all."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LONGEST_LIST:
            raise _Crowded
        return super().read(size)


def read(path: Path, progress: Progress | None = None) -> Iterator[Came]:
    """Each conversation of this file, or why it was left out. Whatever is in the file, nothing is raised."""
    progress = progress or Progress()
    size = path.stat().st_size
    progress.begin(size)
    with _Guarded(FileIO(path)) as file:
        beginning = file.peek(_BEGINNING)[:_BEGINNING]
        is_archive = beginning.startswith(_ZIP)
        yield from _Archive(file, progress) if is_archive else _one_file(file, beginning, size, progress)
    progress.share = 1.0


def wrong_with(path: Path) -> str:
    """What keeps this file from being read, as far as that shows at first sight; nothing, where nothing does."""
    with _Guarded(FileIO(path)) as file:
        beginning = file.peek(_BEGINNING)[:_BEGINNING]
        if beginning.startswith(_ZIP):
            archive = _unlocked(file)
            return archive if isinstance(archive, str) else ""
    if is_json(beginning):
        return ""
    return UNKNOWN if beginning.strip() else EMPTY


def _one_file(file: _Guarded, beginning: bytes, size: int, progress: Progress) -> Iterator[Came]:
    if size > LARGEST_FILE:
        yield LeftOut("", TOO_MUCH)
        return
    reading = Reading(file, "", progress.more)
    if is_json(beginning):
        yield from reading
    if not reading.found:
        yield LeftOut("", UNKNOWN)


class _Archive:
    """An archive, file by file."""

    def __init__(self, file: _Guarded, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self._room = LARGEST_SUM

    def __iter__(self) -> Iterator[Came]:
        archive = _unlocked(self._file)
        if isinstance(archive, str):
            yield LeftOut("", archive)
            return
        with archive:
            yield from self._files(archive)

    def _files(self, archive: ZipFile) -> Iterator[Came]:
        if len(archive.infolist()) > MOST_FILES:
            yield LeftOut("", CROWDED)
            return
        self._progress.begin(sum(entry.file_size for entry in archive.infolist() if _is_json(entry)))
        anything = False
        for entry in archive.infolist():
            for came in self._conversations(archive, entry):
                anything = True
                yield came
        if not anything:
            yield LeftOut("", UNKNOWN)

    def _conversations(self, archive: ZipFile, entry: ZipInfo) -> Iterator[Came]:
        """Those in one file of the archive. Its name is shown, and nothing else is done with it."""
        where, is_meant = title_of(entry.filename), _is_json(entry)
        why = _locked(entry)
        if why:
            yield from [LeftOut(where, why)] if is_meant else []
            return
        try:
            with archive.open(entry) as stream:
                is_meant = is_json(stream.read(_BEGINNING))
            why = self._refused(entry) if is_meant else ""
            if is_meant and not why:
                with archive.open(entry) as stream:
                    yield from Reading(stream, where, self._progress.more)
            yield from [LeftOut(where, why)] if why else []
        except _BROKEN:
            yield from [LeftOut(where, DAMAGED)] if is_meant else []

    def _refused(self, entry: ZipInfo) -> str:
        """Why this file is not unpacked, decided before anything is spent on it."""
        if entry.file_size > _NEVER_A_BOMB and entry.file_size > MOST_TIMES_LARGER * entry.compress_size:
            return BOMB
        if entry.file_size > min(LARGEST_FILE, self._room):
            return TOO_MUCH
        self._room -= entry.file_size
        return ""


def _unlocked(file: _Guarded) -> ZipFile | str:
    """The archive in this file, or why there is none."""
    try:
        return ZipFile(file)
    except _Crowded:
        return CROWDED
    except _BROKEN:
        return DAMAGED


def _is_json(entry: ZipInfo) -> bool:
    return entry.filename.lower().endswith(".json")


def _locked(entry: ZipInfo) -> str:
    """Why this file cannot be opened."""
    if entry.flag_bits & _LOCKED:
        return LOCKED
    return "" if entry.compress_type in (ZIP_STORED, ZIP_DEFLATED) else STRANGE
