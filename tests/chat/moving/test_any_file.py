"""Whatever a file holds, it is read or left out with a sentence: nothing is raised, and what is given can be stored."""

import json
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.moving.came import CameConversation, LeftOut
from app.chat.moving.formats.known import reader_of
from app.chat.moving.loose import LONGEST_ID, LONGEST_TITLE
from tests.chat.moving.exported import (
    Json,
    archive,
    block,
    came,
    chatgpt,
    claude,
    conversations,
    file,
    librechat,
    node,
    of_claude,
    of_librechat,
    of_openwebui,
    openwebui,
    small,
    text,
)
from tests.chat.moving.values import ANYTHING, tried

PARTS = [
    {"content_type": "image_asset_pointer", "metadata": {"dalle": {"prompt": "a bowl"}}},
    {"content_type": "audio_transcription", "text": "Soup"},
]
REFERENCES = {
    "content_references": [{"matched_text": "\ue200cite\ue201", "items": [{"url": "https://x", "title": "X"}]}]
}
CITATIONS = {"citations": [{"start_ix": 0, "end_ix": 5, "metadata": {"url": "https://x", "title": "X"}}]}
ARTIFACT = block("tool_use", input={"title": "t", "content": "c"})
EXAMPLES: list[Json] = [
    small() | {"pinned_time": 1.7e9, "default_model_slug": "gpt-5"},
    chatgpt(
        {
            "q": node("root", "user", {"content_type": "multimodal_text", "parts": PARTS}),
            "t": node("q", "assistant", {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "c"}]}),
            "c": node("t", "assistant", text('{"name": "n", "content": "x"}'), recipient="canmore.create_textdoc"),
            "o": node("c", "tool", {"content_type": "execution_output", "text": "4"}),
            "a": node("o", "assistant", "So\ue200cite\ue201", metadata=REFERENCES | CITATIONS, status="in_progress"),
        },
        current_node="a",
    ),
    claude(
        [
            of_claude("q", "human", attachments=[{"file_name": "a", "extracted_content": "b"}]),
            of_claude("a", "assistant", ARTIFACT, parent_message_uuid="q"),
            of_claude("b", "assistant", block("thinking", thinking="t"), block("text", text="x")),
        ],
        project={"name": "p"},
    ),
    openwebui(
        {
            "q": of_openwebui(None, "user", "?", files=[{"file": {"filename": "a"}}]),
            "a": of_openwebui("q", "assistant", '<details type="reasoning">x</details>y', annotation={"rating": 1}),
        },
        "a",
    ),
    librechat(
        [of_librechat("q", None, "?", children=[of_librechat("a", "q", "", content=[{"type": "text", "text": "x"}])])],
        options={"model": "m"},
    ),
    {"id": "b", "name": "Pie", "prompt": "p", "model": {"id": "m"}, "messages": [{"role": "user", "content": "Pie?"}]},
    {"id": "o", "title": "Tea", "current": "q", "messages": [
        {"id": "q", "role": "USER", "text": "?", "reactions": ["LIKE"], "figures": {"tokens_in": 1, "cost": "0.1"}}]},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in this value another one could stand."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def put(value: Any, path: tuple[Any, ...], strange: object) -> Any:
    """The value, with something strange in this place."""
    if not path:
        return strange
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], strange)
    return copy


def check(conversation: CameConversation) -> None:
    """What the database would refuse is not in it."""
    names = {message.origin_id for message in conversation.messages}
    assert len(names) == len(conversation.messages)
    assert all(message.parent_id is None or message.parent_id in names for message in conversation.messages)
    assert conversation.current_leaf in names
    assert len(conversation.title) <= LONGEST_TITLE
    assert 0 < len(conversation.origin_id) <= LONGEST_ID
    assert "\\x00" not in repr(conversation)
    assert repr(conversation).encode()
    assert len(conversation.path()) >= 1


PLACES = [(number, path) for number, example in enumerate(EXAMPLES) for path in places(example)]


@given(st.sampled_from(PLACES), ANYTHING)
@tried(800)
def test_b13_anything_anywhere_in_a_conversation_is_read_or_left_out(
    place: tuple[int, tuple[Any, ...]], strange: Any
) -> None:
    value = put(EXAMPLES[place[0]], place[1], strange)
    read = reader_of(value) if isinstance(value, dict) else None
    conversation = read(value) if read else None
    assert conversation is None or conversation.messages is not None
    if conversation and conversation.messages:
        check(conversation)


@given(ANYTHING | st.lists(st.sampled_from(EXAMPLES) | ANYTHING))
@tried(100)
def test_b13_any_json_is_read_or_left_out(tmp_path: Path, value: Any) -> None:
    known = sum(each in EXAMPLES for each in value) if isinstance(value, list) else 0
    assert len(conversations(file(tmp_path, value))) >= known


@given(st.binary(max_size=200) | st.text(st.sampled_from('[]{}",:\\ne1'), max_size=60).map(str.encode))
@tried(300)
def test_b13_any_bytes_are_left_out(tmp_path: Path, content: bytes) -> None:
    assert all(isinstance(each, LeftOut) for each in came(file(tmp_path, content)))


def _archived() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive_:
        for number in range(3):
            archive_.writestr(f"conversations-{number}.json", json.dumps([small(str(number))]))
    return out.getvalue()


WHOLE = _archived()


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(4, len(WHOLE)),
)
@tried(400)
def test_a30_any_damage_to_an_archive_is_told(tmp_path: Path, changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(WHOLE)
    for at, byte in changes:
        data[at] = byte
    assert came(file(tmp_path, bytes(data[:length]))) != []


@pytest.mark.parametrize("make", [archive, file])
def test_a_long_conversation_is_read_whole(tmp_path: Path, make: Callable[[Path, Any], Path]) -> None:
    nodes = {
        f"n{n}": node(f"n{n - 1}" if n else None, "user" if n % 2 else "assistant", f"word {n}") for n in range(5000)
    }
    value = chatgpt(nodes, current_node="n4999")
    (conversation,) = conversations(make(tmp_path, {"c.json": value} if make is archive else value))
    assert len(conversation.path()) == 5000
