"""What is brought along comes wholly, once, and in its place."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from app.chat.conversations import service as conversations
from app.chat.messages import shown
from app.chat.moving import service
from app.core.clock import monotonic, since
from app.index import service as index
from tests.cast import Player
from tests.chat.moving.bringing import brought, counted, rows
from tests.chat.moving.exported import SECOND, chatgpt, file, node, small

TIMES = {"create_time": SECOND, "update_time": SECOND + 60}


def _many(number: int, messages: int = 2) -> list[dict[str, object]]:
    def nodes() -> dict[str, dict[str, object]]:
        names = ["root", *(f"m{place}" for place in range(messages))]
        return {
            name: node(before, "assistant" if place % 2 else "user", f"Message {place}.")
            for place, (before, name) in enumerate(pairwise(names))
        }

    return [
        chatgpt(nodes(), conversation_id=f"c{place}", title=f"Talk {place}", current_node=f"m{messages - 1}", **TIMES)
        for place in range(number)
    ]


async def test_a_conversation_comes_with_its_words_times_and_title(alice: Player, tmp_path: Path) -> None:
    done = await brought(alice, file(tmp_path, [small() | TIMES]))
    (talk,) = await rows("conversations", alice)
    asked, said = await rows("messages", alice, "depth")
    assert (done.state, done.counts) == ("DONE", service.Counts(new=1, messages=2))
    assert (talk["title"], talk["origin"], talk["unread_since"]) == ("Pasta", "chatgpt", None)
    assert (asked["content"], said["content"], said["status"]) == ("What with anchovies?", "Puttanesca.", "DONE")
    assert talk["active_at"] == datetime.fromtimestamp(SECOND + 60, UTC)
    assert (talk["leaf_id"], asked["parent_id"], said["parent_id"]) == (said["id"], talk["id"], asked["id"])
    assert asked["created_at"] == datetime.fromtimestamp(SECOND, UTC)


async def test_what_came_is_found_again(alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, [small()]))
    found = await index.find(alice.id, "puttanesca")
    assert [each.text for each in found] == ["Puttanesca."]


async def test_brought_twice_nothing_comes_twice(alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, _many(5)))
    again = await brought(alice, file(tmp_path, _many(5)))
    assert again.counts == service.Counts(same=5)
    assert (await counted("conversations", alice), await counted("messages", alice)) == (5, 10)


async def test_what_grew_over_there_grows_here(alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, _many(1, 2)))
    again = await brought(alice, file(tmp_path, _many(1, 6)))
    (talk,) = await rows("conversations", alice)
    stretch = await shown.at_the_end(alice.id, await conversations.conversation(alice.id, talk["id"]))
    assert again.counts == service.Counts(grown=1, messages=4)
    assert [row["content"] for row in stretch.rows] == [f"Message {number}." for number in range(6)]


async def test_several_hundred_messages_in_one_conversation_are_one_conversation(alice: Player, tmp_path: Path) -> None:
    done = await brought(alice, file(tmp_path, _many(1, 1_300)))
    (talk,) = await rows("conversations", alice)
    depths = [row["depth"] for row in await rows("messages", alice)]
    assert (done.counts, depths) == (service.Counts(new=1, messages=1_300), list(range(1_300)))
    assert talk["leaf_id"] == (await rows("messages", alice))[-1]["id"]


async def test_ten_thousand_messages(alice: Player, tmp_path: Path) -> None:
    path = file(tmp_path, _many(500, 20))
    begin = monotonic()
    done = await brought(alice, path)
    print(f"\nimport: 10,000 messages in {since(begin):.1f} s, {10_000 / since(begin):,.0f} a second")
    assert done.counts == service.Counts(new=500, messages=10_000)
