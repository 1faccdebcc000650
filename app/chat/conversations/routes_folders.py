"""Folders: their page, what may be done with them there, and the same for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, RequestBody

from app.chat.conversations import beside, folders, service
from app.chat.conversations.folders import LONGEST_NAME, Folder
from app.chat.conversations.routes_api import Instructions, ModelPath, given
from app.chat.conversations.views import FolderPage, choices, model_choices, path_to
from app.core.asker import Asker
from app.core.errors import NotFound, Rejected
from app.core.ids import parse_id
from app.core.paging import LARGEST_PAGE, Cursor
from app.providers import service as models
from app.web import forms
from app.web.answers import elsewhere
from app.web.translations import gettext
from app.web.visit import Visit


class FolderForm(forms.Form):
    """What the page of a folder sends."""

    name: str = ""
    instructions: str = ""
    model: str = ""
    parent: str = ""


class NewFolder(forms.Form):
    """A folder to be made."""

    name: str = ""
    parent: str = ""


class Destination(forms.Form):
    """Where a conversation shall lie: in a folder that is there, in a new one, or in none."""

    folder: str = ""
    name: str = ""


@get("/f/{folder_id:uuid}", include_in_schema=False)
async def show(folder_id: FromPath[UUID], person: NamedDependency[Asker], after: FromQuery[str] = "") -> Response[None]:
    """What lies in a folder, and what holds there."""
    folder = await folders.one(person.id, folder_id)
    return (await _page(person, folder, _typed(folder), Cursor.parse(after))).page()


@post("/f/{folder_id:uuid}", include_in_schema=False)
async def change(
    request: Request[Any, Any, Any], folder_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Keep what was written there, or say beside the field why not."""
    folder = await folders.one(person.id, folder_id)
    sent = forms.read(request, FolderForm)
    try:
        await folders.change(person.id, folder_id, **_changes(folder, sent.fields()))
    except Rejected as wrong:
        return (await _page(person, folder, {**_typed(folder), **sent.typed}, None, wrong.fields)).page(400)
    Visit.of(request.scope).say(gettext("Saved."))
    return elsewhere(request, f"/f/{folder_id}")


def _changes(folder: Folder, sent: FolderForm) -> dict[str, Any]:
    changes: dict[str, Any] = {"name": sent.name, "instructions": sent.instructions}
    if sent.model != (folder.default_model or ""):  # one that is gone may stay: it may come back
        changes["default_model"] = sent.model
    return {**changes, "parent_id": parse_id(sent.parent)}


