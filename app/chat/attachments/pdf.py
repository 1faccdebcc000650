"""The text of a PDF, from a process that is given so much time, and no longer."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import msgspec

from app.chat.attachments.kinds import LONGEST_TEXT, Content, Kind
from app.core.errors import Rejected
from app.core.language import marked
from app.core.text import cleaned

MOST_SECONDS: Final = 25.0
MOST_AT_ONCE: Final = 2
_READER: Final = Path(__file__).with_name("pdf_reader.py")
_free: Final = asyncio.Semaphore(MOST_AT_ONCE)

ENCRYPTED: Final = marked("This PDF is locked with a password. Save it without one, and attach that.")
SCANNED: Final = marked("There is no text in this PDF: perhaps it was scanned. Attach its pages as pictures.")
UNREADABLE: Final = marked("This PDF cannot be read: it is damaged, or takes too long.")


class Found(msgspec.Struct):
    """What the process says."""

    pages: int = 0
    text: str = ""
    is_cut: bool = False
    problem: str = ""


async def content(data: bytes, most_seconds: float = MOST_SECONDS) -> Content:
    """What stands in this PDF; raises where nothing can be read."""
    async with _free:
        found = await _read(data, most_seconds)
    if found.problem:
        raise Rejected(fields={"file": ENCRYPTED})
    if not found.text.strip():
        raise Rejected(fields={"file": SCANNED})
    return Content(
        kind=Kind.PDF,
        media_type="application/pdf",
        pages=found.pages,
        text=cleaned(found.text),
        is_cut=found.is_cut,
    )


async def _read(data: bytes, most_seconds: float) -> Found:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (sys.executable, "-I", str(_READER), str(LONGEST_TEXT))
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nothing, env={})
    try:
        async with asyncio.timeout(most_seconds):
            said, _ = await process.communicate(data)
        return msgspec.json.decode(said, type=Found)
    except (TimeoutError, msgspec.DecodeError, OSError):
        raise Rejected(fields={"file": UNREADABLE}) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
