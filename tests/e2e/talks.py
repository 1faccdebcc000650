"""Conversations as people have them, put into the database: long and short, side by side, ended badly, shared."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from app.core.ids import new_id
from app.core.secrets import hashed
from tests.chat.attachments import samples

SHARED: Final = "a-link-that-holds"
LONG: Final = """## How a heap keeps its order

A **binary heap** is an array that is read as a tree: the children of `i` are `2i + 1` and `2i + 2`. Whoever is inserted
climbs until the one above is smaller, which takes at most $\\log_2 n$ steps.

```python
def push(heap: list[int], value: int) -> None:
    heap.append(value)
    place = len(heap) - 1
    while place and heap[(above := (place - 1) // 2)] > heap[place]:  # a line that is a good deal longer than the page
        heap[place], heap[above] = heap[above], heap[place]
        place = above
```

| operation | steps | remembers |
|---|---|---|
| insert | O(log n) | the order of nobody |
| smallest | O(1) | the first place |

1. Append at the end.
2. Compare with the one above:
   - smaller: change places,
   - else: done.

> Nothing is sorted, and yet the smallest is always there.

More is in the [Python documentation](https://docs.python.org/3/library/heapq.html).
"""
Given = Mapping[str, Any]


async def furnish(socket: str) -> list[str]:
    """Put them there, for whoever came first; the address of each page that shows one of them."""
    connection = await asyncpg.connect(host=socket, user="commonplace", database="commonplace")
    try:
        owner = await connection.fetchval("select id from users order by created_at limit 1")
        return await _Desk(connection, owner).everything()
    finally:
        await connection.close()


class _Desk:
    def __init__(self, connection: Any, owner: UUID) -> None:
        self._connection, self._owner, self._now = connection, owner, datetime.now(UTC)

    async def everything(self) -> list[str]:
        shelf = await self._put("folders", name="Algorithms", instructions="Answer briefly.")
        within = await self._put("folders", name="Trees", parent_id=shelf)
        talk, reply = await self._long(within)
        beside = await self._beside(shelf)
        failed = await self._failed()
        await self._talk("Put away", archived_at=self._now)
        await self._talk("Thrown away", deleted_at=self._now)
        await self._put("drafts", place=talk, text="And in Rust?")
        ends = {"conversation_id": talk, "upto_id": reply, "token_sha256": hashed(SHARED)}
        await self._put("shares", **ends)
        parts = ["", "/find?q=heap", "/shares", "/print", "/settings", f"/m/{reply}/told"]
        pages = [f"/c/{talk}{part}" for part in parts]
        return [*pages, f"/c/{beside}", f"/c/{failed}", f"/f/{shelf}", f"/f/{within}", f"/s/{SHARED}"]

    async def _long(self, folder: UUID) -> tuple[UUID, UUID]:
        talk = await self._talk("How does a heap keep its order?", folder_id=folder, pinned_at=self._now)
        asked = await self._said(talk, talk, 0, "How does a **heap** keep its order?\n\nIn Python, please.")
        await self._attached(talk, asked)
        files = [{"name": "heap.py", "with_id": str(asked), "told": 900, "of": 4000}]
        told = {"instructions": "Answer briefly.", "messages": [str(asked)], "left_out": 3, "files": files}
        thought = {"reasoning": "They want the invariant.\n\nThen the code.", "reasoning_ms": 2400}
        given = {"told": json.dumps(told), "tokens_in": 1204, "tokens_out": 388, "first_token_ms": 412}
        first = await self._replied(talk, asked, 1, LONG, **given, **thought)
        again = await self._said(talk, first, 2, "Once more, shorter.")
        await self._replied(talk, again, 3, "Another version.")
        reply = await self._replied(talk, again, 3, "Parents are smaller than children.", **given, status="STOPPED")
        await self._put("message_reactions", message_id=reply, type="HELPFUL")
        gone = await self._said(talk, reply, 4, "", deleted_at=self._now)
        last = await self._replied(talk, gone, 5, LONG, **given)
        await self._ends_with(talk, last)
        return talk, first

    async def _attached(self, talk: UUID, message: UUID) -> None:
        await self._connection.execute("update messages set attached = 2 where id = $1", message)
        picture = {
            "kind": "IMAGE",
            "media_type": "image/png",
            "width": 320,
            "height": 200,
            "data": samples.png(320, 200),
        }
        text = {"kind": "TEXT", "media_type": "text/plain; charset=utf-8", "text": "heap = []", "data": b"heap = []"}
        for name, about in (("A heap, drawn by hand.png", picture), ("heap.py", text)):
            file = await self._put(
                "attached_files", sha256=hashed(name), size=4200, is_cut=False, **{"text": "", **about}
            )
            hung = {"file_id": file, "conversation_id": talk, "message_id": message}
            await self._put("attachments", name=name, place=1, **hung)

    async def _beside(self, folder: UUID) -> UUID:
        talk, group = await self._talk("Two opinions on bees", folder_id=folder), new_id()
        asked = await self._said(talk, talk, 0, "Do bees sleep?")
        await self._replied(talk, asked, 1, "They do, at night, and **hold hands**.", beside_id=group, model="ada/one")
        last = await self._replied(talk, asked, 1, LONG, beside_id=group, model="a-provider/of-a-long-name")
        await self._ends_with(talk, last)
        return talk

    async def _failed(self) -> UUID:
        talk = await self._talk("A key that is refused " * 6, unread_since=self._now)
        asked = await self._said(talk, talk, 0, "averylongwordthatdoesnotwantto" * 12)
        failing = {"status": "FAILED", "error": "MODEL_KEY_REFUSED"}
        await self._ends_with(talk, await self._replied(talk, asked, 1, "Half an", **failing))
        return talk

    async def _talk(self, title: str, **given: Any) -> UUID:
        return await self._put("conversations", title=title[:200], preview="What was said last", **given)

    async def _said(self, talk: UUID, parent: UUID, depth: int, text: str, **given: Any) -> UUID:
        place = {"conversation_id": talk, "parent_id": parent, "depth": depth}
        return await self._put("messages", **{"role": "USER", "status": "DONE", "content": text, **place, **given})

    async def _replied(self, talk: UUID, parent: UUID, depth: int, text: str, **given: Any) -> UUID:
        how = {"role": "ASSISTANT", "model": "openai/gpt-5", "provider": "OpenAI", "duration_ms": 5200, "cost": 0}
        return await self._said(talk, parent, depth, text, **{**how, **given})

    async def _ends_with(self, talk: UUID, leaf: UUID) -> None:
        sql = "update conversations set leaf_id = $1 where user_id = $2 and id = $3"
        await self._connection.execute(sql, leaf, self._owner, talk)

    async def _put(self, table: str, **given: Any) -> UUID:
        made = new_id()
        row = {"id": made, "user_id": self._owner, **given}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self._connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
        return made
