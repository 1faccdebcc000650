"""Claude: a conversation has a list of `chat_messages`, in order.

    {"uuid", "name", "created_at", "updated_at", "model"?, "is_starred"?, "project": {"name"}?,
     "current_leaf_message_uuid"?, "chat_messages": [{"uuid", "sender": "human" | "assistant", "created_at", "text",
     "parent_message_uuid"?, "content": [BLOCK…], "attachments": [{"file_name", "extracted_content"}],
     "files": [{"file_name"}]}]}

Since 2025 messages name their parents, and branches stand in the same list. `text` repeats what is in `content` with
remarks where a block could not be shown, so it counts only where there are no blocks.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from app.chat.moving.came import CameConversation, CameMessage, Origin, Role, Values
from app.chat.moving.loose import (
    dict_of,
    first_text,
    folders_of,
    id_of,
    inner,
    joined,
    list_of,
    moment_of,
    name_of,
    names_of,
    text_of,
    title_of,
)
from app.chat.moving.markdown import escaped, fenced
from app.chat.moving.tree import Node, in_a_row, woven

_NOISE: Final = ("tool_use", "tool_result", "token_budget", "flag", "redacted_thinking")


def fits(value: Values) -> bool:
    """Whether this is one."""
    return isinstance(value.get("chat_messages"), list)


def read(value: Values) -> CameConversation:
    """The conversation."""
    model = name_of(value.get("model"))
    messages = [dict_of(message) for message in list_of(value.get("chat_messages"))]
    nodes = [_node(number, message, model) for number, message in enumerate(messages)]
    has_parents = any(isinstance(message.get("parent_message_uuid"), str) for message in messages)
    tree = woven(nodes if has_parents else in_a_row(nodes), id_of(value.get("current_leaf_message_uuid")) or None)
    return CameConversation(
        origin=Origin.CLAUDE,
        origin_id=id_of(value.get("uuid")) or tree.digest(value.get("name"), value.get("created_at")),
        title=title_of(value.get("name")),
        messages=tree.messages,
        current_leaf=tree.leaf,
        created_at=moment_of(value.get("created_at")),
        updated_at=moment_of(value.get("updated_at")),
        folders=folders_of(inner(value, "project", "name")),
        pinned=value.get("is_starred") is True,
        model=model,
        left_out=sum(_is_unknown(block) for message in messages for block in list_of(message.get("content"))),
    )


def _node(number: int, message: Values, model: str | None) -> Node:
    name = id_of(message.get("uuid")) or f"#{number}"
    return Node(name, id_of(message.get("parent_message_uuid")) or None, _message(message, model))


def _message(message: Values, model: str | None) -> CameMessage | None:
    is_user = message.get("sender") == "human"
    blocks = list_of(message.get("content"))
    files = [*list_of(message.get("attachments")), *list_of(message.get("files"))]
    came = CameMessage(
        origin_id="",
        parent_id=None,
        role=Role.USER if is_user else Role.ASSISTANT,
        text=joined([*(_words(blocks) or [text_of(message.get("text"))]), *_attached(files)]),
        at=moment_of(message.get("created_at")),
        model=None if is_user else model,
        reasoning=joined(text_of(inner(block, "thinking")) for block in blocks),
        attachments=names_of(inner(file, "file_name") for file in files),
    )
    return came if came.text or came.reasoning or came.attachments else None


def _words(blocks: list[object]) -> list[str]:
    return [text for text in map(_shown, blocks) if text.strip()]


def _shown(block: object) -> str:
    """What a block shows: text, what was spoken, a document that was written beside the conversation."""
    kind = text_of(inner(block, "type"))
    if kind == "tool_use":
        return _document(dict_of(inner(block, "input")))
    return "" if kind == "thinking" or kind in _NOISE else first_text(inner(block, "text"))


def _document(given: Values) -> str:
    """A document as it was first written; later changes name only what they replace."""
    body = first_text(given.get("content"), given.get("file_text"))
    path = text_of(given.get("path"))
    name = title_of(given.get("title")) or title_of(PurePosixPath(path).name)
    if not body or not name:
        return ""
    is_text = given.get("type") == "text/markdown" or path.endswith(".md")
    language = first_text(given.get("language")) or PurePosixPath(path).suffix.removeprefix(".")
    return joined([f"**{escaped(name)}**", body if is_text else fenced(body, language)])


def _attached(files: list[object]) -> Iterator[str]:
    """What was taken from an attached text: often the question is about nothing else."""
    for file in files:
        content = text_of(inner(file, "extracted_content"))
        if content.strip():
            yield joined([f"**{escaped(name_of(inner(file, 'file_name')) or '…')}**", fenced(content)])


def _is_unknown(block: object) -> bool:
    kind = text_of(inner(block, "type"))
    return kind not in ("thinking", *_NOISE) and not first_text(inner(block, "text")) and kind != "text"
