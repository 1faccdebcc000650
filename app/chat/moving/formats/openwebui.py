"""Open WebUI: one chat or a list of them, with a row of the database around each (`chat`) or without.

    {"id", "title", "created_at", "updated_at", "pinned", "archived", "chat": {"title", "models": [NAME], "system"?,
     "history": {"currentId", "messages": {ID: {"id", "parentId", "childrenIds", "role", "content", "model",
     "timestamp", "done", "error", "files", "annotation": {"rating": 1 | -1}}}}, "messages": [the path that is shown]}}

Chats of the first months have no `history`. What a model thought stands in the content, in `<details>` of HTML.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from app.chat.moving.came import CameConversation, CameMessage, Origin, Reaction, Role, Status, Values
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
from app.chat.moving.tree import Node, in_a_row, woven

_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
_RATINGS: Final = {1: Reaction.LIKE, -1: Reaction.DISLIKE}
_BEGIN: Final = re.compile(r'<details type="(reasoning|tool_calls|code_interpreter)"[^<>]*+>')
_END: Final = "</details>"
_SUMMARY: Final = re.compile(r"<summary>[^<]*</summary>")
_QUOTED: Final = re.compile(r"^> ?", re.MULTILINE)


def fits(value: Values) -> bool:
    """Whether this is one."""
    chat = _chat(value)
    return isinstance(inner(chat, "history", "messages"), dict) or (
        isinstance(chat.get("messages"), list) and isinstance(chat.get("models"), list)
    )


def read(value: Values) -> CameConversation:
    """The conversation."""
    chat = _chat(value)
    model = next(iter(names_of(list_of(chat.get("models")))), None)
    told = _messages(chat)
    nodes = [_node(name, message, model) for name, message in told]
    linked = any(id_of(message.get("parentId")) for _, message in told)
    tree = woven(nodes if linked else in_a_row(nodes), id_of(inner(chat, "history", "currentId")) or None)
    created = moment_of(value.get("created_at")) or moment_of(chat.get("timestamp"))
    return CameConversation(
        origin=Origin.OPENWEBUI,
        origin_id=id_of(first_text(value.get("id"), chat.get("id"))) or tree.digest(chat.get("title"), created),
        title=title_of(first_text(value.get("title"), chat.get("title"))),
        messages=tree.messages,
        current_leaf=tree.leaf,
        created_at=created,
        updated_at=moment_of(value.get("updated_at")),
        folders=folders_of(inner(value, "folder", "name")),
        pinned=value.get("pinned") is True,
        archived=value.get("archived") is True,
        model=model,
        instructions=first_text(chat.get("system"), inner(chat, "params", "system")),
    )


def _chat(value: Values) -> Values:
    return dict_of(value["chat"]) if isinstance(value.get("chat"), dict) else value


def _messages(chat: Values) -> list[tuple[str, Values]]:
    """Each with its id: the whole tree, or the one path there is."""
    tree = dict_of(inner(chat, "history", "messages"))
    if tree:
        return [(id_of(name), dict_of(message)) for name, message in tree.items()]
    path = [dict_of(message) for message in list_of(chat.get("messages"))]
    return [(id_of(message.get("id")) or f"#{number}", message) for number, message in enumerate(path)]


def _node(name: str, message: Values, model: str | None) -> Node:
    return Node(name, id_of(message.get("parentId")) or None, _message(message, model))


def _message(message: Values, model: str | None) -> CameMessage | None:
    role = _ROLES.get(text_of(message.get("role")))
    if role is None:
        return None
    text, reasoning = _parted(_content(message.get("content")))
    error = _content(inner(message, "error", "content")) or text_of(message.get("error"))
    rating = _RATINGS.get(number) if isinstance(number := inner(message, "annotation", "rating"), int) else None
    came = CameMessage(
        origin_id="",
        parent_id=None,
        role=role,
        text=text or error,
        at=moment_of(message.get("timestamp")),
        model=name_of(message.get("model")) or model if role is Role.ASSISTANT else None,
        reasoning=reasoning,
        attachments=names_of(_file(file) for file in list_of(message.get("files"))),
        status=_status(message),
        reactions=(rating,) if rating else (),
    )
    return came if came.text or came.reasoning or came.attachments else None


def _status(message: Values) -> Status:
    if message.get("error"):
        return Status.FAILED
    return Status.INTERRUPTED if message.get("done") is False else Status.DONE


def _content(content: object) -> str:
    return text_of(content) or joined(text_of(inner(part, "text")) for part in list_of(content))


def _file(file: object) -> str:
    return first_text(inner(file, "name"), inner(file, "file", "filename"), inner(file, "type"))


def _parted(content: str) -> tuple[str, str]:
    """The text with the code that was run, and what was thought. Calls of tools are taken away."""
    texts: list[str] = []
    thoughts: list[str] = []
    at = 0
    for begin, end in _details(content):
        texts.append(content[at : begin.start()])
        inside = _SUMMARY.sub("", content[begin.end() : end].strip(), count=1)
        if begin[1] == "reasoning":
            thoughts.append(_QUOTED.sub("", html.unescape(inside)))
        elif begin[1] == "code_interpreter":
            texts.append(inside)
        at = end + len(_END)
    return joined([*texts, content[at:]]), joined(thoughts)


def _details(content: str) -> Iterator[tuple[re.Match[str], int]]:
    """Where each of those begins and ends. Nothing is looked at twice, however many never end."""
    at = 0
    while (begin := _BEGIN.search(content, at)) and (end := content.find(_END, begin.end())) >= 0:
        yield begin, end
        at = end + len(_END)
