"""What other programs export, made here after the shapes that they are known to have."""

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.chat.moving.came import Came, CameConversation, CameMessage, LeftOut
from app.chat.moving.opening import read

Json = dict[str, Any]
SECOND = 1_700_000_000.25


# ChatGPT --------------------------------------------------------------------------------------------------------------


def text(*parts: object) -> Json:
    return {"content_type": "text", "parts": list(parts)}


def node(parent: str | None, role: str, content: Json | str, **more: Any) -> Json:
    """A node of a mapping, as it has been since 2023; what is given by name goes into the message."""
    said = text(content) if isinstance(content, str) else content
    message = {"author": {"role": role, "name": None}, "create_time": SECOND, "content": said, "metadata": {}, **more}
    return {"parent": parent, "children": [], "message": message}


def chatgpt(nodes: Mapping[str, Json], **more: Any) -> Json:
    """A conversation, with the empty node that each of them begins with."""
    mapping = {"root": {"parent": None, "children": [], "message": None}, **nodes}
    for name, each in nodes.items():
        if each["parent"] in mapping:
            mapping[each["parent"]].setdefault("children", []).append(name)
    return {"conversation_id": "c1", "title": "Pasta", "create_time": SECOND, "mapping": mapping, **more}


def small(name: str = "c1", title: str = "Pasta") -> Json:
    """A question and its answer."""
    nodes = {"q": node("root", "user", "What with anchovies?"), "a": node("q", "assistant", "Puttanesca.")}
    return chatgpt(nodes, conversation_id=name, title=title, current_node="a")


# Claude ---------------------------------------------------------------------------------------------------------------


def claude(messages: Iterable[Json], **more: Any) -> Json:
    return {"uuid": "k1", "name": "Soup", "created_at": "2025-03-01T10:00:00Z", "chat_messages": list(messages), **more}


def block(kind: str, **more: Any) -> Json:
    return {"type": kind, **more}


def of_claude(name: str, sender: str, *content: Json, **more: Any) -> Json:
    return {"uuid": name, "sender": sender, "text": "", "content": list(content), **more}


# Open WebUI -----------------------------------------------------------------------------------------------------------


def openwebui(messages: Mapping[str, Json], current: str | None = None, **more: Any) -> Json:
    chat = {"title": "Bread", "models": ["llama3"], "history": {"messages": messages, "currentId": current}}
    return {"id": "w1", "title": "Bread", "chat": chat, "created_at": 1_700_000_000, **more}


def of_openwebui(parent: str | None, role: str, content: object, **more: Any) -> Json:
    return {"parentId": parent, "childrenIds": [], "role": role, "content": content, "timestamp": 1_700_000_000, **more}


# LibreChat ------------------------------------------------------------------------------------------------------------

NO_PARENT = "00000000-0000-0000-0000-000000000000"


def librechat(messages: Iterable[Json], **more: Any) -> Json:
    return {"conversationId": "l1", "title": "Cake", "endpoint": "openAI", "messages": list(messages), **more}


def of_librechat(name: str, parent: str | None, words: str, **more: Any) -> Json:
    is_user = name.startswith("q")
    return {"messageId": name, "parentMessageId": parent, "isCreatedByUser": is_user, "text": words, **more}


# Files ----------------------------------------------------------------------------------------------------------------


def file(directory: Path, content: object) -> Path:
    """A file with this content; what is not bytes yet becomes JSON."""
    path = directory / "upload"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode("utf-8", "surrogatepass"))
    return path


def archive(directory: Path, files: Mapping[str, object]) -> Path:
    path = directory / "upload.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def came(path: Path) -> list[Came]:
    return list(read(path))


def conversations(path: Path) -> list[CameConversation]:
    return [each for each in read(path) if isinstance(each, CameConversation)]


def left_out(path: Path) -> list[tuple[str, str]]:
    return [(each.where, each.why) for each in read(path) if isinstance(each, LeftOut)]


def told(messages: Iterable[CameMessage]) -> list[tuple[str, str | None, str, str]]:
    """What a tree is made of, in short."""
    return [(message.origin_id, message.parent_id, message.role[0], message.text) for message in messages]
