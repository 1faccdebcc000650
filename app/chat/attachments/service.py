"""Files that go with messages: taken in at once, hung on a message when it is sent, and read for models."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.chat.attachments import kinds, pdf, queries, store
from app.chat.attachments.kinds import Content, Kind
from app.chat.attachments.queries import NewFile, Row
from app.core.clock import now
from app.core.errors import Conflict, NotFound, Rejected, TooLarge, TooMany, Unavailable
from app.core.language import marked
from app.core.settings import settings
from app.core.text import cleaned, is_shown
from app.database.engine import atomic
from app.web import file_forms
from app.web.file_forms import Upload

LARGEST: Final = file_forms.LARGEST_FILE
MOST: Final = 10  # to one message
MOST_UNSENT: Final = 50
LONGEST_NAME: Final = 120
WIDEST, HIGHEST = 320, 220  # pixels on a page
KEPT: Final = timedelta(days=1)  # what was begun and never sent
_JUST_NOW: Final = timedelta(minutes=10)  # a file may be there before its row is

LARGE: Final = marked("This file is larger than 10 MB. Send it in parts, or only what matters of it.")
MANY: Final = marked("A message takes ten files at most.")
GONE: Final = marked("One of the files is no longer here. Remove it, or attach it once more.")
WAITING: Final = marked("Fifty files wait to be sent already. Send some of them, or remove them.")
NO_PLACE: Final = marked("Files cannot be kept at the moment. An administrator has to look after their directory.")
SENT: Final = marked("This file belongs to a message. It goes when the message is deleted.")


@dataclass(frozen=True, slots=True)
class Attached:
    """One file, as it hangs on a message or waits to be sent."""

    id: UUID
    file_id: UUID
    message_id: UUID | None
    name: str
    kind: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    pages: int | None
    characters: int
    is_cut: bool
    created_at: datetime

    @property
    def href(self) -> str:
        return f"/attachments/{self.id}"

    @property
    def is_image(self) -> bool:
        return self.kind == Kind.IMAGE

    @property
    def shown_size(self) -> tuple[int, int]:
        """How large a picture stands on the page: known before it is there, so that nothing jumps when it comes."""
        width, height = self.width or 1, self.height or 1
        scale = min(1, WIDEST / width, HIGHEST / height)
        return max(1, round(width * scale)), max(1, round(height * scale))


def _attached(row: Row) -> Attached:
    return Attached(**{name: row[name] for name in Attached.__dataclass_fields__})


async def take_in(user_id: UUID, upload: Upload) -> Attached:
    """Take in what came with a form, if all of it did."""
    if not upload.is_whole or upload.size > LARGEST:
        raise TooLarge(LARGE)
    return await add(user_id, upload.name, upload.data)


async def add(user_id: UUID, name: str, data: bytes) -> Attached:
    """Take a file in. It waits for its message for a day."""
    if await queries.unsent(user_id) >= MOST_UNSENT:
        raise TooMany(WAITING)
    content = await asyncio.to_thread(kinds.content, data)
    if content.kind == Kind.PDF:
        content = await pdf.content(data)
    new = NewFile(named(name, content), hashlib.sha256(data).digest(), len(data), content, data)
    return await one(user_id, await queries.add(user_id, await _kept(user_id, new, data)))


async def _kept(user_id: UUID, new: NewFile, data: bytes) -> NewFile:
    root = settings().attachments_dir
    if not root.name:
        return new
    try:
        await asyncio.to_thread(store.keep, root, user_id, new.sha256, data)
    except OSError as failure:
        raise Unavailable(NO_PLACE) from failure
    return NewFile(new.name, new.sha256, new.size, new.content, None)


def named(name: str, content: Content) -> str:
    """The name without what leads to it, what cannot be seen, and what nobody reads to the end."""
    last = re.split(r"[/\\]", cleaned(name))[-1]
    shown = "".join(char if is_shown(char) else "" for char in last).strip(" .")
    if len(shown) > LONGEST_NAME:
        stem, dot, ending = shown.rpartition(".")
        ending = dot + ending[:10] if stem else ""
        shown = shown[: LONGEST_NAME - len(ending) - 1] + "…" + ending
    return shown or {Kind.TEXT: "text.txt", Kind.PDF: "document.pdf", Kind.IMAGE: "picture"}[content.kind]


async def one(user_id: UUID, attachment_id: UUID) -> Attached:
    """One of this person's."""
    row = await queries.one(user_id, attachment_id)
    if row is None:
        raise NotFound
    return _attached(row)


