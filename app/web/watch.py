"""Whether a file has changed since the last look: plain time stamps, as a look takes milliseconds."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

_SKIPPED = frozenset({"__pycache__", "node_modules"})


class Watch:
    """Some folders, and how they looked."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._seen = self._look()

    def has_changed(self) -> bool:
        """Whether anything appeared, went or was written since this was last asked."""
        now = self._look()
        changed, self._seen = now != self._seen, now
        return changed

    def _look(self) -> dict[str, tuple[int, int]]:
        return {entry.path: _stamp(entry) for folder in self._folders for entry in _files(str(folder))}


def _files(folder: str) -> Iterator["os.DirEntry[str]"]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:  # it went while we looked
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _SKIPPED:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif entry.is_file():
            yield entry


def _stamp(entry: "os.DirEntry[str]") -> tuple[int, int]:
    try:
        found = entry.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