@post("/f", include_in_schema=False)
async def make(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """A new folder."""
    sent = forms.read(request, NewFolder).fields()
    made = await folders.add(person.id, sent.name, parent_id=parse_id(sent.parent))
    return elsewhere(request, f"/f/{made.id}")


@post("/f/{folder_id:uuid}/delete", include_in_schema=False)
async def remove(
    request: Request[Any, Any, Any], folder_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Take it away; what lay in it lies in the folder above then."""
    gone = await folders.remove(person.id, folder_id)
    Visit.of(request.scope).say(gettext("The folder is gone. What lay in it is still there."))
    return elsewhere(request, f"/f/{gone.parent_id}" if gone.parent_id else "/")


@post("/c/{conversation_id:uuid}/folder", include_in_schema=False)
async def move(
    request: Request[Any, Any, Any], conversation_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Put a conversation into a folder, or into none."""
    await service.conversation(person.id, conversation_id)
    sent = forms.read(request, Destination).fields()
    folder_id = parse_id(sent.folder)
    if sent.name.strip():
        folder_id = (await folders.add(person.id, sent.name, parent_id=folder_id)).id
    await folders.move(person.id, [conversation_id], folder_id)
    Visit.of(request.scope).say(gettext("Moved."))
    return elsewhere(request, f"/c/{conversation_id}")


def _typed(folder: Folder) -> dict[str, str]:
    return {
        "name": folder.name,
        "instructions": folder.instructions,
        "model": folder.default_model or "",
        "parent": str(folder.parent_id or ""),
    }


async def _page(
    person: Asker, folder: Folder, typed: dict[str, str], after: Cursor | None, errors: Any = None
) -> FolderPage:
    page = await folders.conversations(person.id, folder.id, after)
    part = await beside.list_for(person.id, None, folder.id)
    return FolderPage(
        folder=folder,
        path=path_to(part.stands, folder.id),
        lines=page.rows,
        older_lines=str(page.next or ""),
        is_first=after is None,
        typed=typed,
        errors=errors or {},
        places=[("", gettext("In no folder")), *choices(part.stands, but=folder.id)],
        models=model_choices(await models.models_for(person.id), typed["model"]),
        groups=part.groups,
        older=part.older,
        current=None,
        stands=part.stands,
    )


# For programs ---------------------------------------------------------------------------------------------------------


class FolderOut(msgspec.Struct):
    """A folder, and what holds for the conversations in it."""

    id: UUID
    parent_id: UUID | None
    name: str
    instructions: str
    default_model: str | None
    created_at: datetime
    updated_at: datetime


class FoldersOut(msgspec.Struct):
    """All of the holder's folders, by name."""

    items: list[FolderOut]


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]


class FolderIn(msgspec.Struct, forbid_unknown_fields=True):
    """A folder to be made, in none or in another one."""

    name: Name
    parent_id: UUID | None = None
    instructions: Instructions = ""
    default_model: ModelPath | None = None


class FolderChange(msgspec.Struct, forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    parent_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    instructions: Instructions | msgspec.UnsetType = msgspec.UNSET
    default_model: ModelPath | msgspec.UnsetType | None = msgspec.UNSET


class ToMove(msgspec.Struct, forbid_unknown_fields=True):
    """Conversations to be put into the folder."""

    conversations: Annotated[list[UUID], msgspec.Meta(max_length=LARGEST_PAGE)]


class Moved(msgspec.Struct):
    """How many there were."""

    moved: int


_TAGS: Sequence[str] = ["folders"]


@get("/api/folders", tags=_TAGS, operation_id="folders")
async def listed(person: NamedDependency[Asker]) -> FoldersOut:
    """Every folder."""
    return FoldersOut([_out(folder) for folder in await folders.listed(person.id)])


@post("/api/folders", tags=_TAGS, operation_id="makeFolder")
async def add(data: RequestBody[FolderIn], person: NamedDependency[Asker]) -> FolderOut:
    """A new folder."""
    return _out(
        await folders.add(
            person.id,
            data.name,
            parent_id=data.parent_id,
            instructions=data.instructions,
            default_model=data.default_model,
        )
    )


@get("/api/folders/{folder_id:uuid}", tags=_TAGS, operation_id="folder")
async def one(folder_id: FromPath[UUID], person: NamedDependency[Asker]) -> FolderOut:
    """One folder. What lies in it: `/api/conversations?folder=…`."""
    return _out(await folders.one(person.id, folder_id))


@patch("/api/folders/{folder_id:uuid}", tags=_TAGS, operation_id="changeFolder")
async def changed(
    folder_id: FromPath[UUID], data: RequestBody[FolderChange], person: NamedDependency[Asker]
) -> FolderOut:
    """Rename it, put it elsewhere, settle what holds in it."""
    return _out(await folders.change(person.id, folder_id, **given(data)))


@delete("/api/folders/{folder_id:uuid}", tags=_TAGS, operation_id="removeFolder")
async def removed(folder_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Take it away; what lay in it lies in the folder above then, or in none."""
    await folders.remove(person.id, folder_id)


@post("/api/folders/{folder_id:uuid}/conversations", tags=_TAGS, operation_id="moveIntoFolder", status_code=200)
async def moved(folder_id: FromPath[UUID], data: RequestBody[ToMove], person: NamedDependency[Asker]) -> Moved:
    """Put these conversations into it. What is not the holder's is not there."""
    count = await folders.move(person.id, data.conversations, folder_id)
    if data.conversations and not count:
        raise NotFound
    return Moved(count)


def _out(folder: Folder) -> FolderOut:
    return msgspec.convert(folder, FolderOut, from_attributes=True)


routes = [show, change, make, remove, move, listed, add, one, changed, removed, moved]
