"""Talking without a browser: as a form sends it, to the house's own Recall, which needs nobody else."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx2

from app.chat.replies.desk import hall
from app.core.ids import new_id
from app.database.engine import db
from tests.cast import csrf


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that was begun, with the ids of its first message and its reply."""

    id: UUID
    said: UUID
    reply: UUID

    @property
    def path(self) -> str:
        return f"/c/{self.id}"

    @property
    def reply_path(self) -> str:
        return f"/c/{self.id}/m/{self.reply}"


async def send(client: httpx2.AsyncClient, path: str, **fields: str) -> httpx2.Response:
    """A form, as a page of ours sends it."""
    return await client.post(path, data={**fields, "_csrf": await csrf(client)})


async def settled() -> None:
    """Until every reply of this process has ended."""
    async with asyncio.timeout(10):
        while hall.lives:
            await asyncio.sleep(0.01)


async def begun(client: httpx2.AsyncClient, text: str = "Hello, how are you?", **fields: str) -> Talk:
    """A conversation whose first message Recall has answered."""
    answer = await send(client, "/c", text=text, model="rag", **fields)
    assert answer.status_code == 303, answer.text
    await settled()
    return await seen(client, answer.headers["location"])


async def seen(client: httpx2.AsyncClient, path: str) -> Talk:
    """What the page of a conversation shows: its last message of the person, and the reply."""
    page = (await client.get(path)).text
    said, reply = (
        re.findall(r'<article class="said" id="m-([^"]+)"', page),
        re.findall(r'class="reply[^"]*" id="m-([^"]+)"', page),
    )
    return Talk(
        UUID(path.split("/")[2].split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]), UUID(said[-1]), UUID(reply[-1])
    )


_SAID = """
    insert into messages (id, user_id, conversation_id, parent_id, depth, role, content)
    select m.id, $1, $2, m.parent, m.at - 1, case when m.at % 2 = 1 then 'USER' else 'ASSISTANT' end, m.content
    from unnest($3::uuid[], $4::uuid[], $5::text[]) with ordinality as m(id, parent, content, at)
"""


async def said(user_id: UUID, texts: Sequence[str]) -> tuple[UUID, list[UUID]]:
    """A conversation of this person in which these were said one after the other; it, and the messages."""
    talk, ids = new_id(), [new_id() for _ in texts]
    sql = "insert into conversations (id, user_id, title, leaf_id) values ($1, $2, 'Long', $3)"
    await db.fetch(sql, talk, user_id, ids[-1])
    await db.fetch(_SAID, user_id, talk, ids, [talk, *ids[:-1]], texts)
    return talk, ids
