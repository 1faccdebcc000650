"""ChatGPT's conversations of every year, as they are read here."""

import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest

from app.chat.moving.came import CameConversation, CameMessage, Status
from app.chat.moving.formats.chatgpt import read
from tests.chat.moving.exported import chatgpt, node, small, text, told

WEB = {"url": "https://example.org/a(b)", "title": "A [page]"}


def answer(content: Any, role: str = "assistant", **more: Any) -> CameMessage:
    (_, message) = read(chatgpt({"q": node("root", "user", "?"), "a": node("q", role, content, **more)})).messages
    return message


def silent(content: Any, role: str = "assistant", **more: Any) -> CameConversation:
    """The conversation in which only the question is left."""
    came = read(chatgpt({"q": node("root", "user", "?"), "a": node("q", role, content, **more)}))
    assert told(came.messages) == [("q", None, "U", "?")]
    return came


def test_a_conversation_has_its_title_its_messages_and_its_times() -> None:
    came = read(small())
    assert (came.origin, came.origin_id, came.title, came.current_leaf) == ("chatgpt", "c1", "Pasta", "a")
    assert told(came.messages) == [("q", None, "U", "What with anchovies?"), ("a", "q", "A", "Puttanesca.")]
    assert came.created_at == came.messages[0].at == datetime(2023, 11, 14, 22, 13, 20, 250_000, UTC)


def test_an_answer_has_the_model_that_gave_it() -> None:
    assert answer("Yes.", metadata={"model_slug": "gpt-4o"}).model == "gpt-4o"


def test_without_metadata_the_model_is_that_of_the_conversation() -> None:
    value = small() | {"default_model_slug": "gpt-5"}
    for each in value["mapping"].values():
        (each["message"] or {}).pop("metadata", None)
    assert [message.model for message in read(value).messages] == [None, "gpt-5"]


def test_a_mapping_without_children_is_a_tree_all_the_same() -> None:
    value = small()
    for each in value["mapping"].values():
        del each["children"]
    assert [message.parent_id for message in read(value).messages] == [None, "q"]


def test_a_node_that_names_no_parent_is_found_among_the_children() -> None:
    value = small()
    del value["mapping"]["a"]["parent"]
    assert [message.parent_id for message in read(value).messages] == [None, "q"]


def test_an_edited_question_and_a_second_answer_are_branches() -> None:
    nodes = {
        "q": node("root", "user", "Soup?"),
        "a1": node("q", "assistant", "Leek."),
        "a2": node("q", "assistant", "Onion."),
        "q2": node("root", "user", "Cold soup?"),
    }
    came = read(chatgpt(nodes, current_node="a1"))
    assert [(name, parent) for name, parent, *_ in told(came.messages)] == [
        ("q", None),
        ("a1", "q"),
        ("a2", "q"),
        ("q2", None),
    ]
    assert [message.origin_id for message in came.path()] == ["q", "a1"]


def test_hidden_and_system_messages_are_folded_away() -> None:
    nodes = {
        "s": node("root", "system", "You are helpful."),
        "h": node("s", "user", "about me", metadata={"is_visually_hidden_from_conversation": True}),
        "i": node("h", "user", {"content_type": "user_editable_context", "user_profile": "A cook."}),
        "q": node("i", "user", "Soup?"),
    }
    came = read(chatgpt(nodes))
    assert (told(came.messages), came.left_out) == ([("q", None, "U", "Soup?")], 0)


def test_a_leaf_that_is_folded_away_gives_its_place_to_the_message_above() -> None:
    nodes = {"q": node("root", "user", "Soup?"), "t": node("q", "tool", "noise")}
    assert read(chatgpt(nodes, current_node="t")).current_leaf == "q"


def test_thoughts_go_with_the_answer_that_they_led_to() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Soup", "content": "Which one?"}]}
    nodes = {
        "q": node("root", "user", "Soup?"),
        "t": node("q", "assistant", thoughts),
        "r": node("t", "assistant", {"content_type": "reasoning_recap", "content": "Thought for 5s"}),
        "a": node("r", "assistant", "Leek."),
    }
    came = read(chatgpt(nodes, current_node="a"))
    assert told(came.messages) == [("q", None, "U", "Soup?"), ("t", "q", "A", "Leek.")]
    assert came.messages[1].reasoning == "Soup\n\nWhich one?\n\nThought for 5s"
    assert came.current_leaf == "t"


