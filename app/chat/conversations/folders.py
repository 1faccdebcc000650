"""Folders: shelves in shelves, with instructions and a model for what lies on them. None ever lies in itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.chat.conversations import queries, queries_folders
from app.chat.conversations.queries import Listed
from app.chat.conversations.queries_folders import Folder, Stand
from app.chat.conversations.service import place
from app.chat.conversations.wording import known_model, told
from app.core.errors import Conflict, NotFound, Rejected
from app.core.language import marked
from app.core.paging import Cursor, Page, page_size
from app.core.text import is_shown
from app.database.engine import atomic

__all__ = ["Folder", "Stand"]

LONGEST_NAME: Final = 100
MOST_FOLDERS: Final = 200
DEEPEST: Final = 6
SHOWN_BESIDE: Final = 8

_NO_NAME: Final = marked("A folder needs a name.")
_WRONG_NAME: Final = marked("A name has at most a hundred characters, all of them to be seen.")
_NOT_THERE: Final = marked("There is no such folder.")
_IN_ITSELF: Final = marked("A folder cannot lie in itself.")
_TOO_DEEP: Final = marked("Folders lie in each other up to six deep, no deeper.")


class TooManyFolders(Conflict):
    """More than can be looked through."""

    code = "TOO_MANY_FOLDERS"
    sentence = marked("You have two hundred folders already. Remove one first.")


async def listed(user_id: UUID) -> list[Folder]:
    """All of them, by name."""
    return await queries_folders.folders_of(user_id)


async def one(user_id: UUID, folder_id: UUID) -> Folder:
    """One folder."""
    found = next((folder for folder in await listed(user_id) if folder.id == folder_id), None)
    if found is None:
        raise NotFound
    return found


async def beside(user_id: UUID) -> list[Stand]:
    """All of them, with the newest of what lies in each."""
    return await queries_folders.beside(user_id, SHOWN_BESIDE + 1)


async def conversations(user_id: UUID, folder_id: UUID, after: Cursor | None, size: int | None = None) -> Page[Listed]:
    """What lies in it, the one that was last active first."""
    most = page_size(size, usual=40)
    return Page.of(await queries.newest(user_id, after, most + 1, folder_id), most, place)


async def add(
    user_id: UUID, name: str, *, parent_id: UUID | None = None, instructions: str = "", default_model: str | None = None
) -> Folder:
    """A new folder, in none or in another one."""
    given = {"name": name, "instructions": instructions, "default_model": default_model}
    values = {**await _checked(user_id, given), "parent_id": parent_id}
    async with atomic():
        there = await queries_folders.held(user_id)
        if len(there) >= MOST_FOLDERS:
            raise TooManyFolders
        _check_place(there, None, parent_id)
        return await queries_folders.add(user_id, values)


async def change(user_id: UUID, folder_id: UUID, **changes: Any) -> Folder:
    """Give it another name, other instructions, another model, another place; what is not named stays."""
    values = await _checked(user_id, changes)
    async with atomic():
        there = await queries_folders.held(user_id)
        if folder_id not in there:
            raise NotFound
        if "parent_id" in values:
            _check_place(there, folder_id, values["parent_id"])
        changed = await queries_folders.change(user_id, folder_id, values)
    if changed is None:
        raise NotFound
    return changed


async def remove(user_id: UUID, folder_id: UUID) -> Folder:
    """Take it away. What lay in it lies in the folder above then, or in none; the folder as it was."""
    async with atomic():
        there = await queries_folders.held(user_id)
        if folder_id not in there:
            raise NotFound
        await queries_folders.remove(user_id, there[folder_id])
    return there[folder_id]


async def move(user_id: UUID, chosen: Sequence[UUID], folder_id: UUID | None) -> int:
    """Put these conversations into that folder, or into none; how many there were."""
    async with atomic():
        if folder_id is not None and folder_id not in await queries_folders.held(user_id):
            raise NotFound
        return await queries_folders.move(user_id, chosen, folder_id)


# What may be ----------------------------------------------------------------------------------------------------------


async def _checked(user_id: UUID, changes: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(changes)
    if "name" in values:
        values["name"] = _name(values["name"])
    if "instructions" in values:
        values["instructions"] = told(values["instructions"])
    if "default_model" in values:
        values["default_model"] = await known_model(user_id, values["default_model"], "default_model")
    return values


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Rejected(fields={"name": _NO_NAME})
    if len(name) > LONGEST_NAME or not is_shown(name):
        raise Rejected(fields={"name": _WRONG_NAME})
    return name


def _check_place(there: Mapping[UUID, Folder], folder_id: UUID | None, parent_id: UUID | None) -> None:
    """Refuse a place that is not there, lies in the folder itself, or is too deep for it and what it holds."""
    if parent_id is None:
        return
    if parent_id not in there:
        raise Rejected(fields={"parent_id": _NOT_THERE})
    above = list(_above(there, parent_id))
    if folder_id in above:
        raise Rejected(fields={"parent_id": _IN_ITSELF})
    if len(above) + (_height(there, folder_id) if folder_id else 1) > DEEPEST:
        raise Rejected(fields={"parent_id": _TOO_DEEP})


def _above(there: Mapping[UUID, Folder], folder_id: UUID | None) -> Iterator[UUID]:
    """The folder and those that it lies in, as far as they are there."""
    while folder_id is not None and folder_id in there:
        yield folder_id
        folder_id = there[folder_id].parent_id


def _height(there: Mapping[UUID, Folder], folder_id: UUID) -> int:
    """How many folders lie in each other from this one on."""
    return 1 + max((_height(there, each.id) for each in there.values() if each.parent_id == folder_id), default=0)
