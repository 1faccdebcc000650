"""Files of every kind, opened: whatever somebody gives, what can be read is read, and the rest is told."""

import json
from pathlib import Path

import pytest

from app.chat.moving import opening, reading
from app.chat.moving.came import CameConversation, LeftOut
from app.chat.moving.decoding import NOT_JSON
from app.chat.moving.opening import BOMB, CROWDED, DAMAGED, LOCKED, STRANGE, UNKNOWN, Progress, read
from app.chat.moving.pieces import CUT_OFF, TOO_DEEP
from app.chat.moving.reading import NEWER, NO_CONVERSATION, NOTHING_SAID, TOO_MUCH
from tests.chat.moving.exported import (
    archive,
    block,
    came,
    chatgpt,
    claude,
    conversations,
    file,
    left_out,
    librechat,
    node,
    of_claude,
    of_librechat,
    of_openwebui,
    openwebui,
    small,
)

EVERY = {
    "chatgpt": small(),
    "claude": claude([of_claude("q", "human", block("text", text="Soup?"))]),
    "openwebui": openwebui({"q": of_openwebui(None, "user", "Bread?")}),
    "librechat": librechat([of_librechat("q", None, "Cake?")]),
    "chatbotui": {"id": "b", "name": "Pie", "prompt": "", "messages": [{"role": "user", "content": "Pie?"}]},
    "commonplace": {"id": "o", "title": "Tea", "messages": [{"id": "q", "role": "USER", "text": "Tea?"}]},
}


def origins(path: Path) -> list[str]:
    return [each.origin for each in conversations(path)]


@pytest.mark.parametrize("origin", EVERY)
def test_every_format_is_known_by_what_is_in_it(origin: str, tmp_path: Path) -> None:
    value = EVERY[origin]
    lines = b"\n".join(json.dumps(value).encode() for _ in range(2))
    shapes = [
        value,
        [value],
        {"conversations": [value]},
        lines,
        json.dumps([value], indent=2).encode(),
        b"\xef\xbb\xbf[ " + lines[:0] + json.dumps(value).encode() + b"]",
    ]
    for shape in shapes:
        assert set(origins(file(tmp_path, shape))) == {origin}
    assert origins(archive(tmp_path, {"some.name": [value]})) == [origin]


def test_a_file_may_hold_all_of_them(tmp_path: Path) -> None:
    assert origins(file(tmp_path, list(EVERY.values()))) == list(EVERY)


def test_an_export_of_chatgpt_with_one_file_is_read(tmp_path: Path) -> None:
    files = {
        "user.json": {"id": "u", "email": "alice@example.org"},
        "conversations.json": [small("1"), small("2")],
        "message_feedback.json": [{"id": "f", "rating": "thumbsUp"}],
        "shared_conversations.json": [{"id": "s", "conversation_id": "1", "title": "Pasta"}],
        "chat.html": b"<html><script>var jsonData = [{}]</script></html>",
        "file-1.png": b"\x89PNG\r\n",
    }
    assert [each.origin_id for each in conversations(archive(tmp_path, files))] == ["1", "2"]
    assert left_out(archive(tmp_path, files)) == []


def test_an_export_of_chatgpt_with_dozens_of_files_is_read(tmp_path: Path) -> None:
    files: dict[str, object] = {f"conversations-{n:03}.json": [small(f"{n}-{m}") for m in range(3)] for n in range(50)}
    files["export_manifest.json"] = {"version": 1, "files": [{"path": "conversations-000.json"}]}
    files["conversation_asset_file_names.json"] = {"file-1.dat": "menu.pdf"}
    assert len({each.origin_id for each in conversations(archive(tmp_path, files))}) == 150
    assert left_out(archive(tmp_path, files)) == []


def test_an_export_with_one_conversation_a_file_is_read(tmp_path: Path) -> None:
    files = {f"2025/{n}.json": small(str(n)) for n in range(20)}
    assert len(conversations(archive(tmp_path, files))) == 20


def test_what_is_no_conversation_among_conversations_is_told_and_drops_none(tmp_path: Path) -> None:
    folder = {"id": "g-p-1", "title": "My project"}
    path = archive(
        tmp_path, {"conversations-000.json": [folder, small("1"), {"title": "Broken", "mapping": None}, small("2")]}
    )
    assert [each.origin_id for each in conversations(path)] == ["1", "2"]
    assert left_out(path) == [
        ("conversations-000.json · 1 · My project", NO_CONVERSATION),
        ("conversations-000.json · 3 · Broken", NO_CONVERSATION),
    ]


def test_a_conversation_in_which_nothing_was_said_is_told(tmp_path: Path) -> None:
    assert left_out(file(tmp_path, [chatgpt({}, title="Empty"), small()])) == [("1 · Empty", NOTHING_SAID)]


def test_one_that_is_damaged_drops_none_of_the_others(tmp_path: Path) -> None:
    whole = json.dumps(small("1")).encode()
    damaged = whole.replace(b'"parent"', b"parent", 1)
    path = file(tmp_path, b"[" + b",".join([whole, damaged, whole]) + b"]")
    assert [type(each) for each in came(path)] == [CameConversation, LeftOut, CameConversation]
    assert left_out(path) == [("2 · Pasta", NOT_JSON)]


def test_a_file_that_ends_in_the_middle_gives_what_came_before(tmp_path: Path) -> None:
    path = file(tmp_path, json.dumps([small("1"), small("2")]).encode()[:-40])
    assert [each.origin_id for each in conversations(path)] == ["1"]
    assert left_out(path) == [("2 · Pasta", CUT_OFF)]


