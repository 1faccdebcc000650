"""Conversations written down: Markdown for people, and the JSON that comes back equal (`formats/ours.py`).

Both are written in parts, the messages as they come: no more of a conversation than some of them is held at a time.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from app.chat.moving.came import CameConversation, CameFolder, CameMessage, Figures, Origin, Role, Status
from app.chat.moving.formats.ours import FORMAT
from app.chat.moving.markdown import escaped
from app.core.language import marked

_SPEAKERS: Final = {
    Role.USER: marked("You"),
    Role.ASSISTANT: marked("Assistant"),
    Role.SYSTEM: marked("Instructions"),
}
_ENDINGS: Final = {
    Status.STOPPED: marked("This answer was stopped."),
    Status.FAILED: marked("This answer failed."),
    Status.INTERRUPTED: marked("This answer was interrupted."),
}
_ATTACHMENTS: Final = marked("Attachments")
_REASONING: Final = marked("Reasoning")

Translated = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation to be written: what holds for all of it, and its messages, some at a time."""

    conversation: CameConversation
    messages: AsyncIterable[Sequence[CameMessage]]


async def as_json(conversations: AsyncIterable[Told]) -> AsyncIterator[bytes]:
    """The whole document."""
    yield b'{"format": ' + msgspec.json.encode(FORMAT) + b', "conversations": ['
    between = b"\n"
    async for told in conversations:
        yield between
        async for part in _as_json(told):
            yield part
        between = b",\n"
    yield b"\n]}\n"


async def _as_json(told: Told) -> AsyncIterator[bytes]:
    head = msgspec.json.encode(_conversation(told.conversation))
    yield head[:-1] + b',"messages":['
    between = b""
    async for messages in told.messages:
        if messages:
            yield between + b",".join(msgspec.json.encode(_message(message)) for message in messages)
            between = b","
    yield b"]}"


async def as_markdown(told: Told, translated: Translated = marked) -> AsyncIterator[bytes]:
    """The messages of a path, to be read from top to bottom."""
    conversation = told.conversation
    parts = [f"# {escaped(conversation.title) or '…'}"]
    if conversation.created_at:
        parts.append(conversation.created_at.strftime("%Y-%m-%d"))
    if conversation.instructions:
        parts += [f"## {translated(_SPEAKERS[Role.SYSTEM])}", conversation.instructions]
    yield _paragraphs(parts)
    async for messages in told.messages:
        for message in messages:
            yield b"\n" + _paragraphs(_told(message, translated))


def _paragraphs(parts: Sequence[str] | Iterator[str]) -> bytes:
    return ("\n\n".join(part.strip("\n") for part in parts) + "\n").encode("utf-8", "replace")


def _told(message: CameMessage, translated: Translated) -> Iterator[str]:
    speaker = escaped(message.model or "") if message.role is Role.ASSISTANT else ""
    moment = message.at.strftime(" · %Y-%m-%d %H:%M UTC") if message.at else ""
    yield f"## {speaker or translated(_SPEAKERS[message.role])}{moment}"
    if message.reasoning:
        yield f"> **{translated(_REASONING)}**\n>\n" + "\n".join(f"> {line}" for line in message.reasoning.split("\n"))
    if message.text:
        yield message.text
    if message.attachments:
        yield f"{translated(_ATTACHMENTS)}: " + ", ".join(map(escaped, message.attachments))
    if message.status in _ENDINGS:
        yield f"*{translated(_ENDINGS[message.status])}*"


def _conversation(conversation: CameConversation) -> dict[str, Any]:
    return {
        "id": conversation.origin_id,
        "title": conversation.title,
        **_where_unusual(
            origin=conversation.origin if conversation.origin is not Origin.COMMONPLACE else None,
            current=conversation.current_leaf,
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
            folders=[_folder(folder) for folder in conversation.folders],
            pinned=conversation.pinned,
            archived=conversation.archived,
            model=conversation.model,
            assistant=conversation.assistant,
            instructions=conversation.instructions,
        ),
    }


def _folder(folder: CameFolder) -> dict[str, Any]:
    return {"name": folder.name, **_where_unusual(instructions=folder.instructions, model=folder.model)}


def _message(message: CameMessage) -> dict[str, Any]:
    return {
        "id": message.origin_id,
        "role": message.role,
        "text": message.text,
        **_where_unusual(
            parent=message.parent_id,
            status=message.status if message.status is not Status.DONE else None,
            at=message.at,
            model=message.model,
            provider=message.provider,
            reasoning=message.reasoning,
            error=message.error,
            attachments=message.attachments,
            reactions=message.reactions,
            deleted_at=message.deleted_at,
            chosen=message.chosen_id,
            beside=message.beside_id,
            figures=_figures(message.figures),
        ),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    counts = {
        "tokens_in": figures.tokens_in,
        "tokens_out": figures.tokens_out,
        "cost": figures.cost,
        "first_token_ms": figures.first_token_ms,
        "duration_ms": figures.duration_ms,
        "reasoning_ms": figures.reasoning_ms,
    }
    known: dict[str, Any] = {key: value for key, value in counts.items() if value is not None}  # 0 is known too
    return known | ({"tokens_estimated": True} if figures.tokens_estimated else {})


def _where_unusual(**values: Any) -> dict[str, Any]:
    """Without what is as usual: a reader puts that in itself."""
    return {key: value for key, value in values.items() if value}
