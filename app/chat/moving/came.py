"""What came from elsewhere, in our own values: whatever it was written in, from here on it looks the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """Where a conversation was held."""

    CHATGPT = "chatgpt"
    CLAUDE = "claude"
    OPENWEBUI = "openwebui"
    LIBRECHAT = "librechat"
    CHATBOTUI = "chatbotui"
    COMMONPLACE = "commonplace"


class Role(StrEnum):
    """Who speaks."""

    USER = "USER"
    ASSISTANT = "ASSISTANT"
    SYSTEM = "SYSTEM"


class Status(StrEnum):
    """How a message ended. None that comes from elsewhere is still being written."""

    DONE = "DONE"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"


class Reaction(StrEnum):
    """What the person thought of it."""

    LIKE = "LIKE"
    DISLIKE = "DISLIKE"
    HELPFUL = "HELPFUL"
    CONFUSED = "CONFUSED"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a reply took. Only our own exports say it."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_estimated: bool = False
    cost: Decimal | None = None
    first_token_ms: int | None = None
    duration_ms: int | None = None
    reasoning_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CameFolder:
    """A folder that it lies in. Only our own exports say more of one than its name."""

    name: str
    instructions: str = ""
    model: str | None = None


@dataclass(frozen=True, slots=True)
class CameMessage:
    """One message. Ids are those that it had there; a message without a parent begins the conversation.

    `chosen_id` is the child that is shown, where that is not the newest; `beside_id` is the same for replies that were
    asked for side by side.
    """

    origin_id: str
    parent_id: str | None
    role: Role
    text: str
    at: datetime | None = None
    model: str | None = None
    reasoning: str = ""
    attachments: tuple[str, ...] = ()
    status: Status = Status.DONE
    provider: str | None = None
    error: str | None = None
    reactions: tuple[Reaction, ...] = ()
    chosen_id: str | None = None
    beside_id: str | None = None
    deleted_at: datetime | None = None
    figures: Figures = field(default_factory=Figures)


@dataclass(frozen=True, slots=True)
class CameConversation:
    """One conversation: every message stands after its parent. `current_leaf` ends the path that was shown.

    The folders lead to it, the outermost first. `left_out` counts what was in it and could not be put into words.
    """

    origin: Origin
    origin_id: str
    title: str
    messages: tuple[CameMessage, ...]
    current_leaf: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    folders: tuple[CameFolder, ...] = ()
    assistant: str | None = None
    pinned: bool = False
    archived: bool = False
    model: str | None = None
    instructions: str = ""
    left_out: int = 0

    def path(self) -> tuple[CameMessage, ...]:
        """The messages that were shown, from the first to the leaf."""
        by_id: dict[str | None, CameMessage] = {message.origin_id: message for message in self.messages}
        trail: list[CameMessage] = []
        message = by_id.get(self.current_leaf)
        while message is not None and len(trail) < len(by_id):
            trail.append(message)
            message = by_id.get(message.parent_id)
        return tuple(reversed(trail))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What did not come, and why: a marked sentence. `where` is empty where it is the whole file."""

    where: str
    why: str


Came = CameConversation | LeftOut
Values = Mapping[str, Any]  # an object of somebody else's JSON: anything may be in it, or missing
