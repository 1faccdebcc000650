"""From what came to rows as we keep them. Nothing here asks anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from app.chat.moving.came import CameConversation, CameMessage, Origin, Role
from app.chat.moving.markdown import escaped
from app.chat.replies.settling import LONGEST_PREVIEW
from app.core.ids import new_id, parse_id
from app.core.text import shortened

LONGEST_TITLE: Final = 50  # of one that is made from what was said first
_LONGEST_ERROR: Final = 40
_FIGURES: Final = (
    "tokens_in",
    "tokens_out",
    "tokens_estimated",
    "cost",
    "first_token_ms",
    "duration_ms",
    "reasoning_ms",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: what is needed of the one before."""

    id: UUID
    depth: int
    at: datetime


def own_id(came: CameConversation) -> UUID | None:
    """The id that it had here, if it is one of ours."""
    return parse_id(came.origin_id) if came.origin is Origin.COMMONPLACE else None


def title(came: CameConversation) -> str:
    """Its own, or what was said first in it."""
    first = next((message.text for message in came.messages if message.role is Role.USER and message.text), "")
    return came.title or shortened(first, LONGEST_TITLE)


def conversation(came: CameConversation, moment: datetime, around: Mapping[str, Any]) -> dict[str, Any]:
    """A conversation. Nothing that came was said later than now, and none is unread."""
    last = max((message.at for message in came.messages if message.at), default=came.created_at or moment)
    active_at = min(came.updated_at or last, moment)
    return {
        "id": new_id(),
        "title": title(came),
        "has_own_title": bool(came.title),
        "instructions": came.instructions,
        "pinned_at": active_at if came.pinned else None,
        "archived_at": active_at if came.archived else None,
        "origin": came.origin,
        "origin_id": came.origin_id,
        "active_at": active_at,
        "created_at": min(came.created_at or active_at, moment),
        **around,
    }


def message(
    came: CameMessage, conversation_id: UUID, before: Place, attachments: str, moment: datetime
) -> dict[str, Any]:
    """A message beneath the one before. What was attached is not there any more, but named."""
    is_first = before.id == conversation_id
    named = f"*{attachments}: {', '.join(map(escaped, came.attachments))}*" if came.attachments else ""
    return {
        "id": new_id(),
        "conversation_id": conversation_id,
        "parent_id": before.id,
        "depth": 0 if is_first else before.depth + 1,
        "role": came.role,
        "content": "\n\n".join(part for part in (came.text, named) if part),
        "model": came.model,
        "provider": came.provider,
        "status": came.status,
        "error": came.error[:_LONGEST_ERROR] if came.error else None,
        "beside_id": _group(conversation_id, came.beside_id),
        "reasoning": came.reasoning,
        "origin_id": came.origin_id,
        "deleted_at": came.deleted_at,
        "created_at": min(came.at or before.at, moment),
        **{name: getattr(came.figures, name) for name in _FIGURES},
    }


def _group(conversation_id: UUID, name: str | None) -> UUID | None:
    """What replies side by side have in common."""
    return (parse_id(name) or uuid5(conversation_id, name)) if name else None


def reactions(came: CameMessage, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the person thought of it."""
    return [
        {"id": new_id(), "message_id": row["id"], "type": reaction, "created_at": row["created_at"]}
        for reaction in came.reactions
    ]


def head(conversation_id: UUID, leaf: Mapping[str, Any], active_at: datetime | None) -> dict[str, Any]:
    """Where the shown path ends, and what is said of it in the list."""
    preview = shortened(leaf["content"], LONGEST_PREVIEW)
    return {"id": conversation_id, "leaf_id": leaf["id"], "preview": preview, "active_at": active_at, "chosen_id": None}
