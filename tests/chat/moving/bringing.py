"""Files brought along without a browser, and what is there afterwards."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from app.chat.moving import arriving, service
from app.database.engine import db
from tests.cast import Player
from tests.chat.moving.exported import SECOND, Json, chatgpt, node


async def unheard(_percent: int) -> None:
    """Nobody waits."""


async def given(player: Player, path: Path) -> UUID:
    """The file has arrived, and nobody has read it yet."""

    async def fetch(target: Path) -> tuple[str, int]:
        size = await asyncio.to_thread(target.write_bytes, await asyncio.to_thread(path.read_bytes))
        return path.name, size

    return await service.begin(player.id, fetch)


async def brought(player: Player, path: Path) -> service.Import:
    """The file has arrived, and was read to its end."""
    import_id = await given(player, path)
    await arriving.bring(player.id, import_id, unheard)
    return await service.one(player.id, import_id)


async def counted(table: str, player: Player) -> int:
    return int(await db.fetch_value(f"select count(*) from {table} where user_id = $1", player.id))


async def rows(table: str, player: Player, order: str = "id") -> list[dict[str, Any]]:
    found = await db.fetch(f"select * from {table} where user_id = $1 order by {order}", player.id)
    return [dict(row) for row in found]


def many(number: int, messages: int = 2, first: int = 0) -> list[Json]:
    """So many conversations of ChatGPT, with so many messages each."""

    def nodes() -> dict[str, Json]:
        names = ["root", *(f"m{place}" for place in range(messages))]
        return {
            name: node(before, "assistant" if place % 2 else "user", f"Message {place}.")
            for place, (before, name) in enumerate(pairwise(names))
        }

    return [
        chatgpt(
            nodes(),
            conversation_id=f"c{place}",
            title=f"Talk {place}",
            current_node=f"m{messages - 1}",
            create_time=SECOND,
            update_time=SECOND + 60,
        )
        for place in range(first, first + number)
    ]
