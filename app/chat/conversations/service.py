"""What may be done with conversations: named, kept on top, put away, thrown into the bin and taken out again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.chat.conversations import queries
from app.chat.conversations.queries import Listed, Row, Which
from app.chat.conversations.wording import known_model, told
from app.core.clock import now
from app.core.errors import NotFound, Rejected
from app.core.language import marked
from app.core.paging import Cursor, Page, page_size
from app.core.text import is_clean
from app.database.engine import atomic
from app.index import service as index

__all__ = ["Listed", "Row"]

LONGEST_TITLE: Final = 200
LONGEST_DRAFT: Final = 400_000
KEPT_IN_BIN: Final = timedelta(days=30)
TEMPORARY_FOR: Final = timedelta(hours=24)


async def listed(
    user_id: UUID, after: Cursor | None = None, size: int | None = None, which: Which = "loose"
) -> Page[Listed]:
    """The conversations of this person, the one that was last active first; those on top and in folders are apart."""
    most = page_size(size, usual=40)
    return Page.of(await queries.newest(user_id, after, most + 1, which=which), most, place)


async def pinned(user_id: UUID) -> list[Listed]:
    """Those that stay on top."""
    return await queries.pinned(user_id)


async def shelved(user_id: UUID, after: Cursor | None, size: int | None = None, *, deleted: bool) -> Page[Listed]:
    """The archive, or the bin."""
    most = page_size(size, usual=40)
    return Page.of(await queries.shelved(user_id, after, most + 1, deleted=deleted), most, place)


def place(line: Listed) -> Cursor:
    """Where this one stands in the list."""
    return Cursor(line.active_at, line.id)


async def conversation(user_id: UUID, conversation_id: UUID) -> Row:
    """One conversation; one in the bin is gone for everybody but the bin."""
    row = await queries.conversation_of(user_id, conversation_id)
    if row is None or row["deleted_at"] is not None:
        raise NotFound
    return row


async def rename(user_id: UUID, conversation_id: UUID, title: str) -> None:
    """Give it a title of the person's own."""
    await _changed(user_id, [conversation_id], _titled(title))


def _titled(title: str) -> dict[str, Any]:
    title = " ".join(title.split())
    if not title:
        raise Rejected(fields={"title": marked("A conversation needs a title.")})
    if len(title) > LONGEST_TITLE or not is_clean(title):
        raise Rejected(fields={"title": marked("This is too long.")})
    return {"title": title, "has_own_title": True}


async def settle_in(user_id: UUID, conversation_id: UUID, *, model: str | None, instructions: str) -> None:
    """What holds in this conversation: its model, and what every model in it is told."""
    await amend(user_id, conversation_id, {"model": model, "instructions": instructions})


async def amend(user_id: UUID, conversation_id: UUID, changes: Mapping[str, Any]) -> None:
    """Change several things of it at once: `title`, `instructions`, `model`, `folder_id`, `pinned`, `archived`."""
    values = dict(changes)
    if "title" in values:
        values |= _titled(values["title"])
    if "instructions" in values:
        values["instructions"] = told(values["instructions"])
    if "pinned" in values:
        values["pinned_at"] = now() if values.pop("pinned") else None
    if "archived" in values:
        values["archived_at"] = now() if values.pop("archived") else None
    row = await conversation(user_id, conversation_id)
    if "model" in values and (values["model"] or None) != row["model"]:  # one that is gone may stay: it may come back
        values["model"] = await known_model(user_id, values["model"])
    if values.get("folder_id") and not await queries.has_folder(user_id, values["folder_id"]):
        raise Rejected(fields={"folder_id": marked("There is no such folder.")})
    await _changed(user_id, [conversation_id], values)


async def act(user_id: UUID, conversations: Sequence[UUID], what: str, moment: datetime | None = None) -> int:
    """Do this with all of these; how many there were. By its moment it can be taken back."""
    moment = moment or now()
    values: dict[str, dict[str, Any]] = {
        "pin": {"pinned_at": moment},
        "unpin": {"pinned_at": None},
        "archive": {"archived_at": moment},
        "unarchive": {"archived_at": None},
        "delete": {"deleted_at": moment},
        "restore": {"deleted_at": None},
    }
    if what not in values:
        raise Rejected
    return await queries.change(user_id, conversations, values[what])


async def take_back(user_id: UUID, what: str, moment: datetime) -> int:
    """Undo what was done at this moment: what was thrown away or archived then is where it was."""
    match what:
        case "delete":
            return await queries.take_back(user_id, "deleted_at", moment)
        case "archive":
            return await queries.take_back(user_id, "archived_at", moment)
        case _:
            raise NotFound


async def _changed(user_id: UUID, conversations: Sequence[UUID], values: dict[str, Any]) -> None:
    if values and not await queries.change(user_id, conversations, values):
        raise NotFound


async def remove(user_id: UUID, conversations: Sequence[UUID]) -> int:
    """Delete these for good, with everything that could find them again; only from the bin."""
    async with atomic():
        gone = await queries.remove(user_id, conversations)
        for conversation_id in gone:
            await index.remove_group(user_id, conversation_id)
    return len(gone)


async def sweep() -> None:
    """Empty the bins of what has been there for long enough, and end temporary conversations that are over."""
    moment = now()
    while late := await queries.overdue(moment - KEPT_IN_BIN, moment - TEMPORARY_FOR):
        for user_id, conversations in late.items():
            await remove(user_id, conversations)


async def keep_draft(user_id: UUID, place: UUID, text: str) -> None:
    """Keep what was begun to be written."""
    if len(text) <= LONGEST_DRAFT and is_clean(text):
        await queries.keep_draft(user_id, place, text)


async def draft_of(user_id: UUID, place: UUID) -> str:
    """What was begun to be written there."""
    return await queries.draft_of(user_id, place)


async def read(user_id: UUID, conversation_id: UUID) -> None:
    """The person has seen the newest of it."""
    await queries.read(user_id, conversation_id)


async def count(user_id: UUID) -> int:
    """How many conversations this person has."""
    return await queries.count(user_id)
