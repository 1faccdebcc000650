"""Letting others read a conversation: by a link that shows it as it is now, ends by itself, and can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.audit import service as audit
from app.chat.messages import queries as messages
from app.chat.messages.queries import Row
from app.chat.sharing import queries
from app.core.clock import now
from app.core.errors import NotFound, Rejected
from app.core.language import marked
from app.core.secrets import hashed, new_token
from app.database.engine import atomic

LIFETIMES: Final = (7, 30, 90, 0)  # days; 0 is until it is taken back
MOST_SHOWN: Final = 200
_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Share:
    """A link that holds."""

    id: UUID
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a link shows: messages of one path, oldest first, and where what came before begins."""

    title: str
    user_id: UUID
    rows: Sequence[Row]
    earlier: UUID | None


async def share(user_id: UUID, conversation_id: UUID, days: int) -> str:
    """A new link; its token is shown this once."""
    if days not in LIFETIMES:
        raise Rejected(fields={"days": marked("Choose one of the list.")})
    token = new_token()
    async with atomic():
        until = now() + timedelta(days=days) if days else None
        if not await queries.add(user_id, conversation_id, hashed(token), until):
            raise NotFound
        await audit.record(user_id, "chat.shared", "conversation", conversation_id, {"days": days})
    return token


async def listed(user_id: UUID, conversation_id: UUID) -> list[Share]:
    """The links to this conversation that hold."""
    return [Share(**row) for row in await queries.of(user_id, conversation_id)]


async def revoke(user_id: UUID, share_id: UUID) -> UUID:
    """Take a link back; the conversation that it led to."""
    async with atomic():
        conversation_id = await queries.revoke(user_id, share_id)
        if conversation_id is None:
            raise NotFound
        await audit.record(user_id, "chat.unshared", "conversation", conversation_id)
    return conversation_id


async def shown(token: str, before: UUID | None = None) -> Snapshot:
    """What this link shows. One that ended looks like one that never was."""
    found = await queries.shared(hashed(token))
    if found is None:
        raise NotFound
    return await _stretch(found["user_id"], found["conversation_id"], found["upto_id"], found["title"], before)


async def _stretch(user_id: UUID, conversation_id: UUID, upto: UUID, title: str, before: UUID | None) -> Snapshot:
    rows = await messages.upwards(user_id, conversation_id, upto, MOST_SHOWN + 1)
    while before is not None and rows and not any(row["id"] == before for row in rows):
        rows = await messages.upwards(user_id, conversation_id, rows[-1]["id"], MOST_SHOWN + 1)
        rows = rows if len(rows) > 1 else []
    if before is not None:
        rows = await messages.upwards(user_id, conversation_id, before, MOST_SHOWN + 1) if rows else []
    if not rows:
        raise NotFound
    earlier = rows[MOST_SHOWN]["id"] if len(rows) > MOST_SHOWN else None
    return Snapshot(title, user_id, list(reversed(rows[:MOST_SHOWN])), earlier)


async def sweep() -> None:
    """Forget links that ended a month ago."""
    await queries.forget(now() - _KEPT)
