"""Conversations written down: Markdown for people, and the JSON that comes back equal (`formats/ours.py`)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from app.chat.moving.came import CameConversation, CameMessage, Figures, Origin, Role, Status
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


def as_json(conversations: Iterable[CameConversation]) -> Iterator[bytes]:
    """The whole document, in parts: no more than one conversation is held at a time."""
    yield b'{"format": ' + msgspec.json.encode(FORMAT) + b', "conversations": ['
    for number, conversation in enumerate(conversations):
        yield (b",\n" if number else b"\n") + msgspec.json.encode(_conversation(conversation))
    yield b"\n]}\n"


def as_markdown(conversation: CameConversation, translated: Translated = marked) -> str:
    """The path that is shown, to be read from top to bottom."""
    parts = [f"# {escaped(conversation.title) or '…'}"]
    if conversation.created_at:
        parts.append(conversation.created_at.strftime("%Y-%m-%d"))
    if conversation.instructions:
        parts += [f"## {translated(_SPEAKERS[Role.SYSTEM])}", conversation.instructions]
    for message in conversation.path():
        parts += _told(message, translated)
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


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
            folder=conversation.folder,
            pinned=conversation.pinned,
            archived=conversation.archived,
            model=conversation.model,
            instructions=conversation.instructions,
        ),
        "messages": [_message(message) for message in conversation.messages],
    }


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
