"""What a person's own page counts. Each part of the house registers what it can count."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from app.chat.conversations import service as conversations
from app.chat.messages import service as messages
from app.core.language import marked
from app.providers import usage

Count = Callable[[UUID], Awaitable[int | str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a word, and what it says. The label is a message id."""

    label: str
    value: int | str


_counts: dict[str, tuple[str, Count]] = {}


def register(name: str, label: str, count: Count) -> None:
    """Show this figure. One that has the name already gives way, but its place stays."""
    _counts[name] = (label, count)


async def of(user_id: UUID) -> list[Figure]:
    """The figures of this person, in the order in which they were registered."""
    return [Figure(label, await count(user_id)) for label, count in _counts.values()]


register("conversations", marked("Conversations"), conversations.count)
register("messages", marked("Messages"), messages.count)
register("tokens", marked("Tokens used"), usage.tokens)
