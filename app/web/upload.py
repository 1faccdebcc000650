"""A file that a browser or a program sends: written to disk as it comes, and never held as a whole.

It is the body of a form (`multipart/form-data`). What a form of ours says of itself stands before the file, so that
nothing is written for one that is not ours.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from app.core.errors import Rejected, TooLarge
from app.core.language import marked
from app.web.readonly import ReadOnly
from app.web.visit import Visit

FIELD: Final = "file"
CUT_OFF: Final = marked("The file did not arrive as a whole. Please send it again.")
NO_FILE: Final = marked("Choose a file first.")
TOO_LARGE: Final = marked("This file is larger than can be accepted.")

OVERHEAD: Final = 1 << 16  # what stands around a file: its name, the proof of the form
_MOST_PARTS: Final = 20
_LONGEST_VALUE: Final = 1000
_WRITTEN_AT_ONCE: Final = 1 << 20
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(slots=True)
class Upload:
    """What came beside the bytes of the file."""

    name: str = ""
    size: int = 0
    fields: dict[str, str] = field(default_factory=dict)


async def receive(request: Request[Any, Any, Any], path: Path, most: int) -> Upload:
    """Write the file of this form there. Whatever goes wrong, nothing of it stays."""
    taking = _Taking(Visit.of(request.scope), path, most)
    try:
        await taking.all_of(request)
    except BaseException:
        taking.erase()
        raise
    return taking.upload


def _boundary(headers: Mapping[str, str]) -> str:
    kind, options = parse_options_header(headers.get("content-type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise Rejected(fields={FIELD: NO_FILE})
    return str(options["boundary"])


class _Taking:
    """One form on its way in."""

    def __init__(self, visit: Visit, path: Path, most: int) -> None:
        self.upload = Upload()
        self._visit, self._path, self._most = visit, path, most
        self._segment: MultipartSegment | None = None
        self._out: BinaryIO | None = None
        self._waiting = bytearray()
        self._chosen: MultipartSegment | None = None

    async def all_of(self, request: Request[Any, Any, Any]) -> None:
        """Everything that comes."""
        try:
            with PushMultipartParser(_boundary(request.headers), max_segment_count=_MOST_PARTS) as parser:
                async for part in _parts(request):
                    for event in parser.parse(part):
                        self._take(event)
                    await self._write(_WRITTEN_AT_ONCE)
        except (MultipartError, UnicodeDecodeError) as broken:
            self._prove()
            raise Rejected(fields={FIELD: CUT_OFF}) from broken
        finally:
            await self._close()
        self._prove()
        if self._chosen is None:
            raise Rejected(fields={FIELD: NO_FILE})

    def erase(self) -> None:
        """Leave nothing of it."""
        self._path.unlink(missing_ok=True)

    def _take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is not None and self._segment is not None:
            self._more(self._segment, event)

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment = segment
        if segment.name == FIELD and segment.filename and self._chosen is None:
            self._prove()
            self.upload.name = segment.filename
            self._chosen = segment
            self._out = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def _prove(self) -> None:
        self._visit.prove(self.upload.fields.get("_csrf", ""))

    def _more(self, segment: MultipartSegment, part: bytes | bytearray) -> None:
        if segment is self._chosen:
            self.upload.size += len(part)
            if self.upload.size > self._most:
                raise TooLarge(TOO_LARGE)
            self._waiting += part
        elif not segment.filename:
            known = self.upload.fields.get(segment.name, "")
            self.upload.fields[segment.name] = (known + bytes(part).decode("utf-8", "replace"))[:_LONGEST_VALUE]

    async def _write(self, least: int = 0) -> None:
        if self._out is None or len(self._waiting) < least:
            return
        try:
            await asyncio.to_thread(self._out.write, bytes(self._waiting))
        except OSError as full:
            if full.errno in _NO_ROOM:
                raise ReadOnly(retry_after=60) from full
            raise
        self._waiting.clear()

    async def _close(self) -> None:
        if self._out is not None:
            await self._write()
            await asyncio.to_thread(self._out.close)


async def _parts(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    more = True
    while more:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise Rejected(fields={FIELD: CUT_OFF})
        if part := message.get("body", b""):  # an empty one would be the end to the parser
            yield part
        more = message.get("more_body", False)
