"""Conversations for programs: the list and the bin, one of them, and what may be done with it as a whole."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, RequestBody

from app.chat.conversations import folders, service
from app.chat.conversations.service import LONGEST_TITLE, Listed, Row
from app.chat.conversations.wording import LONGEST_INSTRUCTIONS
from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.ids import parse_id
from app.core.paging import Cursor, Page

Title = Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)]
Instructions = Annotated[str, msgspec.Meta(max_length=LONGEST_INSTRUCTIONS)]
ModelPath = Annotated[str, msgspec.Meta(max_length=300)]


class LineOut(msgspec.Struct):
    """A conversation as it stands in a list."""

    id: UUID
    title: str
    preview: str
    folder_id: UUID | None
    pinned_at: datetime | None
    archived_at: datetime | None
    unread_since: datetime | None
    deleted_at: datetime | None
    active_at: datetime


class LinesOut(msgspec.Struct):
    """Some conversations, the one that was last active first. `next` goes into `after`."""

    items: list[LineOut]
    next: str | None


class ConversationOut(msgspec.Struct):
    """One conversation. `leaf_id` is the last message of the shown path."""

    id: UUID
    title: str
    has_own_title: bool
    preview: str
    folder_id: UUID | None
    assistant_id: UUID | None
    model: str | None
    instructions: str
    temporary: bool
    leaf_id: UUID | None
    pinned_at: datetime | None
    archived_at: datetime | None
    unread_since: datetime | None
    active_at: datetime
    created_at: datetime


class ConversationChange(msgspec.Struct, forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    title: Title | msgspec.UnsetType = msgspec.UNSET
    instructions: Instructions | msgspec.UnsetType = msgspec.UNSET
    model: ModelPath | msgspec.UnsetType | None = msgspec.UNSET
    folder_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    pinned: bool | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


@get("/api/conversations", tags=["conversations"], operation_id="conversations")
async def listed(
    person: NamedDependency[Asker],
    after: FromQuery[str] = "",
    size: FromQuery[int] = 40,
    folder: FromQuery[str] = "",
    archived: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter has a name
) -> LinesOut:
    """The holder's conversations: all that are in use, those of one folder, or those in the archive."""
    place = Cursor.parse(after)
    if archived:
        return _lines(await service.shelved(person.id, place, size, deleted=False))
    if folder:
        folder_id = (await folders.one(person.id, parse_id(folder) or person.id)).id
        return _lines(await folders.conversations(person.id, folder_id, place, size))
    return _lines(await service.listed(person.id, place, size, "all"))


@get("/api/conversations/{conversation_id:uuid}", tags=["conversations"], operation_id="conversation")
async def show(conversation_id: FromPath[UUID], person: NamedDependency[Asker]) -> ConversationOut:
    """One conversation, without what was said in it."""
    return _out(await service.conversation(person.id, conversation_id))


@patch("/api/conversations/{conversation_id:uuid}", tags=["conversations"], operation_id="changeConversation")
async def change(
    conversation_id: FromPath[UUID], data: RequestBody[ConversationChange], person: NamedDependency[Asker]
) -> ConversationOut:
    """Rename it, keep it on top or in the archive, put it into a folder, settle what holds in it."""
    await service.amend(person.id, conversation_id, given(data))
    return _out(await service.conversation(person.id, conversation_id))


@delete("/api/conversations/{conversation_id:uuid}", tags=["conversations"], operation_id="deleteConversation")
async def throw_away(conversation_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Put it into the bin, where it waits for thirty days."""
    await service.conversation(person.id, conversation_id)
    await service.act(person.id, [conversation_id], "delete")


@get("/api/bin", tags=["conversations"], operation_id="bin")
async def binned(person: NamedDependency[Asker], after: FromQuery[str] = "", size: FromQuery[int] = 40) -> LinesOut:
    """What was thrown away."""
    return _lines(await service.shelved(person.id, Cursor.parse(after), size, deleted=True))


@post("/api/bin/{binned_id:uuid}/restore", tags=["conversations"], operation_id="restoreConversation", status_code=200)
async def restore(binned_id: FromPath[UUID], person: NamedDependency[Asker]) -> ConversationOut:
    """Take it out of the bin."""
    if not await service.act(person.id, [binned_id], "restore"):
        raise NotFound
    return _out(await service.conversation(person.id, binned_id))


@delete("/api/bin/{binned_id:uuid}", tags=["conversations"], operation_id="removeConversation")
async def remove(binned_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Delete it for good. Only what is in the bin can be, and what was never to stay."""
    if not await service.remove(person.id, [binned_id]):
        raise NotFound


def given(data: Any) -> dict[str, Any]:
    """The fields that were sent."""
    return {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}


def _lines(page: Page[Listed]) -> LinesOut:
    items = [msgspec.convert(line, LineOut, from_attributes=True) for line in page.rows]
    return LinesOut(items, str(page.next) if page.next else None)


def _out(row: Row) -> ConversationOut:
    return ConversationOut(**{name: row[name] for name in ConversationOut.__struct_fields__})


routes = [listed, show, change, throw_away, binned, restore, remove]
