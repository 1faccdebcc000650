"""Messages as programs see them: the shown path in windows, versions beside each other, what one thinks of them."""

from typing import Any
from uuid import UUID

import pytest

from app.chat.messages import service as messages
from app.core.ids import new_id
from tests.chat.api.asking import Program
from tests.chat.talking import said
from tests.provider import streamed


async def test_the_end_of_the_path_comes_first_and_leads_back(program: Program) -> None:
    made = await program.begin("q0", "openai/echo")
    for number in range(1, 4):
        await program.say(made, f"q{number}", "openai/echo")
    found: list[str] = []
    window = await program.path(made, size=3)
    assert window["later"] is None
    while True:
        found = [item["content"] for item in window["items"]] + found
        if window["earlier"] is None:
            break
        window = await program.path(made, size=3, before=window["earlier"])
    assert found == ["q0", "q0", "q1", "q1", "q2", "q2", "q3", "q3"]


async def test_from_any_message_one_reads_on(program: Program) -> None:
    made = await program.begin("q0", "openai/echo")
    await program.say(made, "q1", "openai/echo")
    first = (await program.path(made))["items"][0]
    window = await program.path(made, after=first["id"], size=2)
    assert [item["content"] for item in window["items"]] == ["q0", "q1"]
    rest = await program.path(made, after=window["later"])
    assert [item["content"] for item in rest["items"]] == ["q1"]
    assert rest["later"] is None


async def test_around_a_message_is_what_came_before_and_after(program: Program) -> None:
    made = await program.begin("q0", "openai/echo")
    said = await program.say(made, "q1", "openai/echo")
    window = await program.path(made, at=said["message_id"])
    assert [item["content"] for item in window["items"]] == ["q0", "q0", "q1", "q1"]


async def test_the_first_message_follows_nothing_and_the_others_each_other(program: Program) -> None:
    made = await program.begin("q0")
    question, reply = (await program.path(made))["items"]
    assert (question["parent_id"], reply["parent_id"]) == (None, question["id"])
    assert (reply["length"], reply["tokens_in"], reply["tokens_out"]) == (len(streamed(5)), 7, 5)


@pytest.mark.parametrize("place", ["before", "after", "at"])
@pytest.mark.parametrize("message", [str(UUID(int=7)), "x"])
async def test_a_place_that_is_not_there_is_not_found(place: str, message: str, program: Program) -> None:
    made = await program.begin()
    path = f"/conversations/{made['conversation_id']}/messages"
    assert await program.refused("GET", path, params={place: message}) == "NOT_FOUND"


@pytest.mark.parametrize("place", ["before", "after", "at"])
async def test_a4_a_place_in_another_conversation_is_not_found(place: str, program: Program) -> None:
    here, there = await program.begin(), await program.begin()
    query = {place: there["message_id"]}
    path = f"/conversations/{here['conversation_id']}/messages"
    assert await program.refused("GET", path, params=query) == "NOT_FOUND"


# Versions -------------------------------------------------------------------------------------------------------------


def _at(begun: dict[str, Any], message_id: str, rest: str = "") -> str:
    return f"/conversations/{begun['conversation_id']}/messages/{message_id}{rest}"


async def test_an_edited_message_stands_beside_the_first_and_is_shown(program: Program) -> None:
    made = await program.begin("first", "openai/echo")
    again = await program.ask("POST", _at(made, made["message_id"], "/edit"), 201, json={"text": "second"})
    await program.settled(again)
    (shown, _) = (await program.path(made))["items"]
    assert (shown["content"], shown["siblings"]) == ("second", [made["message_id"], again["message_id"]])


async def test_another_reply_stands_beside_the_first_and_either_can_be_shown(program: Program) -> None:
    made = await program.begin("Hello")
    path = _at(made, made["replies"][0], "/replies")
    again = await program.ask("POST", path, 201, json={"models": ["openai/echo"]})
    await program.settled(again)
    assert (await program.path(made))["items"][-1]["content"] == "Hello"
    chosen = await program.ask("POST", _at(made, made["replies"][0], "/choose"))
    assert chosen["leaf_id"] == made["replies"][0]
    assert (await program.path(made))["items"][-1]["content"] == streamed(5)


