"""How large a picture says it is, read from its head alone: nothing here unpacks anything.

(0, 0) where it does not say.
"""

from collections.abc import Iterator
from typing import Final

Size = tuple[int, int]
NONE: Final[Size] = (0, 0)
# The frames of JPEG that carry the size; what lies between is the tables of Huffman and others (C4, C8, CC).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # markers that no length follows


def png(data: bytes) -> Size:
    """The first chunk has to be the header."""
    return (_big(data, 16, 4), _big(data, 20, 4)) if data[12:16] == b"IHDR" and len(data) >= 24 else NONE  # noqa: PLR2004 - where the size ends


def gif(data: bytes) -> Size:
    """The logical screen."""
    return _little(data, 6, 2), _little(data, 8, 2)


def webp(data: bytes) -> Size:
    """One of three kinds of frame."""
    kind, frame = data[12:16], data[20:30]
    if len(frame) < 10:  # noqa: PLR2004 - the longest of the three heads
        return NONE
    if kind == b"VP8X":
        return _little(frame, 4, 3) + 1, _little(frame, 7, 3) + 1
    if kind == b"VP8L":
        bits = _little(frame, 1, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _little(frame, 6, 2) & 0x3FFF, _little(frame, 8, 2) & 0x3FFF
    return NONE


def jpeg(data: bytes) -> Size:
    """Marker by marker, up to the frame."""
    found = next((place for marker, place in _markers(data) if marker in _FRAMES), None)
    return NONE if found is None else (_big(data, found + 5, 2), _big(data, found + 3, 2))


def _markers(data: bytes) -> Iterator[tuple[int, int]]:
    """Each marker, and where its length stands."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:  # noqa: PLR2004 - what each marker begins with
        marker, place = data[place + 1], place + 2
        if marker == 0xFF:  # noqa: PLR2004 - filling
            place -= 1
        elif marker not in _ALONE:
            yield marker, place
            place += max(2, _big(data, place, 2))


def _big(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "big")


def _little(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")
