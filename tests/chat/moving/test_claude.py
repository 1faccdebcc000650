"""Claude's conversations, as they are read here."""

from datetime import UTC, datetime

from app.chat.moving.came import CameFolder, CameMessage
from app.chat.moving.formats.claude import read
from tests.chat.moving.exported import Json, block, claude, of_claude, told

QUESTION = of_claude("q", "human", block("text", text="Soup?"), created_at="2025-03-01T10:00:01.5Z")


def answer(*content: Json, **more: object) -> CameMessage:
    (_, message) = read(claude([QUESTION, of_claude("a", "assistant", *content, **more)])).messages
    return message


def test_a_conversation_has_its_title_its_messages_and_its_times() -> None:
    came = read(claude([QUESTION, of_claude("a", "assistant", block("text", text="Leek."))], is_starred=True))
    assert (came.origin, came.origin_id, came.title, came.current_leaf) == ("claude", "k1", "Soup", "a")
    assert told(came.messages) == [("q", None, "U", "Soup?"), ("a", "q", "A", "Leek.")]
    assert came.messages[0].at == datetime(2025, 3, 1, 10, 0, 1, 500_000, UTC)
    assert came.pinned


def test_messages_that_name_their_parents_are_a_tree() -> None:
    root = "00000000-0000-4000-8000-000000000000"
    first = of_claude("q", "human", block("text", text="Soup?"), parent_message_uuid=root)
    again = of_claude("q2", "human", block("text", text="Stew?"), parent_message_uuid=root)
    reply = of_claude("a", "assistant", block("text", text="Leek."), parent_message_uuid="q")
    came = read(claude([first, reply, again], current_leaf_message_uuid="a"))
    assert [(name, parent) for name, parent, *_ in told(came.messages)] == [("q", None), ("a", "q"), ("q2", None)]
    assert [message.origin_id for message in came.path()] == ["q", "a"]


def test_before_there_were_blocks_the_text_counts() -> None:
    assert answer(text="Leek.").text == "Leek."


def test_with_blocks_the_text_does_not_count() -> None:
    assert answer(block("text", text="Leek."), text="Leek.\n\nThis block is not supported.").text == "Leek."


def test_thinking_is_reasoning() -> None:
    came = answer(block("thinking", thinking="Which one?"), block("text", text="Leek."))
    assert (came.reasoning, came.text) == ("Which one?", "Leek.")


def test_calls_of_tools_are_not_shown_and_not_missed() -> None:
    call, result = block("tool_use", name="web_search", input={"query": "soup"}), block("tool_result", text="a page")
    came = read(claude([QUESTION, of_claude("a", "assistant", call, result, block("text", text="Leek."))]))
    assert (came.messages[1].text, came.left_out) == ("Leek.", 0)


def test_an_artifact_stands_in_the_answer() -> None:
    menu = {"title": "Menu", "type": "text/markdown", "content": "# Monday"}
    page = {"title": "Page", "type": "application/vnd.ant.code", "language": "python", "content": "2+2"}
    came = answer(block("tool_use", input=menu), block("tool_use", input=page))
    assert came.text == "**Menu**\n\n# Monday\n\n**Page**\n\n```python\n2+2\n```"


def test_a_file_that_was_made_stands_in_the_answer() -> None:
    made = {"path": "/home/x/sum.py", "file_text": "2+2"}
    assert answer(block("tool_use", name="create_file", input=made)).text == "**sum.py**\n\n```py\n2+2\n```"


def test_what_was_taken_from_an_attachment_is_part_of_the_question() -> None:
    attached = [{"file_name": "list.txt", "extracted_content": "leek"}]
    question = of_claude(
        "q", "human", block("text", text="Enough?"), attachments=attached, files=[{"file_name": "b.png"}]
    )
    (came,) = read(claude([question])).messages
    assert came.text == "Enough?\n\n**list.txt**\n\n```\nleek\n```"
    assert came.attachments == ("list.txt", "b.png")


def test_a_voice_note_is_read() -> None:
    assert answer(block("voice_note", title="Note", text="Leek.")).text == "Leek."


def test_a_block_that_nobody_knows_is_counted() -> None:
    came = read(claude([QUESTION, of_claude("a", "assistant", block("text", text="Leek."), block("hologram"))]))
    assert (len(came.messages), came.left_out) == (2, 1)


def test_two_messages_with_one_id_both_stay() -> None:
    came = read(claude([QUESTION, QUESTION]))
    assert told(came.messages) == [("q", None, "U", "Soup?"), ("q~1", "q", "U", "Soup?")]


def test_the_project_becomes_the_folder() -> None:
    assert read(claude([QUESTION], project={"uuid": "p", "name": "Kitchen"})).folders == (CameFolder("Kitchen"),)
