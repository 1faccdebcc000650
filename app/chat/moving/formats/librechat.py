"""LibreChat: one conversation a file, its messages in a list or, exported with branches, as children in each other.

    {"conversationId", "title", "endpoint", "recursive", "options": {"model", "promptPrefix"},
     "messages" | "messagesTree": [{"messageId", "parentMessageId", "isCreatedByUser", "sender", "text", "model",
     "createdAt", "unfinished", "error", "files", "content": [{"type": "text" | "think" | …}], "children": [MESSAGE…]}]}

It says nowhere when the conversation began, so that is when its first message was written.
"""

from collections.abc import Iterator
from typing import Final

from app.chat.moving.came import CameConversation, CameMessage, Origin, Reaction, Role, Status, Values
from app.chat.moving.loose import (
    dict_of,
    first_text,
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
from app.chat.moving.tree import Node, woven

_RATINGS: Final = {"thumbsUp": Reaction.LIKE, "thumbsDown": Reaction.DISLIKE}
_NOISE: Final = ("tool_call", "agent_update", "error", "think")


def fits(value: Values) -> bool:
    """Whether this is one."""
    return bool(id_of(value.get("conversationId"))) and bool(_roots(value) or isinstance(value.get("messages"), list))


def read(value: Values) -> CameConversation:
    """The conversation."""
    told = list(_flat(_roots(value)))
    tree = woven([Node(name, parent, _message(message)) for name, parent, message in told])
    moments = [message.at for message in tree.messages if message.at]
    return CameConversation(
        origin=Origin.LIBRECHAT,
        origin_id=id_of(value.get("conversationId")),
        title=title_of(value.get("title")),
        messages=tree.messages,
        current_leaf=tree.leaf,
        created_at=min(moments, default=None),
        updated_at=max(moments, default=None),
        model=name_of(inner(value, "options", "model")),
        instructions=text_of(inner(value, "options", "promptPrefix")),
        left_out=sum(_is_unknown(part) for *_, message in told for part in list_of(message.get("content"))),
    )


def _roots(value: Values) -> list[object]:
    return list_of(value.get("messagesTree")) or list_of(value.get("messages"))


def _flat(roots: list[object]) -> Iterator[tuple[str, str | None, Values]]:
    """Every message with its id and its parent, those in others too: without recursion, for trees are deep."""
    waiting: list[tuple[object, str | None]] = [(root, None) for root in reversed(roots)]
    number = 0
    while waiting:
        value, above = waiting.pop()
        message = dict_of(value)
        name = id_of(message.get("messageId")) or f"#{number}"
        number += 1
        yield name, above or id_of(message.get("parentMessageId")) or None, message
        waiting += [(child, name) for child in reversed(list_of(message.get("children")))]


def _message(message: Values) -> CameMessage | None:
    is_user = message.get("isCreatedByUser") is True or message.get("sender") == "User"
    parts = list_of(message.get("content"))
    rating = _RATINGS.get(text_of(inner(message, "feedback", "rating")))
    came = CameMessage(
        origin_id="",
        parent_id=None,
        role=Role.USER if is_user else Role.ASSISTANT,
        text=joined(_words(part) for part in parts) or text_of(message.get("text")),
        at=moment_of(message.get("createdAt")),
        model=None if is_user else name_of(message.get("model")),
        reasoning=joined(_value(inner(part, "think")) for part in parts),
        attachments=names_of(
            inner(file, "filename") for key in ("files", "attachments") for file in list_of(message.get(key))
        ),
        status=_status(message),
        reactions=(rating,) if rating else (),
    )
    return came if came.text or came.reasoning or came.attachments else None


def _words(part: object) -> str:
    kind = text_of(inner(part, "type"))
    if kind == "image_file":
        return "[image]"
    return _value(inner(part, "text")) or (_value(inner(part, "error")) if kind == "error" else "")


def _value(text: object) -> str:
    """A text, or an object around it."""
    return first_text(text, inner(text, "value"))


def _status(message: Values) -> Status:
    if message.get("error") is True:
        return Status.FAILED
    return Status.STOPPED if message.get("unfinished") is True else Status.DONE


def _is_unknown(part: object) -> bool:
    return not _words(part) and text_of(inner(part, "type")) not in ("text", *_NOISE)
