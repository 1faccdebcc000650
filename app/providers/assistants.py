"""Assistants: a model under a name, and what it is told before anything else. For everybody, made by administrators."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.audit import service as audit
from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import Duplicate, NotFound, Rejected
from app.core.language import marked
from app.core.text import is_clean, is_shown
from app.database.engine import atomic
from app.providers.catalogue import ModelGone
from app.providers.queries import assistants as queries
from app.providers.service import choice
from app.providers.sources import OWN

LONGEST_NAME: Final = 100
LONGEST_DESCRIPTION: Final = 500
LONGEST_INSTRUCTIONS: Final = 20_000
_NEEDED: Final = marked("This is needed.")
_TOO_LONG: Final = marked("This is too long.")
_UNCLEAN: Final = marked("This contains something that cannot be stored.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What an assistant shall be."""

    name: str
    description: str
    model_path: str
    instructions: str


@dataclass(frozen=True, slots=True)
class Assistant:
    """One that there is."""

    id: UUID
    name: str
    description: str
    model_path: str
    instructions: str

    @classmethod
    def of(cls, row: queries.Row) -> "Assistant":
        return cls(row["id"], row["name"], row["description"] or "", row["model_path"], row["instructions"])


async def listed() -> list[Assistant]:
    """All of them, by name."""
    return [Assistant.of(row) for row in await queries.listed()]


async def one(assistant_id: UUID) -> Assistant:
    """The one with this id."""
    row = await queries.one(assistant_id)
    if row is None:
        raise NotFound
    return Assistant.of(row)


async def add(administrator: Asker, draft: Draft) -> UUID:
    """Make one."""
    values = await _checked(administrator, draft)
    try:
        async with atomic():
            assistant_id = await queries.insert(values, now())
            await audit.record(administrator, "models.assistant_added", "assistant", assistant_id, {"name": values[0]})
    except Duplicate as taken:
        raise _taken() from taken
    return assistant_id


async def plant(draft: Draft) -> bool:
    """Sample data: an assistant, unless there is one with its name. Where its model is not there, another answers."""
    return await queries.plant((draft.name, draft.description, draft.model_path, draft.instructions), now())


async def change(administrator: Asker, assistant_id: UUID, draft: Draft) -> None:
    """Make it another. Conversations that use it follow with their next message."""
    values = await _checked(administrator, draft)
    try:
        async with atomic():
            if not await queries.change(assistant_id, values, now()):
                raise NotFound
            details = {"name": values[0]}
            await audit.record(administrator, "models.assistant_changed", "assistant", assistant_id, details)
    except Duplicate as taken:
        raise _taken() from taken


async def remove(administrator: Asker, assistant_id: UUID) -> None:
    """Take it away. What it said stays."""
    async with atomic():
        if not await queries.remove(assistant_id):
            raise NotFound
        await audit.record(administrator, "models.assistant_removed", "assistant", assistant_id)


def _taken() -> Rejected:
    return Rejected(fields={"name": marked("There is an assistant with this name already.")})


async def _checked(administrator: Asker, draft: Draft) -> tuple[str, str | None, str, str]:
    name = " ".join(draft.name.split())
    description, instructions = draft.description.strip(), draft.instructions.replace("\r\n", "\n").strip()
    problems = {
        "name": _name_problem(name),
        "description": _problem(description, LONGEST_DESCRIPTION),
        "model_path": await _model_problem(administrator.id, draft.model_path),
        "instructions": _problem(instructions, LONGEST_INSTRUCTIONS),
    }
    wrong = {field: sentence for field, sentence in problems.items() if sentence}
    if wrong:
        raise Rejected(fields=wrong)
    return name, description or None, draft.model_path, instructions


def _name_problem(name: str) -> str:
    if not name:
        return _NEEDED
    return _TOO_LONG if len(name) > LONGEST_NAME else "" if is_shown(name) else _UNCLEAN


def _problem(text: str, most: int) -> str:
    return _TOO_LONG if len(text) > most else "" if is_clean(text) else _UNCLEAN


async def _model_problem(administrator: UUID, path: str) -> str:
    if path.startswith(OWN):
        return marked("An assistant is for everybody, so it needs a model that everybody has.")
    try:
        await choice(administrator, path)
    except ModelGone:
        return marked("There is no such model here. Choose one of the list.")
    return ""
