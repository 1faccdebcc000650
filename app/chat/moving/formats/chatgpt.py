"""ChatGPT, of every year: a conversation is a `mapping` of nodes that name their parents.

    {"conversation_id" | "id", "title", "create_time", "update_time", "current_node", "default_model_slug",
     "is_archived", "is_starred", "pinned_time", "mapping": {ID: {"parent": ID, "children": [ID…], "message": {…}}}}

At first all of them stood in one `conversations.json`; now there are many, `conversations-000.json` and on, nodes may
lack `children`, and messages their `status`, `recipient` and most of `metadata` (LibreChat #13630, #15229). Between
conversations stand entries of folders and projects, which have no `mapping` (Open WebUI #23505).
"""

from collections.abc import Iterator
from typing import Final

from app.chat.moving.came import CameConversation, CameMessage, Origin, Role, Status, Values
from app.chat.moving.formats.chatgpt_content import Said, said
from app.chat.moving.loose import dict_of, first_text, id_of, inner, list_of, moment_of, name_of, title_of
from app.chat.moving.tree import Node, turns, woven

_ENDED: Final = {
    "in_progress": Status.INTERRUPTED,
    "finished_partial_completion": Status.STOPPED,
    "error": Status.FAILED,
}


def fits(value: Values) -> bool:
    """Whether this is one."""
    return isinstance(value.get("mapping"), dict)


def read(value: Values) -> CameConversation:
    """The conversation. What was thought, run and drawn before an answer becomes one message with it."""
    model = name_of(value.get("default_model_slug"))
    heard = [(name, parent, message, said(message)) for name, parent, message in _nodes(dict_of(value.get("mapping")))]
    nodes = [Node(name, parent, _message(message, words, model)) for name, parent, message, words in heard]
    tree = turns(woven(nodes, id_of(value.get("current_node")) or None))
    return CameConversation(
        origin=Origin.CHATGPT,
        origin_id=id_of(first_text(value.get("conversation_id"), value.get("id")))
        or tree.digest(value.get("title"), value.get("create_time")),
        title=title_of(value.get("title")),
        messages=tree.messages,
        current_leaf=tree.leaf,
        created_at=moment_of(value.get("create_time")),
        updated_at=moment_of(value.get("update_time")),
        pinned=value.get("is_starred") is True or moment_of(value.get("pinned_time")) is not None,
        archived=value.get("is_archived") is True,
        model=model,
        left_out=sum(words.left_out for *_, words in heard),
    )


def _nodes(mapping: Values) -> Iterator[tuple[str, str | None, Values]]:
    """Each with its parent and its message. Where it names no parent, the one that lists it as a child is that."""
    listed = {id_of(child): id_of(key) for key, node in mapping.items() for child in list_of(inner(node, "children"))}
    for key, node in mapping.items():
        name = id_of(key)
        yield name, id_of(inner(node, "parent")) or listed.get(name), dict_of(inner(node, "message"))


def _message(message: Values, words: Said, model: str | None) -> CameMessage | None:
    if not (words.text or words.reasoning or words.attachments):
        return None
    is_user = inner(message, "author", "role") == "user"
    return CameMessage(
        origin_id="",
        parent_id=None,
        role=Role.USER if is_user else Role.ASSISTANT,
        text=words.text,
        at=moment_of(message.get("create_time")),
        model=None if is_user else name_of(inner(message, "metadata", "model_slug")) or model,
        reasoning=words.reasoning,
        attachments=words.attachments,
        status=_status(message),
    )


def _status(message: Values) -> Status:
    if inner(message, "metadata", "finish_details", "type") == "interrupted":
        return Status.STOPPED
    return _ENDED.get(first_text(message.get("status")), Status.DONE)
