"""Open WebUI's chats, as they are read here."""

import time

import pytest

from app.chat.moving.came import CameFolder, CameMessage, Reaction, Status
from app.chat.moving.formats.openwebui import fits, read
from tests.chat.moving.exported import of_openwebui, openwebui, told

QUESTION = of_openwebui(None, "user", "Bread?")
THOUGHT = (
    '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
    "&gt; Rye &amp; wheat\n&gt; or spelt\n</details>\n"
)


def answer(content: object, **more: object) -> CameMessage:
    (_, message) = read(openwebui({"q": QUESTION, "a": of_openwebui("q", "assistant", content, **more)})).messages
    return message


def test_a_chat_has_its_title_its_messages_and_its_marks() -> None:
    messages = {"q": QUESTION, "a": of_openwebui("q", "assistant", "Rye.", model="qwen3")}
    came = read(openwebui(messages, "a", pinned=True, archived=True, folder={"name": "Kitchen"}))
    assert (came.origin, came.origin_id, came.title, came.current_leaf) == ("openwebui", "w1", "Bread", "a")
    assert told(came.messages) == [("q", None, "U", "Bread?"), ("a", "q", "A", "Rye.")]
    assert [message.model for message in came.messages] == [None, "qwen3"]
    assert (came.pinned, came.archived, came.folders, came.model) == (True, True, (CameFolder("Kitchen"),), "llama3")


def test_a_second_answer_is_a_branch() -> None:
    reply = of_openwebui("q", "assistant", "Rye.")
    came = read(openwebui({"q": QUESTION, "a": reply, "b": reply}, "a"))
    assert [message.parent_id for message in came.messages] == [None, "q", "q"]
    assert [message.origin_id for message in came.path()] == ["q", "a"]


def test_a_chat_without_a_row_around_it_is_read() -> None:
    chat = openwebui({"q": QUESTION}, "q")["chat"]
    assert fits(chat)
    assert read(chat).title == "Bread"


def test_a_chat_of_the_first_months_is_a_row_of_messages() -> None:
    chat = {"title": "Bread", "models": ["llama2"], "timestamp": 1_700_000_000_000, "messages": [
        {"role": "user", "content": "Bread?"}, {"role": "assistant", "content": "Rye."}]}  # fmt: skip
    assert fits(chat)
    came = read(chat)
    assert told(came.messages) == [("#0", None, "U", "Bread?"), ("#1", "#0", "A", "Rye.")]
    assert came.created_at is not None
    assert came.created_at.year == 2023


def test_two_chats_without_an_id_are_two() -> None:
    first, second = ({"title": "", "models": [], "messages": [{"role": "user", "content": text}]} for text in "ab")
    assert read(first).origin_id != read(second).origin_id


def test_what_was_thought_is_reasoning() -> None:
    came = answer(THOUGHT + "Rye.")
    assert (came.reasoning, came.text) == ("Rye & wheat\nor spelt", "Rye.")


def test_calls_of_tools_are_not_shown_and_code_that_was_run_is() -> None:
    call = '<details type="tool_calls" done="true" name="find" arguments="{}"><summary>Run</summary>x</details>'
    code = '<details type="code_interpreter" done="true"><summary>Run</summary>\n```python\n2+2\n```\n</details>'
    assert answer(f"So.\n{call}\n{code}\nFour.").text == "So.\n\n```python\n2+2\n```\n\nFour."


def test_details_that_never_end_stay_as_they_are_and_cost_no_time() -> None:
    start = time.process_time()
    text = '<details type="reasoning">' * 38_000
    assert answer(text).text == text
    print(f"A30: a million characters of open details: {time.process_time() - start:.2f} s")


def test_a_content_in_parts_is_read() -> None:
    parts = [{"type": "text", "text": "Rye."}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]
    assert answer(parts).text == "Rye."


@pytest.mark.parametrize("error", [{"content": "No such model."}, "No such model."])
def test_an_answer_that_failed_says_so(error: object) -> None:
    came = answer("", error=error)
    assert (came.text, came.status) == ("No such model.", Status.FAILED)


def test_an_answer_that_never_ended_was_interrupted() -> None:
    assert answer("Ry", done=False).status is Status.INTERRUPTED


@pytest.mark.parametrize(
    ("rating", "reactions"), [(1, (Reaction.LIKE,)), (-1, (Reaction.DISLIKE,)), (0, ()), ("1", ())]
)
def test_a_rating_becomes_a_reaction(rating: object, reactions: tuple[Reaction, ...]) -> None:
    assert answer("Rye.", annotation={"rating": rating}).reactions == reactions


def test_files_are_named() -> None:
    files = [{"type": "image", "url": "data:…"}, {"name": "list.pdf"}, {"file": {"filename": "b.txt"}}]
    assert answer("Rye.", files=files).attachments == ("image", "list.pdf", "b.txt")


def test_the_system_prompt_becomes_the_instructions() -> None:
    value = openwebui({"q": QUESTION})
    value["chat"]["params"] = {"system": "Be short."}
    assert read(value).instructions == "Be short."