async def test_siblings_come_oldest_first(program: Program) -> None:
    made = await program.begin("Hello")
    path = _at(made, made["message_id"], "/replies")
    again = await program.ask("POST", path, 201, json={"models": ["openai/echo", "rag"]})
    await program.settled(again)
    found = await program.ask("GET", _at(made, again["replies"][0], "/siblings"))
    assert [each["id"] for each in found] == [*made["replies"], *again["replies"]]
    assert found[1]["beside_id"] == found[2]["beside_id"] != found[0]["beside_id"]


async def test_one_alone_has_no_siblings_but_itself(program: Program) -> None:
    made = await program.begin("Hello")
    (found,) = await program.ask("GET", _at(made, made["message_id"], "/siblings"))
    assert found["siblings"] == [found["id"]]


async def test_a_reply_cannot_be_edited(program: Program) -> None:
    made = await program.begin()
    path = _at(made, made["replies"][0], "/edit")
    assert await program.refused("POST", path, json={"text": "No"}) == "NOT_FOUND"


# What one does with them ----------------------------------------------------------------------------------------------


async def test_what_was_deleted_says_nothing_and_keeps_its_answers(program: Program) -> None:
    made = await program.begin("A secret")
    await program.ask("DELETE", _at(made, made["message_id"]), 204)
    question, reply = (await program.path(made))["items"]
    assert (question["content"], question["deleted_at"] is not None) == ("", True)
    assert reply["content"] == streamed(5)


async def test_reactions_are_exactly_those_that_were_sent(program: Program) -> None:
    made = await program.begin()
    path = _at(made, made["replies"][0])
    for reactions in (["LIKE", "CONFUSED"], ["HELPFUL", "LIKE"], []):
        await program.ask("PUT", path + "/reactions", 204, json={"reactions": reactions})
        assert (await program.ask("GET", path))["reactions"] == sorted(reactions)


@pytest.mark.parametrize("reactions", [["LIKE", "DISLIKE"], ["LOVE"], "LIKE", ["LIKE"] * 5])
async def test_reactions_that_cannot_be_are_refused(reactions: Any, program: Program) -> None:
    made = await program.begin()
    path = _at(made, made["replies"][0])
    await program.ask("PUT", path + "/reactions", 400, json={"reactions": reactions})
    assert (await program.ask("GET", path))["reactions"] == []


async def test_it_can_be_read_what_the_model_was_told(program: Program) -> None:
    made = await program.begin("Hello")
    said = await program.say(made, "And then?")
    told = await program.ask("GET", _at(made, said["replies"][0], "/told"))
    assert [turn["content"] for turn in told["messages"]] == ["Hello", streamed(5), "And then?"]
    await program.ask("GET", _at(made, said["message_id"], "/told"), 404)


async def test_messages_are_found_by_their_words_page_by_page(program: Program) -> None:
    talk, ids = await said(program.player.id, [f"A moon, the {number}th." for number in range(5)])
    await messages.index_all(program.player.id, talk)
    path = f"/conversations/{talk}/find?q=moon&size=3"
    first = await program.ask("GET", path)
    rest = await program.ask("GET", f"{path}&after={first['next']}")
    assert [each["message_id"] for each in first["items"] + rest["items"]] == [str(each) for each in ids]
    assert first["items"][0]["snippet"][1] == {"text": "moon", "is_match": True}
    assert rest["next"] is None


async def test_nobody_finds_anything_in_what_belongs_to_another(program: Program, stranger: Program) -> None:
    talk, _ = await said(program.player.id, ["A moon"])
    for each in (talk, new_id()):
        assert await stranger.refused("GET", f"/conversations/{each}/find?q=moon") == "NOT_FOUND"