def test_what_was_said_while_thinking_is_a_thought() -> None:
    came = answer("Which one?", channel="analysis")
    assert (came.text, came.reasoning) == ("", "Which one?")


def test_code_and_what_it_printed_stand_in_the_answer() -> None:
    nodes = {
        "q": node("root", "user", "2+2?"),
        "c": node("q", "assistant", {"content_type": "code", "language": "unknown", "text": "2+2"}, recipient="python"),
        "o": node(
            "c", "tool", {"content_type": "execution_output", "text": "4"}, author={"role": "tool", "name": "python"}
        ),
        "a": node("o", "assistant", "Four."),
    }
    assert read(chatgpt(nodes)).messages[1].text == "```python\n2+2\n```\n\n```\n4\n```\n\nFour."


def test_code_with_fences_in_it_stays_code() -> None:
    assert answer({"content_type": "code", "language": "md", "text": "```\nx\n```"}).text == "````md\n```\nx\n```\n````"


def test_a_call_of_a_tool_is_not_shown() -> None:
    assert silent('{"query": "soup"}', recipient="web.run").left_out == 0


@pytest.mark.parametrize("kind", ["tether_browsing_display", "tether_quote", "sonic_webpage", "system_error"])
def test_what_a_tool_found_is_not_shown(kind: str) -> None:
    assert silent({"content_type": kind, "text": "a whole page", "result": "more"}, "tool").left_out == 0


def test_a_document_beside_the_conversation_stands_in_it() -> None:
    order = '{"name": "Menu", "type": "document", "content": "# Monday\\nSoup"}'
    assert answer(text(order), recipient="canmore.create_textdoc").text == "**Menu**\n\n# Monday\nSoup"


def test_a_program_beside_the_conversation_stands_in_it_as_code() -> None:
    order = '{"name": "Sum", "type": "code/python", "content": "2+2"}'
    assert answer(text(order), recipient="canmore.create_textdoc").text == "**Sum**\n\n```python\n2+2\n```"


def test_a_document_that_was_rewritten_is_shown_again() -> None:
    order = '{"updates": [{"pattern": ".*", "multiple": true, "replacement": "# Tuesday"}]}'
    assert answer(text(order), recipient="canmore.update_textdoc").text == "# Tuesday"


@pytest.mark.parametrize("order", ['{"updates": [{"pattern": "a", "replacement": "b"}]}', "{", "[" * 5000, ""])
def test_a_change_of_a_document_that_cannot_be_shown_is_counted(order: str) -> None:
    assert silent(text(order), recipient="canmore.update_textdoc").left_out == 1


def test_pictures_become_notes() -> None:
    pointer = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"}
    drawn = pointer | {"metadata": {"dalle": {"prompt": "a bowl"}}}
    assert answer({"content_type": "multimodal_text", "parts": [pointer, drawn, "See."]}).text == (
        "[image]\n\n[image: a bowl]\n\nSee."
    )


def test_a_picture_that_a_tool_drew_belongs_to_the_answer() -> None:
    drawn = {"content_type": "image_asset_pointer", "metadata": {"dalle": {"prompt": "a bowl"}}}
    content = {"content_type": "multimodal_text", "parts": [drawn, "a remark for the model"]}
    assert told([answer(content, "tool")]) == [("a", "q", "A", "[image: a bowl]")]


def test_what_was_spoken_is_read_and_the_recording_is_not_missed() -> None:
    spoken = {"content_type": "audio_transcription", "text": "Soup, please."}
    sound = {"content_type": "audio_asset_pointer", "asset_pointer": "sediment://file_2"}
    video = {"content_type": "real_time_user_audio_video_asset_pointer", "audio_asset_pointer": sound}
    nodes = {"q": node("root", "user", {"content_type": "multimodal_text", "parts": [sound, video, spoken]})}
    came = read(chatgpt(nodes))
    assert (told(came.messages), came.left_out) == ([("q", None, "U", "Soup, please.")], 0)


