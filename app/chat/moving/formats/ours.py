"""Our own export, as `written.py` writes it. It holds all that a conversation is made of, so it comes back equal.

    {"format": "commonplace/1",
     "conversations": [
       {"id", "title", "messages": [MESSAGE…],        every message after its parent
        "origin"?: "commonplace",                     where it was held at first, and "id" is its name there
        "current"?: ID,                               the last message of the path that is shown
        "created_at"?, "updated_at"?,                 ISO 8601, in UTC
        "folders"?: [{"name", "instructions"?, "model"?}…],                          the outermost first
        "pinned"?: true, "archived"?: true, "model"?, "assistant"?: NAME, "instructions"?}]}

    MESSAGE: {"id", "parent"?: ID, "role": "USER" | "ASSISTANT" | "SYSTEM", "text",
              "status"?: "STOPPED" | "FAILED" | "INTERRUPTED", "at"?, "model"?, "provider"?, "reasoning"?, "error"?,
              "attachments"?: [NAME…], "reactions"?: ["LIKE" | "DISLIKE" | "HELPFUL" | "CONFUSED"…],
              "deleted_at"?, "chosen"?: ID, "beside"?: ID,         the child that is shown; what was asked side by side
              "figures"?: {"tokens_in", "tokens_out", "tokens_estimated", "cost": "0.001200", "first_token_ms",
                           "duration_ms", "reasoning_ms"}}

What has its usual value (a question mark above) is not written. A later version that only adds keys stays
`commonplace/1`: what is not known is passed over. One that changes the meaning of a key becomes `commonplace/2`, and
this reader refuses it.
"""

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final, TypeVar

from app.chat.moving.came import (
    CameConversation,
    CameFolder,
    CameMessage,
    Figures,
    Origin,
    Reaction,
    Role,
    Status,
    Values,
)
from app.chat.moving.loose import (
    dict_of,
    id_of,
    inner,
    list_of,
    moment_of,
    name_of,
    names_of,
    number_of,
    text_of,
    title_of,
)
from app.chat.moving.tree import Node, woven

FORMAT: Final = "commonplace/1"
FAMILY: Final = "commonplace/"

Word = TypeVar("Word", bound=StrEnum)


def fits(value: Values) -> bool:
    """Whether this is one."""
    messages = list_of(value.get("messages"))
    return value.keys() >= {"id", "title", "messages"} and all(
        isinstance(message, dict) and message.keys() >= {"id", "role", "text"} for message in messages[:1]
    )


def read(value: Values) -> CameConversation:
    """The conversation."""
    messages = [dict_of(message) for message in list_of(value.get("messages"))]
    nodes = [
        Node(id_of(message.get("id")) or f"#{number}", id_of(message.get("parent")) or None, _message(message))
        for number, message in enumerate(messages)
    ]
    tree = woven(nodes, id_of(value.get("current")) or None)
    return CameConversation(
        origin=_word(Origin, value.get("origin")) or Origin.COMMONPLACE,
        origin_id=id_of(value.get("id")) or tree.digest(value.get("title")),
        title=title_of(value.get("title")),
        messages=tree.messages,
        current_leaf=tree.leaf,
        created_at=moment_of(value.get("created_at")),
        updated_at=moment_of(value.get("updated_at")),
        folders=tuple(folder for folder in map(_folder, list_of(value.get("folders"))) if folder),
        assistant=name_of(value.get("assistant")),
        pinned=value.get("pinned") is True,
        archived=value.get("archived") is True,
        model=name_of(value.get("model")),
        instructions=text_of(value.get("instructions")),
    )


def _folder(value: object) -> CameFolder | None:
    name = name_of(inner(value, "name"))
    if name is None:
        return None
    return CameFolder(name, text_of(inner(value, "instructions")), name_of(inner(value, "model")))


def _message(message: Values) -> CameMessage | None:
    role = _word(Role, message.get("role"))
    if role is None:
        return None
    reactions = [_word(Reaction, name) for name in list_of(message.get("reactions"))]
    return CameMessage(
        origin_id="",
        parent_id=None,
        role=role,
        text=text_of(message.get("text")),
        at=moment_of(message.get("at")),
        model=name_of(message.get("model")),
        reasoning=text_of(message.get("reasoning")),
        attachments=names_of(list_of(message.get("attachments"))),
        status=_word(Status, message.get("status")) or Status.DONE,
        provider=name_of(message.get("provider")),
        error=name_of(message.get("error")),
        reactions=tuple(reaction for reaction in reactions if reaction),
        chosen_id=id_of(message.get("chosen")) or None,
        beside_id=id_of(message.get("beside")) or None,
        deleted_at=moment_of(message.get("deleted_at")),
        figures=_figures(message.get("figures")),
    )


def _figures(value: object) -> Figures:
    return Figures(
        tokens_in=number_of(inner(value, "tokens_in")),
        tokens_out=number_of(inner(value, "tokens_out")),
        tokens_estimated=inner(value, "tokens_estimated") is True,
        cost=_cost(inner(value, "cost")),
        first_token_ms=number_of(inner(value, "first_token_ms")),
        duration_ms=number_of(inner(value, "duration_ms")),
        reasoning_ms=number_of(inner(value, "reasoning_ms")),
    )


def _cost(value: object) -> Decimal | None:
    """An amount that the column holds: twelve digits, six of them after the point."""
    with suppress(InvalidOperation):
        cost = Decimal(text_of(value)[:40])
        if 0 <= cost < 10**6:
            return cost
    return None


def _word(words: type[Word], value: object) -> Word | None:
    return next((word for word in words if word == value), None)
