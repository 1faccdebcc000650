"""What a file is: found out from its bytes, never from its name or from what is said of it."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.chat.attachments import pictures
from app.core.errors import Rejected
from app.core.language import marked

MOST_PIXELS: Final = 50_000_000
LONGEST_SIDE: Final = 16_000
LONGEST_TEXT: Final = 400_000
_HEAD: Final = 1024  # a PDF may begin a little late
_UNREADABLE: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

EMPTY: Final = marked("This file is empty.")
UNKNOWN: Final = marked(
    "This kind of file cannot be read here. Text, code, CSV, PDF and pictures (PNG, JPEG, WebP, GIF) can."
)
HUGE: Final = marked("This picture is larger than can be shown: at most 50 megapixels, and 16,000 a side.")
BROKEN: Final = marked("This picture is damaged: it does not say how large it is.")


class Kind(StrEnum):
    """What can be done with it."""

    TEXT = "TEXT"
    PDF = "PDF"
    IMAGE = "IMAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What was found in the bytes. The text of a PDF is still to be taken out."""

    kind: Kind
    media_type: str
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    text: str = ""
    is_cut: bool = False


_PICTURES: Final[tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]], ...]] = (
    ("image/png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), pictures.png),
    ("image/jpeg", lambda data: data.startswith(b"\xff\xd8\xff"), pictures.jpeg),
    ("image/gif", lambda data: data[:6] in (b"GIF87a", b"GIF89a"), pictures.gif),
    ("image/webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", pictures.webp),
)


def content(data: bytes) -> Content:
    """What these bytes are; raises where they are nothing that we take."""
    if not data:
        raise Rejected(fields={"file": EMPTY})
    for media_type, fits, size in _PICTURES:
        if fits(data):
            return _picture(media_type, size(data))
    if b"%PDF-" in data[:_HEAD]:
        return Content(kind=Kind.PDF, media_type="application/pdf")
    return _text(data)


def _picture(media_type: str, size: tuple[int, int]) -> Content:
    width, height = size
    if width <= 0 or height <= 0:
        raise Rejected(fields={"file": BROKEN})
    if width * height > MOST_PIXELS or max(size) > LONGEST_SIDE:
        raise Rejected(fields={"file": HUGE})
    return Content(kind=Kind.IMAGE, media_type=media_type, width=width, height=height)


def _text(data: bytes) -> Content:
    """HTML and SVG among it: they are read like any other text, and never served as what they are."""
    coding = _WIDE.get(data[:2], "utf-8-sig")
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        raise Rejected(fields={"file": UNKNOWN}) from None
    if _UNREADABLE.search(text):
        raise Rejected(fields={"file": UNKNOWN})
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Rejected(fields={"file": EMPTY})
    charset = "utf-8" if coding == "utf-8-sig" else coding
    kept, is_cut = text[:LONGEST_TEXT], len(text) > LONGEST_TEXT
    return Content(kind=Kind.TEXT, media_type=f"text/plain; charset={charset}", text=kept, is_cut=is_cut)
