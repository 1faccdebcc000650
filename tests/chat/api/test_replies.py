"""Saying something through the API: once for each key, answered by those who are named, within what can be kept."""

import asyncio
from typing import Any

import pytest

from app.chat.messages.tables import Message
from tests.chat.api.asking import MODEL, Program
from tests.provider import Upstream


async def test_the_same_key_twice_is_one_message(program: Program) -> None:
    sent = {"text": "Hello", "key": "k1", "models": [MODEL]}
    answers = await asyncio.gather(*[program.ask("POST", "/conversations", 201, json=sent) for _ in range(5)])
    assert len({answer["message_id"] for answer in answers}) == 1
    await program.settled(answers[0])
    assert await Message.count().run() == 2


async def test_without_a_key_each_is_a_message_of_its_own(program: Program) -> None:
    made = await program.begin("Hello")
    said = [await program.say(made, "Hello") for _ in range(2)]
    assert len({made["message_id"], *(each["message_id"] for each in said)}) == 3


async def test_without_a_parent_it_follows_what_was_said_last(program: Program) -> None:
    made = await program.begin("Hello")
    said = await program.say(made, "More")
    assert (await program.message(made, said["message_id"]))["parent_id"] == made["replies"][0]


async def test_with_a_parent_it_follows_that(program: Program) -> None:
    made = await program.begin("Hello")
    await program.say(made, "More")
    other = await program.say(made, "Other", parent_id=made["replies"][0])
    assert (await program.message(made, other["message_id"]))["parent_id"] == made["replies"][0]


async def test_what_steers_stops_the_reply_and_is_answered_at_once(program: Program) -> None:
    sent = {"text": "Hello", "models": ["openai/tokens-400-every-20ms"]}
    made = await program.ask("POST", "/conversations", 201, json=sent)
    instead = await program.say(made, "No, this", "openai/echo", steer=True)
    (cut,) = await program.settled(made)
    assert (instead["replies"], cut["status"]) == ([], "STOPPED")
    async with asyncio.timeout(10):
        while len((path := await program.path(made))["items"]) < 4 or path["items"][-1]["status"] == "STREAMING":
            await asyncio.sleep(0.02)
    assert path["items"][-1]["content"] == "No, this"


async def test_several_models_answer_side_by_side(program: Program) -> None:
    made = await program.ask("POST", "/conversations", 201, json={"text": "Hello", "models": [MODEL, "rag"]})
    replies = await program.settled(made)
    assert [reply["model"] for reply in replies] == [MODEL, "rag"]


async def test_a_conversation_in_a_folder_is_told_what_holds_there_from_the_first_word(
    program: Program, upstream: Upstream
) -> None:
    settled = {"name": "Garden", "instructions": "Speak of bees.", "default_model": "openai/echo"}
    folder = await program.ask("POST", "/folders", 201, json=settled)
    made = await program.ask("POST", "/conversations", 201, json={"text": "Hello", "folder_id": folder["id"]})
    (reply,) = await program.settled(made)
    assert (reply["model"], reply["content"]) == ("openai/echo", "Hello")
    assert upstream.asked[-1].body["messages"][0] == {"role": "system", "content": "Speak of bees."}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"text": ""}, 400),
        ({"text": "  \n"}, 400),
        ({"text": "x" * 400_001}, 400),
        ({"text": "x", "key": "k" * 201}, 400),
        ({"text": "x", "models": ["rag"] * 5}, 400),
        ({"text": "x", "models": ["nobody/has"]}, 404),
        ({"text": "x", "parent_id": "x"}, 400),
        ({"texts": "x"}, 400),
        ({}, 400),
    ],
)
async def test_what_cannot_be_said_is_refused_and_keeps_nothing(
    sent: dict[str, Any], status: int, program: Program
) -> None:
    await program.ask("POST", "/conversations", status, json=sent)
    assert await Message.count().run() == 0


async def test_a4_a_parent_in_another_conversation_is_not_found(program: Program) -> None:
    here, there = await program.begin(), await program.begin()
    path = f"/conversations/{here['conversation_id']}/messages"
    sent = {"text": "x", "parent_id": there["message_id"]}
    assert await program.refused("POST", path, json=sent) == "NOT_FOUND"


async def test_to_stop_what_has_ended_is_no_mistake(program: Program) -> None:
    made = await program.begin()
    path = f"/conversations/{made['conversation_id']}/messages/{made['replies'][0]}"
    await program.ask("POST", path + "/stop", 204)
    assert (await program.ask("GET", path))["status"] == "DONE"


async def test_a_reply_that_broke_goes_on_where_it_ended(program: Program) -> None:
    made = await program.begin("Hello", "openai/tokens-9-cut-3")
    (broken,) = await program.settled(made)
    assert (broken["status"], broken["error"]) == ("FAILED", "MODEL_CUT_OFF")
    path = f"/conversations/{made['conversation_id']}"
    await program.ask("PATCH", path, json={"model": MODEL})
    await program.ask("POST", f"{path}/messages/{broken['id']}/continue")
    (whole,) = await program.settled(made)
    assert whole["status"] == "DONE"
    assert whole["content"].startswith(broken["content"])
    assert len(whole["content"]) > len(broken["content"])


async def test_a_question_cannot_be_continued(program: Program) -> None:
    made = await program.begin()
    path = f"/conversations/{made['conversation_id']}/messages/{made['message_id']}/continue"
    assert await program.refused("POST", path) == "NOT_FOUND"


async def test_a_reply_that_is_being_written_cannot_be_continued(program: Program) -> None:
    sent = {"text": "Hello", "models": ["openai/tokens-60-every-20ms"]}
    made = await program.ask("POST", "/conversations", 201, json=sent)
    path = f"/conversations/{made['conversation_id']}/messages/{made['replies'][0]}"
    await program.ask("POST", path + "/continue", 409)
    await program.ask("POST", path + "/stop", 204)
    (reply,) = await program.settled(made)
    assert reply["status"] == "STOPPED"
