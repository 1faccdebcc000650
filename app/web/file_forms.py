"""Forms that bring files, read while they arrive: of each file as much as may be kept, and never more in all."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from app.core.errors import Rejected, Unavailable
from app.core.language import marked
from app.web import body
from app.web.interface import Receive

MIB: Final = 1024 * 1024
LARGEST_FILE: Final = 10_000_000
MOST_IN_ONE: Final = 32 * MIB  # of the files of one form
MOST_HELD: Final = 128 * MIB  # of all that are being read
AROUND: Final = 3 * MIB  # what a form may hold beside its files
MOST_PARTS: Final = 100
_LONGEST_HEADER: Final = 2 * MIB  # a name may be long; it is cut later
_BOUNDARY: Final = re.compile(r'boundary=(?:"([^"\r\n]{1,200})"|([^\s;,"]{1,200}))', re.IGNORECASE)

UNREADABLE: Final = marked("What arrived is not a form that can be read.")
FULL: Final = marked("Too many files are being sent to this server at the moment. Please try again in a few seconds.")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came. Where it was larger than may be kept, `data` is only a part of it."""

    name: str
    data: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        return len(self.data) == self.size


@dataclass(slots=True)
class Form:
    """What was in it."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)


_held = [0]


def boundary_of(content_type: str) -> str:
    """What stands between the parts; empty where this is no such form."""
    found = _BOUNDARY.search(content_type) if content_type.lower().startswith("multipart/form-data") else None
    return (found[1] or found[2]) if found else ""


async def read(boundary: str, receive: Receive) -> Form:
    """The form in this body. What cannot be one is refused where that shows."""
    reading = _Reading()
    parser = PushMultipartParser(
        boundary, max_segment_count=MOST_PARTS, max_header_size=_LONGEST_HEADER, max_segment_size=2**40
    )
    try:
        with parser:
            async for chunk in _chunks(receive):
                for event in parser.parse(chunk):
                    reading.take(event)
    except (MultipartError, UnicodeDecodeError) as wrong:
        raise Rejected(UNREADABLE) from wrong
    finally:
        _held[0] -= reading.held
    return reading.form


class _Reading:
    """The part that is being read, and those that were."""

    def __init__(self) -> None:
        self.form = Form()
        self.held = 0
        self._files = 0
        self._part: MultipartSegment | None = None
        self._chunks: list[bytes] = []
        self._kept = 0

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._part, self._chunks, self._kept = event, [], 0
        elif event is not None:
            self._keep(bytes(event))
        elif self._part is not None:
            self._end(self._part, b"".join(self._chunks))

    def _keep(self, chunk: bytes) -> None:
        is_file = self._part is not None and self._part.filename is not None
        if self._kept > LARGEST_FILE or (is_file and self._files > MOST_IN_ONE):
            return
        self._chunks.append(chunk)
        self._kept += len(chunk)
        self._files += len(chunk) if is_file else 0
        self.held += len(chunk)
        _held[0] += len(chunk)
        if _held[0] > MOST_HELD:
            raise Unavailable(FULL)

    def _end(self, part: MultipartSegment, data: bytes) -> None:
        if part.filename is None:
            self.form.fields.setdefault(part.name or "", []).append(_text(data))
        elif part.filename or part.size:  # a field in which no file was chosen comes as one without a name
            self.form.files.append(Upload(part.filename, data, part.size))


def _text(data: bytes) -> str:
    if b"\x00" in data:
        raise Rejected(body.NUL)
    return data.decode()


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected(UNREADABLE)
        more = message.get("more_body", False)
        if chunk := message.get("body", b""):
            yield chunk
