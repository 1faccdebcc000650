"""What is brought along comes wholly, once, and in its place."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.chat.conversations import service as conversations
from app.chat.messages import shown
from app.chat.moving import arriving, files, jobs, service
from app.chat.moving.opening import UNKNOWN
from app.core.clock import monotonic, now, since
from app.core.errors import Rejected
from app.core.ids import new_id
from app.index import service as index
from app.jobs.handlers import RunningJob
from app.jobs.queries import Taken
from tests.cast import Player
from tests.chat.moving.bringing import brought, counted, given, many, rows
from tests.chat.moving.exported import SECOND, archive, chatgpt, file, node, small
from tests.chat.moving.shelf import said

TIMES = {"create_time": SECOND, "update_time": SECOND + 60}


async def test_a_conversation_comes_with_its_words_times_and_title(alice: Player, tmp_path: Path) -> None:
    done = await brought(alice, file(tmp_path, [small() | TIMES]))
    (talk,) = await rows("conversations", alice)
    asked, answer = await rows("messages", alice, "depth")
    assert (done.state, done.counts) == ("DONE", service.Counts(new=1, messages=2))
    assert (talk["title"], talk["origin"], talk["unread_since"]) == ("Pasta", "chatgpt", None)
    assert (asked["content"], answer["content"], answer["status"]) == ("What with anchovies?", "Puttanesca.", "DONE")
    assert talk["active_at"] == datetime.fromtimestamp(SECOND + 60, UTC)
    assert (talk["leaf_id"], asked["parent_id"], answer["parent_id"]) == (answer["id"], talk["id"], asked["id"])
    assert asked["created_at"] == datetime.fromtimestamp(SECOND, UTC)


async def test_what_came_is_found_again(alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, [small()]))
    found = await index.find(alice.id, "puttanesca")
    assert [each.text for each in found] == ["Puttanesca."]


async def test_brought_twice_nothing_comes_twice(alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, many(5)))
    again = await brought(alice, file(tmp_path, many(5)))
    assert again.counts == service.Counts(same=5)
    assert (await counted("conversations", alice), await counted("messages", alice)) == (5, 10)


async def test_what_grew_over_there_grows_here(alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, many(1, 2)))
    again = await brought(alice, file(tmp_path, many(1, 6)))
    (talk,) = await rows("conversations", alice)
    stretch = await shown.at_the_end(alice.id, await conversations.conversation(alice.id, talk["id"]))
    assert again.counts == service.Counts(grown=1, messages=4)
    assert [row["content"] for row in stretch.rows] == [f"Message {number}." for number in range(6)]


async def test_several_hundred_messages_in_one_conversation_are_one_conversation(alice: Player, tmp_path: Path) -> None:
    done = await brought(alice, file(tmp_path, many(1, 1_300)))
    (talk,) = await rows("conversations", alice)
    depths = [row["depth"] for row in await rows("messages", alice)]
    assert (done.counts, depths) == (service.Counts(new=1, messages=1_300), list(range(1_300)))
    assert talk["leaf_id"] == (await rows("messages", alice))[-1]["id"]


async def test_ten_thousand_messages(alice: Player, tmp_path: Path) -> None:
    path = file(tmp_path, many(500, 20))
    begin = monotonic()
    done = await brought(alice, path)
    print(f"\nimport: 10,000 messages in {since(begin):.1f} s, {10_000 / since(begin):,.0f} a second")
    assert done.counts == service.Counts(new=500, messages=10_000)


# What goes wrong ------------------------------------------------------------------------------------------------------


async def test_a_bad_one_keeps_none_of_the_others_away(alice: Player, tmp_path: Path) -> None:
    bad = {"conversation_id": "bad", "title": "Nothing", "mapping": {}}
    done = await brought(alice, file(tmp_path, [*many(2), bad, {"title": "A stranger"}, *many(3)[2:]]))
    left = await service.results(alice.id, done.id, all_of_them=False)
    assert done.counts == service.Counts(new=3, left_out=2, messages=6)
    assert [each.title for each in left] == ["3 · Nothing", "4 · A stranger"]
    assert all(each.why.endswith(".") for each in left)


async def test_a_file_without_conversations_says_so_and_leaves_nothing(alice: Player, tmp_path: Path) -> None:
    done = await brought(alice, file(tmp_path, [{"number": number} for number in range(60_000)]))
    assert (done.state, done.why, done.counts) == ("FAILED", UNKNOWN, service.Counts())
    assert not files.path_of(done.id).exists()


@pytest.mark.parametrize("content", [b"", b" \n", b"Dear diary", b"PK\x03\x04 and so on", b"\x00" * 100])
async def test_what_cannot_be_read_is_refused_at_the_door(content: bytes, alice: Player, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refused:
        await given(alice, file(tmp_path, content))
    assert list(refused.value.fields) == ["file"]
    assert (await counted("imports", alice), files.lying()) == (0, {})


async def test_a30_a_bomb_is_left_unopened(alice: Player, tmp_path: Path) -> None:
    bomb = b"[" + b" " * 200_000_000 + b"]"
    begin = monotonic()
    done = await brought(alice, archive(tmp_path, {"conversations.json": bomb, "more.json": [small()]}))
    print(f"\nA30: 200 MB in {(tmp_path / 'upload.zip').stat().st_size / 1e6:.1f} MB left in {since(begin):.2f} s")
    assert done.counts == service.Counts(new=1, left_out=1, messages=2)


async def test_the_file_is_erased_when_it_was_read(alice: Player, tmp_path: Path) -> None:
    done = await brought(alice, file(tmp_path, many(2)))
    assert done.state == "DONE"
    assert files.lying() == {}


async def test_a_file_on_another_host_is_left_to_whoever_tries_next(alice: Player, tmp_path: Path) -> None:
    import_id = await given(alice, file(tmp_path, many(2)))
    files.remove(import_id)
    with pytest.raises(arriving.NotHere):
        await jobs.bring(_tried(alice, import_id, 1))
    await jobs.bring(_tried(alice, import_id, service.TRIES))
    done = await service.one(alice.id, import_id)
    assert (done.state, done.why) == ("FAILED", arriving.ELSEWHERE)


def _tried(player: Player, import_id: UUID, times: int) -> RunningJob:
    return RunningJob(Taken(new_id(), "chat.import", {"import": str(import_id)}, player.id, times))


# Here and there -------------------------------------------------------------------------------------------------------


async def test_whoever_went_on_here_stays_on_their_own_path(alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, many(1, 2)))
    (talk,) = await rows("conversations", alice)
    mine = await said(alice, talk["id"], talk["leaf_id"], 2, "And with capers?")
    await brought(alice, file(tmp_path, many(1, 6)))
    stretch = await shown.at_the_end(alice.id, await conversations.conversation(alice.id, talk["id"]))
    below = await shown.below(alice.id, talk, stretch.rows[0]["id"], 9)
    assert stretch.rows[-1]["id"] == below.rows[-1]["id"] == mine
    assert await counted("messages", alice) == 7


async def test_what_is_attached_elsewhere_is_named_here(alice: Player, tmp_path: Path) -> None:
    nodes = {"q": node("root", "user", "Read this", metadata={"attachments": [{"name": "list_1.pdf"}]})}
    await brought(alice, file(tmp_path, [chatgpt(nodes, current_node="q")]))
    (message,) = await rows("messages", alice)
    assert message["content"] == "Read this\n\n*Attachments: list\\_1.pdf*"


async def test_nothing_was_said_later_than_now(alice: Player, tmp_path: Path) -> None:
    nodes = {"q": node("root", "user", "Hello from 2096", create_time=4e9)}
    await brought(alice, file(tmp_path, [chatgpt(nodes, update_time=4e9, create_time=4e9)]))
    (talk,), (message,) = await rows("conversations", alice), await rows("messages", alice)
    assert max(talk["active_at"], talk["created_at"], message["created_at"]) <= now()


async def test_the_answer_that_was_shown_there_is_shown_here(alice: Player, tmp_path: Path) -> None:
    nodes = {
        "q": node("root", "user", "Which?"),
        "a": node("q", "assistant", "This."),
        "b": node("q", "assistant", "No."),
    }
    await brought(alice, file(tmp_path, [chatgpt(nodes, current_node="a")]))
    (talk,), (asked, *_) = await rows("conversations", alice), await rows("messages", alice)
    below = await shown.below(alice.id, talk, asked["id"], 9)
    assert [row["content"] for row in below.rows] == ["This."]


async def test_a_model_of_elsewhere_is_not_asked_here(alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, [small() | {"default_model_slug": "gpt-5"}]))
    (talk,) = await rows("conversations", alice)
    assert (talk["model"], (await rows("messages", alice))[1]["model"]) == (None, "gpt-5")