def test_a_kind_that_nobody_knows_is_read_where_it_has_a_text() -> None:
    assert answer({"content_type": "poem_v7", "text": "Roses"}).text == "Roses"


def test_a_kind_that_nobody_knows_is_counted_where_it_has_none() -> None:
    assert silent({"content_type": "hologram", "layers": [1, 2]}).left_out == 1


def test_a_part_that_nobody_knows_is_counted() -> None:
    nodes = {
        "q": node("root", "user", {"content_type": "multimodal_text", "parts": ["Soup", {"content_type": "smell"}]})
    }
    came = read(chatgpt(nodes))
    assert (came.messages[0].text, came.left_out) == ("Soup", 1)


def test_attachments_are_named() -> None:
    metadata = {"attachments": [{"name": "menu.pdf"}, {"id": "x"}, "strange", {"name": "\u202eb.png"}]}
    assert answer("Here.", metadata=metadata).attachments == ("menu.pdf", "b.png")


def test_a_citation_becomes_a_link() -> None:
    mark = "\ue200cite\ue202turn0search0\ue201"
    metadata = {"content_references": [{"matched_text": mark, "items": [WEB]}]}
    assert answer(f"Soup.{mark}", metadata=metadata).text == r"Soup. ([A \[page\]](https://example.org/a%28b%29))"


def test_a_citation_of_before_becomes_a_link() -> None:
    metadata = {"citations": [{"start_ix": 5, "end_ix": 15, "metadata": WEB}]}
    assert answer("Soup.【4†source】", metadata=metadata).text.startswith("Soup. ([A ")


def test_a_citation_without_a_page_is_taken_away() -> None:
    assert answer("Soup.\ue200cite\ue202turn0\ue201 More.【4:0†source】\ue203Hot\ue204").text == "Soup. More.Hot"


def test_brackets_of_chinese_are_no_citation() -> None:
    assert answer("【注意】热汤").text == "【注意】热汤"


def test_a_citation_leads_to_pages_alone() -> None:
    mark = "\ue200cite\ue202turn0\ue201"
    metadata = {"content_references": [{"matched_text": mark, "items": [{"url": "javascript:x", "title": "Soup"}]}]}
    assert answer(f"Hot{mark}", metadata=metadata).text == "Hot (Soup)"


def test_short_marks_for_long_links_do_not_grow_without_end() -> None:
    mark = "\ue200\ue201"
    page = {"url": "https://example.org/" + "x" * 1900, "title": "long"}
    metadata = {"content_references": [{"matched_text": mark, "items": [page]}]}
    tracemalloc.start()
    assert len(answer("é" + mark * 100_000, metadata=metadata).text) <= 1_000_000
    most = tracemalloc.get_traced_memory()[1] >> 20
    tracemalloc.stop()
    print(f"A30: 190 MB of links from 200 KB of marks: {most} MB")
    assert most < 50


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"status": "finished_successfully"}, Status.DONE),
        ({"status": "in_progress"}, Status.INTERRUPTED),
        ({"status": "finished_partial_completion"}, Status.STOPPED),
        ({"metadata": {"finish_details": {"type": "interrupted"}}}, Status.STOPPED),
    ],
)
def test_how_an_answer_ended_is_known(more: dict[str, Any], status: Status) -> None:
    assert answer("Leek", **more).status is status


def test_pins_and_the_archive_are_kept() -> None:
    came = read(small() | {"is_starred": True, "is_archived": True})
    assert (came.pinned, came.archived) == (True, True)
    assert read(small() | {"pinned_time": 1.7e9}).pinned


def test_a_conversation_without_an_id_has_the_same_one_each_time() -> None:
    value = small() | {"conversation_id": None}
    longer = small() | {"conversation_id": None}
    longer["mapping"]["q2"] = node("a", "user", "And for two?")
    assert read(value).origin_id == read(longer).origin_id != read(value | {"title": "Soup"}).origin_id
