"""B10, B18: a tab that knows little, and a host whose clock is wrong, take nothing from what was said."""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Final

import pytest

from app.chat.conversations import service as conversations
from app.chat.messages import shown
from app.chat.replies import service, settling
from app.chat.replies.queries import runs
from app.core import clock, ids
from app.core.asker import Asker
from app.database.engine import db
from tests.chat.replies.talking import count, say, settled, until

pytestmark = pytest.mark.usefixtures("desk")
SENDS: Final = 500
TURNS: Final = 40


async def test_b10_what_two_stale_tabs_send_are_branches_and_none_is_lost(asker: Asker) -> None:
    begun = await say(asker, "first", "echo")
    known = begun.replies[0]
    before = dict(await settled(asker.id, known))
    same = {"conversation_id": begun.conversation_id, "parent_id": known}
    for start in range(0, SENDS, 20):
        tabs = [say(asker, f"tab {at % 2} says {at}", "echo", **same) for at in range(start, start + 20)]
        await asyncio.gather(*tabs)
    await until(_nothing_is_under_way)
    rows = await db.fetch("select content from messages where user_id = $1 and parent_id = $2", asker.id, known)
    lost = {f"tab {at % 2} says {at}" for at in range(SENDS)} - {row["content"] for row in rows}
    print(f"B10: {SENDS} sends of two tabs that knew one message: {len(lost)} lost, {len(rows)} branches")
    assert (lost, len(rows)) == (set(), SENDS)
    assert dict(await settled(asker.id, known)) | {"chosen_id": None} == before | {"chosen_id": None}


async def _nothing_is_under_way() -> bool:
    return await count("runs") == 0


async def test_b18_what_was_said_keeps_its_order_however_wrong_the_clock_is(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await say(asker, "0", "echo")
    await settled(asker.id, begun.replies[0])
    for turn in range(1, TURNS):
        _as_a_host_with(random.uniform(-7200, 7200), monkeypatch.setattr)
        again = await say(asker, str(turn), "echo", conversation_id=begun.conversation_id)
        await settled(asker.id, again.replies[0])
    talk = await conversations.conversation(asker.id, begun.conversation_id)
    rows = (await shown.before(asker.id, talk, talk["leaf_id"], TURNS * 2)).rows
    order = [int(row["content"]) for row in rows]
    wrong = sum(one > two for one, two in pairwise(order))
    print(f"B18: {TURNS} turns by hosts up to two hours off: {wrong} inversions")
    assert order == [turn for turn in range(TURNS) for _ in range(2)]


def _as_a_host_with(skew: float, put: Callable[..., None]) -> None:
    """Another process, whose clock is so many seconds off."""
    put(ids, "_last", [0])
    put(ids, "time", SimpleNamespace(time_ns=lambda: time.time_ns() + int(skew * 1e9)))
    for module in (service, settling, runs):
        if hasattr(module, "now"):
            put(module, "now", lambda: clock.now() + timedelta(seconds=skew))