def test_a_line_that_is_broken_off_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    lines = [json.dumps(small(str(n))).encode() for n in range(3)]
    path = file(tmp_path, b"\n".join([lines[0], lines[1][:-30], lines[2]]))
    assert [each.origin_id for each in conversations(path)] == ["0", "2"]
    assert left_out(path) == [("2 · Pasta", CUT_OFF)]


def test_a_damaged_file_of_conversations_in_an_archive_is_told(tmp_path: Path) -> None:
    files = {"conversations.json": b'[{"title": "Pasta", "mapping": {', "user.json": {"id": "u"}}
    assert left_out(archive(tmp_path, files)) == [("conversations.json · 1 · Pasta", CUT_OFF)]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<html>", b"[", b"{}", b"[1, 2]", b"[[]]", b"null", b'{"a": 1}', b"\x1f\x8b\x08"]
)
def test_a_file_without_a_conversation_is_refused_as_a_whole(content: bytes, tmp_path: Path) -> None:
    assert left_out(file(tmp_path, content)) == [("", UNKNOWN)]


def test_an_archive_without_a_conversation_is_refused_as_a_whole(tmp_path: Path) -> None:
    assert left_out(archive(tmp_path, {"a.json": {"b": 1}, "c.txt": b"hello"})) == [("", UNKNOWN)]


def test_what_a_newer_version_wrote_is_refused_with_a_hint(tmp_path: Path) -> None:
    value = {"format": "commonplace/2", "conversations": [EVERY["commonplace"]]}
    assert {why for _, why in left_out(file(tmp_path, value))} == {NEWER}
    assert origins(file(tmp_path, value | {"format": "commonplace/1"})) == ["commonplace"]


def test_progress_is_shown(tmp_path: Path) -> None:
    progress = Progress()
    shares = [progress.share for _ in read(file(tmp_path, [small(str(n)) for n in range(3000)]), progress)]
    assert 0 < shares[0] < 0.5
    assert shares == sorted(shares)
    assert progress.share == 1


def test_a_file_is_read_the_same_each_time(tmp_path: Path) -> None:
    path = file(tmp_path, [value | {"id": None, "uuid": None, "conversation_id": None} for value in EVERY.values()])
    assert came(path) == came(path)


def test_a_large_file_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LARGEST_FILE", 100)
    assert left_out(file(tmp_path, small())) == [("", TOO_MUCH)]


def test_no_more_is_unpacked_than_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LARGEST_SUM", 1000)
    path = archive(tmp_path, {"1.json": [small("1")], "2.json": [small("2")], "3.json": [small("3")]})
    assert [each.origin_id for each in conversations(path)] == ["1"]
    assert left_out(path) == [("2.json", TOO_MUCH), ("3.json", TOO_MUCH)]


def test_what_unpacks_to_far_too_much_is_not_unpacked(tmp_path: Path) -> None:
    path = archive(tmp_path, {"1.json": b"[" + b" " * (2 << 20) + b"]", "2.json": [small("2")]})
    assert [each.origin_id for each in conversations(path)] == ["2"]
    assert left_out(path) == [("1.json", BOMB)]


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 2), ("LONGEST_LIST", 100)])
def test_an_archive_of_too_many_files_is_not_opened(
    limit: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, limit, most)
    assert left_out(archive(tmp_path, {f"{n}.json": [small()] for n in range(3)})) == [("", CROWDED)]


def test_a_file_that_lists_too_much_is_read_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_LISTED", 3)
    path = file(tmp_path, [small(str(n)) for n in range(9)])
    assert len(conversations(path)) == 4
    assert left_out(path) == [("", TOO_MUCH)]


def test_a_file_that_is_nested_without_end_is_read_so_far(tmp_path: Path) -> None:
    path = file(tmp_path, b"[" + json.dumps(small()).encode() + b"," + b"[" * 50_000)
    assert len(conversations(path)) == 1
    assert left_out(path) == [("2", TOO_DEEP)]


def _with_flags(path: Path, flags: int, method: int) -> Path:
    """The archive, as if its files were locked or packed otherwise."""
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    path.write_bytes(data[: at + 8] + flags.to_bytes(2, "little") + method.to_bytes(2, "little") + data[at + 12 :])
    return path


@pytest.mark.parametrize(
    ("flags", "method", "why"), [(1, 8, LOCKED), (0, 12, STRANGE), (0, 99, STRANGE), (0, 93, STRANGE)]
)
def test_a_locked_archive_is_told_kindly(flags: int, method: int, why: str, tmp_path: Path) -> None:
    path = _with_flags(archive(tmp_path, {"conversations.json": [small()]}), flags, method)
    assert left_out(path) == [("conversations.json", why)]


def test_an_archive_that_ends_in_the_middle_is_told_kindly(tmp_path: Path) -> None:
    path = archive(tmp_path, {"conversations.json": [small()]})
    path.write_bytes(path.read_bytes()[:-30])
    assert left_out(path) == [("", DAMAGED)]


def test_a_damaged_file_in_an_archive_drops_none_of_the_others(tmp_path: Path) -> None:
    path = archive(tmp_path, {"1.json": [small("1")], "2.json": [small("2")]})
    data = bytearray(path.read_bytes())
    data[60:70] = b"\xff" * 10
    path.write_bytes(data)
    assert [each.origin_id for each in conversations(path)] == ["2"]
    assert left_out(path) == [("1.json", DAMAGED)]


def test_messages_keep_what_is_right_to_left_and_far_away(tmp_path: Path) -> None:
    words = "שלום 😀 e\u0301 \uffff \U0001d538"
    (only,) = conversations(file(tmp_path, [chatgpt({"q": node("root", "user", words + "\x00\ud83d")})]))
    assert only.messages[0].text == words
