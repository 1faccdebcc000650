"""LibreChat's conversations and Chatbot UI's, as they are read here."""

from datetime import UTC, datetime

import pytest

from app.chat.moving.came import CameMessage, Reaction, Status
from app.chat.moving.formats import chatbotui
from app.chat.moving.formats.librechat import read
from tests.chat.moving.exported import NO_PARENT, Json, librechat, of_librechat, told

QUESTION = of_librechat("q", NO_PARENT, "Cake?", createdAt="2024-05-28T18:08:55.014Z")


def answer(words: str = "", **more: object) -> CameMessage:
    (_, message) = read(librechat([QUESTION, of_librechat("a", "q", words, **more)])).messages
    return message


def test_a_list_of_messages_is_a_tree() -> None:
    came = read(librechat([QUESTION, of_librechat("a", "q", "Carrot."), of_librechat("a2", "q", "Apple.")]))
    assert (came.origin, came.origin_id, came.title) == ("librechat", "l1", "Cake")
    assert [(name, parent) for name, parent, *_ in told(came.messages)] == [("q", None), ("a", "q"), ("a2", "q")]
    assert came.current_leaf == "a2"


def test_it_began_when_its_first_message_was_written() -> None:
    came = read(librechat([QUESTION, of_librechat("a", "q", "Carrot.", createdAt="2024-05-29T00:00:00Z")]))
    assert (came.created_at, came.updated_at) == (
        datetime(2024, 5, 28, 18, 8, 55, 14_000, UTC),
        datetime(2024, 5, 29, tzinfo=UTC),
    )


@pytest.mark.parametrize("key", ["messages", "messagesTree"])
def test_messages_in_each_other_are_the_same_tree(key: str) -> None:
    reply = of_librechat("a", "q", "Carrot.", children=[of_librechat("q2", "a", "Nuts?")])
    value = librechat([]) | {
        "recursive": True,
        key: [QUESTION | {"children": [reply, of_librechat("b", "q", "Apple.")]}],
    }
    assert [(name, parent) for name, parent, *_ in told(read(value).messages)] == [
        ("q", None),
        ("a", "q"),
        ("q2", "a"),
        ("b", "q"),
    ]


def test_a_tree_of_five_thousand_levels_is_read() -> None:
    tree: Json = {}
    for number in range(5000, 0, -1):
        tree = of_librechat(f"q{number}", None, "more", children=[tree] if tree else [])
    assert len(read(librechat([tree])).path()) == 5000


def test_parts_of_a_message_are_put_together() -> None:
    content = [
        {"type": "think", "think": "Which one?"},
        {"type": "text", "text": {"value": "Carrot"}},
        {"type": "tool_call", "tool_call": {}},
        {"type": "text", "text": "cake."},
        {"type": "image_file", "image_file": {}},
    ]
    came = answer(content=content, model="gpt-4o")
    assert (came.text, came.reasoning, came.model) == ("Carrot\n\ncake.\n\n[image]", "Which one?", "gpt-4o")


@pytest.mark.parametrize(
    ("more", "status"), [({"unfinished": True}, Status.STOPPED), ({"error": True}, Status.FAILED), ({}, Status.DONE)]
)
def test_how_an_answer_ended_is_known(more: Json, status: Status) -> None:
    assert answer("Carrot", **more).status is status


def test_files_feedback_and_instructions_are_kept() -> None:
    reply = of_librechat("a", "q", "Carrot.", files=[{"filename": "list.pdf"}], feedback={"rating": "thumbsUp"})
    came = read(librechat([QUESTION, reply], options={"model": "gpt-4o", "promptPrefix": "Be short."}))
    assert (came.messages[1].attachments, came.messages[1].reactions) == (("list.pdf",), (Reaction.LIKE,))
    assert (came.model, came.instructions) == ("gpt-4o", "Be short.")


def test_a_part_that_nobody_knows_is_counted() -> None:
    assert read(librechat([QUESTION | {"content": [{"type": "hologram"}]}])).left_out == 1


def test_a_conversation_of_chatbot_ui_is_a_row() -> None:
    messages = [{"role": "user", "content": "Pie?"}, {"role": "assistant", "content": "Plum."}, {"role": "odd"}]
    value = {"id": "b1", "name": "Pie", "messages": messages, "model": {"id": "gpt-4"}, "prompt": "Be short."}
    assert chatbotui.fits(value)
    came = chatbotui.read(value)
    assert (came.origin, came.title, came.instructions, came.left_out) == ("chatbotui", "Pie", "Be short.", 1)
    assert told(came.messages) == [("#0", None, "U", "Pie?"), ("#1", "#0", "A", "Plum.")]
    assert came.messages[1].model == "gpt-4"
