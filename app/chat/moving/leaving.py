"""Conversations on their way out: the whole tree as JSON, or the path that is shown as Markdown; in parts, as read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from app.chat.attachments import service as attachments
from app.chat.conversations import queries_folders
from app.chat.conversations.queries_folders import Folder
from app.chat.messages import queries as messages
from app.chat.moving import written
from app.chat.moving.came import CameConversation, CameFolder, CameMessage, Figures, Origin, Reaction, Role, Status
from app.chat.moving.queries import leaving as queries
from app.chat.moving.written import Told
from app.core.errors import NotFound
from app.providers import assistants
from app.web.translations import gettext

Form = Literal["json", "markdown"]
ENDINGS: Final = {"json": "json", "markdown": "md"}
BATCH: Final = 200
_DEEPEST: Final = 20
_ORIGINS: Final = frozenset(Origin)
_ENDED: Final = {status.value: status for status in Status}

Row = Mapping[str, Any]
Names = Mapping[UUID, tuple[str, ...]]


async def one(user_id: UUID, conversation_id: UUID, form: Form) -> tuple[str, AsyncIterator[bytes]]:
    """One conversation; its title, and the document as it becomes ready."""
    row = await queries.head(user_id, conversation_id)
    if row is None:
        raise NotFound
    if form == "markdown":
        told = Told(_conversation(row, {}, {}), _path(user_id, row))
        return row["title"], written.as_markdown(told, gettext)
    return row["title"], written.as_json(_only(user_id, row))


async def everything(user_id: UUID) -> AsyncIterator[bytes]:
    """Every conversation that stays, with all that it is made of: brought along elsewhere, it is as it was."""
    async for part in written.as_json(_all(user_id)):
        yield part


async def _only(user_id: UUID, row: Row) -> AsyncIterator[Told]:
    folders, names = await _around(user_id)
    yield Told(_conversation(row, folders, names), _tree(user_id, row["id"]))


async def _all(user_id: UUID) -> AsyncIterator[Told]:
    folders, names = await _around(user_id)
    after: UUID | None = None
    while rows := await queries.heads(user_id, after, BATCH):
        for row in rows:
            yield Told(_conversation(row, folders, names), _tree(user_id, row["id"]))
        after = rows[-1]["id"]


async def _around(user_id: UUID) -> tuple[Mapping[UUID, Folder], Mapping[UUID, str]]:
    folders = {folder.id: folder for folder in await queries_folders.folders_of(user_id)}
    return folders, {assistant.id: assistant.name for assistant in await assistants.listed()}


async def _tree(user_id: UUID, conversation_id: UUID) -> AsyncIterator[Sequence[CameMessage]]:
    after: UUID | None = None
    while rows := await queries.tree(user_id, conversation_id, after, BATCH):
        names = await _attached(user_id, rows)
        yield [_message(row, names) for row in rows]
        after = rows[-1]["id"]


async def _path(user_id: UUID, head: Row) -> AsyncIterator[Sequence[CameMessage]]:
    """The path that is shown, from the top."""
    at = await queries.first_shown(user_id, head["id"], head["chosen_id"])
    rows = [] if at is None else await messages.messages_of(user_id, head["id"], [at])
    while rows:
        names = await _attached(user_id, rows)
        yield [_said(row, names) for row in rows if row["deleted_at"] is None]
        rows = await messages.downwards(user_id, head["id"], rows[-1]["id"], BATCH)


async def _attached(user_id: UUID, rows: Sequence[Row]) -> Names:
    """What the files of each of these messages are called."""
    found = await attachments.of_messages(user_id, [row["id"] for row in rows if row["attached"]])
    return {message: tuple(each.name for each in files) for message, files in found.items()}


# As values ------------------------------------------------------------------------------------------------------------


def _conversation(row: Row, folders: Mapping[UUID, Folder], names: Mapping[UUID, str]) -> CameConversation:
    return CameConversation(
        origin=Origin(row["origin"]) if row["origin"] in _ORIGINS else Origin.COMMONPLACE,
        origin_id=row["origin_id"] or str(row["id"]),
        title=row["title"],
        messages=(),
        current_leaf=row["current"],
        created_at=row["created_at"],
        updated_at=row["active_at"],
        folders=_folders(row["folder_id"], folders),
        pinned=row["pinned"],
        archived=row["archived"],
        model=row["model"],
        assistant=names.get(row["assistant_id"]),
        instructions=row["instructions"],
    )


def _folders(folder_id: UUID | None, folders: Mapping[UUID, Folder]) -> tuple[CameFolder, ...]:
    """Those that lead to it, the outermost first."""
    path: list[CameFolder] = []
    while (found := folders.get(folder_id) if folder_id else None) is not None and len(path) < _DEEPEST:
        path.append(CameFolder(found.name, found.instructions, found.default_model))
        folder_id = found.parent_id
    return tuple(reversed(path))


def _message(row: Row, names: Names) -> CameMessage:
    return CameMessage(
        origin_id=row["origin_id"],
        parent_id=row["parent"],
        reasoning=row["reasoning"],
        status=Status(row["status"]),
        error=row["error"],
        reactions=tuple(Reaction(kind) for kind in row["reactions"] or ()),
        chosen_id=row["chosen"],
        beside_id=str(row["beside_id"]) if row["beside_id"] else None,
        deleted_at=row["deleted_at"],
        figures=Figures(**{name: row[name] for name in Figures.__slots__}),
        **_in_short(row, names),
    )


def _said(row: Row, names: Names) -> CameMessage:
    status = _ENDED.get(row["status"], Status.DONE)  # what is still being written has no end yet
    return CameMessage(origin_id="", parent_id=None, reasoning=row["reasoning"], status=status, **_in_short(row, names))


def _in_short(row: Row, names: Names) -> dict[str, Any]:
    return {
        "role": Role(row["role"]),
        "text": row["content"],
        "at": row["created_at"],
        "model": row["model"],
        "provider": row["provider"],
        "attachments": names.get(row["id"], ()),
    }