async def waiting(user_id: UUID, attachments: Sequence[UUID]) -> list[Attached]:
    """Those of these that were not sent yet, in this order."""
    rows = {row["id"]: row for row in await queries.some(user_id, attachments)} if attachments else {}
    found = [rows[each] for each in dict.fromkeys(attachments) if each in rows]
    return [_attached(row) for row in found if row["message_id"] is None]


async def to_send(user_id: UUID, attachments: Sequence[UUID]) -> list[Attached]:
    """All of these, ready to be sent; raises where they cannot be."""
    if len(attachments) > MOST:
        raise Rejected(fields={"attachments": MANY})
    found = await waiting(user_id, attachments)
    if len(found) < len(set(attachments)):
        raise Rejected(fields={"attachments": GONE})
    return found


async def of_messages(user_id: UUID, messages: Sequence[UUID]) -> dict[UUID, list[Attached]]:
    """What hangs on each of these messages."""
    found: dict[UUID, list[Attached]] = {}
    for row in await queries.of_messages(user_id, messages) if messages else []:
        found.setdefault(row["message_id"], []).append(_attached(row))
    return found


async def content_of(user_id: UUID, attached: Attached) -> bytes:
    """The bytes as they were sent."""
    row = await queries.bytes_of(user_id, attached.file_id)
    if row is None:
        raise NotFound
    data = await _bytes(user_id, row)
    if data is None:
        raise NotFound
    return data


async def _bytes(user_id: UUID, row: Row) -> bytes | None:
    data: bytes | None = row["data"]
    root = settings().attachments_dir
    return data if data is not None else await asyncio.to_thread(store.read, root, user_id, row["sha256"])


async def everything(user_id: UUID) -> AsyncIterator[tuple[str, bytes]]:
    """Every file of this person, one after the other, under its id and the ending of its name."""
    after = UUID(int=0)
    while row := await queries.next_file(user_id, after):
        after = row["id"]
        data = await _bytes(user_id, row)
        if data is not None:
            yield f"{after}{_ending(row['name'] or '')}", data


def _ending(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,10}$", name)
    return found[0].lower() if found else ""


async def texts_of(user_id: UUID, attached: Sequence[Attached]) -> dict[UUID, str]:
    """What was read from these, by the file."""
    files = list({each.file_id for each in attached if each.characters})
    return await queries.texts(user_id, files) if files else {}


async def hang(
    user_id: UUID, conversation_id: UUID, message_id: UUID, attachments: Sequence[UUID], after: int = 0
) -> None:
    """Hang these on a message that is being written; within its unit of work, so that both are there or neither."""
    if await queries.link(user_id, conversation_id, message_id, attachments, after) < len(attachments):
        raise Rejected(fields={"attachments": GONE})


async def copy(user_id: UUID, conversation_id: UUID, messages: dict[UUID, UUID]) -> None:
    """Hang what hangs on each of these messages (old → new) on a copy of it as well."""
    rows = await queries.of_messages(user_id, list(messages))
    if rows:
        onto = [messages[row["message_id"]] for row in rows]
        await queries.copy(user_id, conversation_id, [row["id"] for row in rows], onto)


async def remove(user_id: UUID, attachment_id: UUID) -> None:
    """Let go of one that was not sent."""
    async with atomic():
        file_id = await queries.remove_unsent(user_id, attachment_id)
        if file_id is not None:
            await queries.remove_files(user_id, [file_id])
    if file_id is None:
        await one(user_id, attachment_id)
        raise Conflict(SENT)


async def take_away(user_id: UUID, message_id: UUID) -> None:
    """Let go of what hangs on a message that is taken away, within that unit of work."""
    files = await queries.remove_of(user_id, message_id)
    if files:
        await queries.remove_files(user_id, files)


async def sweep() -> None:
    """Remove what was never sent, what hangs nowhere any more, and what the directory has too much."""
    for user_id in await queries.forgotten(now() - KEPT):
        async with atomic():
            await queries.remove_files(user_id, await queries.remove_forgotten(user_id, now() - KEPT))
    for user_id, files in (await queries.loose()).items():
        async with atomic():
            await queries.remove_files(user_id, files)
    await _sweep_directory()


async def _sweep_directory() -> None:
    root = settings().attachments_dir
    if not root.name:
        return
    before = (now() - _JUST_NOW).timestamp()
    for user_id in await asyncio.to_thread(store.people, root):
        wanted = await queries.in_directory(user_id)
        await asyncio.to_thread(store.remove_all_but, root, user_id, wanted, before)
