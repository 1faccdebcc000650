"""Chatbot UI, which LibreChat and others read too: conversations without branches, under `history`.

{"version", "history": [{"id", "name", "messages": [{"role", "content"}], "model": {"id"}, "prompt"}]}
"""

from typing import Final

from app.chat.moving.came import CameConversation, CameMessage, Origin, Role, Values
from app.chat.moving.loose import dict_of, id_of, inner, list_of, name_of, text_of, title_of
from app.chat.moving.tree import Node, in_a_row, woven

_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}


def fits(value: Values) -> bool:
    """Whether this is one."""
    return isinstance(value.get("messages"), list) and "name" in value and "prompt" in value


def read(value: Values) -> CameConversation:
    """The conversation."""
    model = name_of(inner(value, "model", "id"))
    messages = [dict_of(message) for message in list_of(value.get("messages"))]
    nodes = [Node(f"#{number}", None, _message(message, model)) for number, message in enumerate(messages)]
    tree = woven(in_a_row(nodes))
    return CameConversation(
        origin=Origin.CHATBOTUI,
        origin_id=id_of(value.get("id")) or tree.digest(value.get("name")),
        title=title_of(value.get("name")),
        messages=tree.messages,
        current_leaf=tree.leaf,
        model=model,
        instructions=text_of(value.get("prompt")),
        left_out=len(nodes) - len(tree.messages),
    )


def _message(message: Values, model: str | None) -> CameMessage | None:
    role, text = _ROLES.get(text_of(message.get("role"))), text_of(message.get("content"))
    if role is None or not text:
        return None
    return CameMessage("", None, role, text, model=model if role is Role.ASSISTANT else None)
