"""What a conversation that comes in finds here: folders, assistants and models of these names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.chat.conversations import queries_folders
from app.chat.conversations.folders import DEEPEST, MOST_FOLDERS
from app.chat.conversations.wording import LONGEST_INSTRUCTIONS
from app.chat.moving.came import CameConversation, CameFolder, Origin
from app.core.clock import now
from app.core.language import marked
from app.providers import assistants
from app.providers import service as models
from app.web.translations import gettext

_ATTACHMENTS: Final = marked("Attachments")


@dataclass(slots=True)
class Surroundings:
    """These, for as long as one import lasts. `attachments` is what those are called in the person's language."""

    user_id: UUID
    moment: datetime
    attachments: str
    models: frozenset[str]
    assistants: Mapping[str, UUID]
    _folders: dict[tuple[str, ...], UUID] = field(default_factory=dict)

    @classmethod
    async def of(cls, user_id: UUID) -> "Surroundings":
        """As they are now."""
        paths = frozenset(model.path for model in await models.models_for(user_id))
        known = {each.name: each.id for each in await assistants.listed()}
        return cls(user_id, now(), gettext(_ATTACHMENTS), paths, known)

    async def around(self, came: CameConversation) -> dict[str, Any]:
        """Where it goes here. The name of a model elsewhere says nothing, unless there is one of that name here too."""
        keeps_model = came.origin is Origin.COMMONPLACE or came.model in self.models
        return {
            "folder_id": await self._folder(came.folders[:DEEPEST]),
            "assistant_id": self.assistants.get(came.assistant or ""),
            "model": came.model if keeps_model else None,
        }

    async def _folder(self, path: Sequence[CameFolder]) -> UUID | None:
        """The innermost of these folders, each made where it is not there; none where there are too many."""
        names = tuple(folder.name.casefold() for folder in path)
        if names and names not in self._folders:
            await self._make(path)
        return self._folders.get(names)

    async def _make(self, path: Sequence[CameFolder]) -> None:
        held = await queries_folders.held(self.user_id)
        by_name = {(each.parent_id, each.name.casefold()): each.id for each in held.values()}
        count, parent, names = len(held), None, tuple[str, ...]()
        for folder in path:
            names = (*names, folder.name.casefold())
            found = by_name.get((parent, names[-1]))
            if found is None and count >= MOST_FOLDERS:
                return
            count += found is None
            parent = self._folders[names] = found or (await self._added(folder, parent))

    async def _added(self, folder: CameFolder, parent_id: UUID | None) -> UUID:
        values = {
            "parent_id": parent_id,
            "name": folder.name,
            "instructions": folder.instructions[:LONGEST_INSTRUCTIONS],
            "default_model": folder.model,
        }
        return (await queries_folders.add(self.user_id, values)).id
