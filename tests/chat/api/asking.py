"""A program that talks through the API, and waits until what it asked for has come to its end."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from tests.cast import Player

MODEL: Final = "openai/tokens-5"
LONG_ENOUGH: Final = 10


@dataclass
class Program:
    """One program and whose it is."""

    client: httpx2.AsyncClient
    player: Player

    async def ask(self, method: str, path: str, status: int = 200, **sent: Any) -> Any:
        """What the API answers; its status is as expected."""
        answer = await self.client.request(method, f"/api{path}", **sent)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, **sent: Any) -> str:
        """The code of the failure that the API answers."""
        answer = await self.client.request(method, f"/api{path}", **sent)
        assert not answer.is_success, answer.text
        return str(answer.json()["code"])

    async def begin(self, text: str = "Do bees sleep?", model: str = MODEL, **more: Any) -> dict[str, Any]:
        """A conversation whose first reply has settled."""
        begun = await self.ask("POST", "/conversations", 201, json={"text": text, "models": [model], **more})
        await self.settled(begun)
        return dict(begun)

    async def say(self, begun: dict[str, Any], text: str, model: str = MODEL, **more: Any) -> dict[str, Any]:
        """One more message there, and its reply."""
        path = f"/conversations/{begun['conversation_id']}/messages"
        said = await self.ask("POST", path, 201, json={"text": text, "models": [model], **more})
        await self.settled(said)
        return dict(said)

    async def settled(self, begun: dict[str, Any]) -> list[Any]:
        """The replies, once nobody writes on them any more."""
        async with asyncio.timeout(LONG_ENOUGH):
            while True:
                found = [await self.message(begun, reply) for reply in begun["replies"]]
                if all(each["status"] not in ("STREAMING", "QUEUED") for each in found):
                    return found
                await asyncio.sleep(0.02)

    async def message(self, begun: dict[str, Any], message_id: str) -> Any:
        return await self.ask("GET", f"/conversations/{begun['conversation_id']}/messages/{message_id}")

    async def path(self, begun: dict[str, Any], **query: Any) -> Any:
        return await self.ask("GET", f"/conversations/{begun['conversation_id']}/messages", params=query)


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event: where it leads up to, what it is called, what it says."""

    at: int
    name: str
    data: Any


def events(text: str) -> list[Event]:
    """The events in a stream that has ended, or was left."""
    return [found for block in text.split("\n\n")[:-1] if (found := event(block))]


def event(block: str) -> Event | None:
    """The event in these lines; a comment is none."""
    lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
    return Event(int(lines["id"]), lines.get("event", ""), json.loads(lines["data"])) if lines else None


def together(found: list[Event], start: str = "") -> str:
    """The text that a program has which does as the events say."""
    text = start
    for each in found:
        text = each.data["replace"] if "replace" in each.data else text + each.data.get("text", "")
    return text
