"""Conversations of ours, put where they are missing: sample data that behaves like what was said here."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.chat.conversations import folders
from app.chat.messages import queries_planting as queries
from app.chat.messages.passages import passages
from app.chat.messages.queries_planting import Bed, Seedling
from app.core.clock import now
from app.core.ids import new_id, new_id_of
from app.core.text import shortened
from app.database.engine import atomic
from app.index import service as index
from app.markup.render import rendered_later

LONGEST_PREVIEW: Final = 140
_BETWEEN: Final = timedelta(seconds=75)  # one message and the next


@dataclass(frozen=True, slots=True)
class Line:
    """One message: after which line it comes, counted from one, and by which model it is, where it is by one."""

    role: str
    text: str
    after: int
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One conversation. Its name is what it is recognised by, however often it is planted."""

    name: str
    title: str
    days_ago: float
    lines: Sequence[Line]
    folder: str = ""
    is_pinned: bool = False
    is_archived: bool = False


async def plant(user_id: UUID, sample: Sample) -> bool:
    """Give this person the conversation; false where it is there already."""
    begun = now() - timedelta(days=sample.days_ago)
    conversation_id = new_id_of(begun)
    seedlings = [each async for each in _grown(sample, conversation_id, begun)]
    async with atomic():
        bed = _bed(sample, conversation_id, seedlings[-1])
        if not await queries.begin(user_id, bed):
            return False
        await queries.fill(user_id, conversation_id, seedlings)
        if sample.folder:
            await folders.move(user_id, [conversation_id], await _folder(user_id, sample.folder))
        rows = [(seedling.row(), seedling.text) for seedling in seedlings]
        await index.put(user_id, [p for row, text in rows for p in passages(conversation_id, sample.title, row, text)])
    return True


async def _folder(user_id: UUID, name: str) -> UUID:
    found = next((folder for folder in await folders.listed(user_id) if folder.name == name), None)
    return (found or await folders.add(user_id, name)).id


def _bed(sample: Sample, conversation_id: UUID, last: Seedling) -> Bed:
    return Bed(
        id=conversation_id,
        name=f"sample:{sample.name}",
        title=sample.title,
        preview=shortened(last.text, LONGEST_PREVIEW),
        leaf_id=last.id,
        pinned_at=last.at if sample.is_pinned else None,
        archived_at=last.at if sample.is_archived else None,
        active_at=last.at,
        created_at=last.at - _BETWEEN * (len(sample.lines) - 1),
    )


async def _grown(sample: Sample, conversation_id: UUID, begun: datetime) -> AsyncIterator[Seedling]:
    """The messages with their places in the tree. Siblings by models of several names stand side by side."""
    known: list[Seedling] = []
    beside = {line.after: new_id() for line in sample.lines if line.by}
    for number, line in enumerate(sample.lines):
        above = known[line.after - 1] if line.after else None
        moment = begun + _BETWEEN * number
        seedling = Seedling(
            id=new_id_of(moment),
            parent_id=above.id if above else conversation_id,
            depth=above.depth + 1 if above else 0,
            role=line.role,
            text=line.text,
            html=str(await rendered_later(line.text)) if line.role == "ASSISTANT" else None,
            model=line.by or None,
            beside_id=beside[line.after] if line.by else None,
            at=moment,
        )
        known.append(seedling)
        yield seedling
