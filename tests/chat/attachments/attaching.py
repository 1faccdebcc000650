"""Attaching, and looking at what a model was told of it."""

from typing import Any

from tests.chat.api.asking import Program
from tests.provider import Upstream


async def attach(program: Program, name: str = "bees.txt", data: bytes = b"They sleep.") -> str:
    """A file that waits to be sent; its id."""
    made = await program.ask("POST", "/attachments", 201, files={"file": (name, data)})
    return str(made["id"])


def told(upstream: Upstream, place: int = -1) -> str:
    """The text of a turn of what the model was asked last."""
    content = upstream.asked[-1].body["messages"][place]["content"]
    return content if isinstance(content, str) else "\n".join(part["text"] for part in content if "text" in part)


def shown(upstream: Upstream, place: int = -1) -> list[str]:
    """The pictures in that turn."""
    content: Any = upstream.asked[-1].body["messages"][place]["content"]
    return [] if isinstance(content, str) else [part["image_url"]["url"] for part in content if "image_url" in part]
