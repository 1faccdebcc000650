"""What we write can be read: by people as Markdown, by us as JSON, and then it is as it was."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.chat.moving.came import CameConversation, CameFolder, CameMessage, Figures, Origin, Reaction, Role, Status
from app.chat.moving.loose import id_of, name_of, text_of, title_of
from tests.chat.moving.exported import came, file
from tests.chat.moving.told import in_json, in_markdown
from tests.chat.moving.values import tried

TEXTS = st.text(st.characters(), max_size=20).map(text_of)
NAMES = st.text(st.characters(), max_size=120).map(name_of)
IDS = st.text(st.characters(), min_size=1, max_size=300).map(id_of).filter(bool)
TIMES = st.none() | st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis asks for it so
COUNTS = st.none() | st.integers(0, 2**31 - 1)
COSTS = st.none() | st.decimals(0, 999_999, places=6).map(Decimal)
FOLDERS = st.builds(CameFolder, NAMES.filter(bool), TEXTS, NAMES)
FIGURES = st.builds(Figures, COUNTS, COUNTS, st.booleans(), COSTS, COUNTS, COUNTS, COUNTS)


@st.composite
def messages(draw: st.DrawFn) -> tuple[CameMessage, ...]:
    """A tree in which every message stands after its parent."""
    names = draw(st.lists(IDS, min_size=1, max_size=6, unique=True))
    reactions = st.lists(st.sampled_from(Reaction), unique=True).map(tuple)
    files = st.lists(NAMES.filter(bool), max_size=2).map(tuple)
    tree = [
        st.builds(
            CameMessage,
            origin_id=st.just(name),
            parent_id=st.none() | st.sampled_from(names[:place]) if place else st.none(),
            role=st.sampled_from(Role),
            text=TEXTS,
            at=TIMES,
            model=NAMES,
            reasoning=TEXTS,
            attachments=files,
            status=st.sampled_from(Status),
            provider=NAMES,
            error=NAMES,
            reactions=reactions,
            chosen_id=st.none() | IDS,
            beside_id=st.none() | IDS,
            deleted_at=TIMES,
            figures=FIGURES,
        )
        for place, name in enumerate(names)
    ]
    return draw(st.tuples(*tree))


@st.composite
def conversations(draw: st.DrawFn) -> CameConversation:
    tree = draw(messages())
    return draw(
        st.builds(
            CameConversation,
            origin=st.sampled_from(Origin),
            origin_id=IDS,
            title=st.text(st.characters(), max_size=220).map(title_of),
            messages=st.just(tree),
            current_leaf=st.sampled_from([message.origin_id for message in tree]),
            created_at=TIMES,
            updated_at=TIMES,
            folders=st.lists(FOLDERS, max_size=2).map(tuple),
            assistant=NAMES,
            pinned=st.booleans(),
            archived=st.booleans(),
            model=NAMES,
            instructions=TEXTS,
            left_out=st.just(0),
        )
    )


@given(st.lists(conversations(), max_size=3))
@tried(60)
def test_what_was_written_comes_back_equal(tmp_path: Path, written: list[CameConversation]) -> None:
    path = file(tmp_path, in_json(written))
    assert [each for each in came(path) if isinstance(each, CameConversation)] == written


def test_the_document_says_what_it_is_and_leaves_out_what_is_as_usual() -> None:
    message = CameMessage("q", None, Role.USER, "Tea?")
    document = in_json([CameConversation(Origin.COMMONPLACE, "o", "Tea", (message,), "q")])
    assert json.loads(document) == {
        "format": "commonplace/1",
        "conversations": [
            {"id": "o", "title": "Tea", "current": "q", "messages": [{"id": "q", "role": "USER", "text": "Tea?"}]}
        ],
    }


def test_the_path_that_is_shown_reads_from_top_to_bottom() -> None:
    at = datetime(2026, 11, 24, 18, 5, tzinfo=UTC)
    tree = (
        CameMessage("q", None, Role.USER, "Tea?", at, attachments=("list_1.pdf",)),
        CameMessage(
            "a", "q", Role.ASSISTANT, "Green.\n\n- or black", at, "gpt-5", "Which\none?", status=Status.STOPPED
        ),
        CameMessage("b", "q", Role.ASSISTANT, "No."),
    )
    written = in_markdown(
        CameConversation(Origin.COMMONPLACE, "o", "Tea *or* <b>", tree, "a", at, instructions="Be kind.")
    )
    assert written == (
        "# Tea \\*or\\* \\<b\\>\n\n2026-11-24\n\n## Instructions\n\nBe kind.\n\n"
        "## You · 2026-11-24 18:05 UTC\n\nTea?\n\nAttachments: list\\_1.pdf\n\n"
        "## gpt-5 · 2026-11-24 18:05 UTC\n\n> **Reasoning**\n>\n> Which\n> one?\n\nGreen.\n\n- or black\n\n"
        "*This answer was stopped.*\n"
    )


def test_a_circle_has_an_end() -> None:
    circle = (CameMessage("a", "b", Role.USER, ""), CameMessage("b", "a", Role.USER, ""))
    assert len(CameConversation(Origin.COMMONPLACE, "o", "", circle, "a").path()) == 2


def test_its_words_are_in_the_language_of_its_reader() -> None:
    message = CameMessage("q", None, Role.USER, "Tee?")
    written = in_markdown(CameConversation(Origin.COMMONPLACE, "o", "", (message,), "q"), {"You": "Du"}.__getitem__)
    assert written == "# …\n\n## Du\n\nTee?\n"
