"""Thinking aloud, told from the answer."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ai.thoughts import Thoughts


def told(*texts: str) -> tuple[str, str]:
    thoughts = Thoughts()
    parts = [thoughts.split(text) for text in texts] + [thoughts.end()]
    return "".join(thought for thought, _ in parts), "".join(answer for _, answer in parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>Hm.</think>Yes.", ("Hm.", "Yes.")),
        ("\n<think>\nHm.\n</think>\n\nYes.", ("Hm.\n", "Yes.")),
        ("<think></think>Yes.", ("", "Yes.")),
        ("<think>never closed </thin", ("never closed </thin", "")),
        ("Yes. <think>no</think>", ("", "Yes. <think>no</think>")),
        ("<thinking>no", ("", "<thinking>no")),
        ("  Yes", ("", "  Yes")),
        ("<thin", ("", "<thin")),
        ("<think>a</think>b<think>c</think>", ("a", "b<think>c</think>")),
        ("", ("", "")),
    ],
)
def test_what_stands_in_the_mark_at_the_start_is_reasoning(text: str, expected: tuple[str, str]) -> None:
    assert told(text) == expected
    assert told(*text) == expected


PARTS = st.lists(st.sampled_from(["<think>", "</think>", "<", "</thin", "k>", " ", "\n", "a", "ö"]), max_size=12)


@given(PARTS)
def test_b7_it_does_not_matter_where_the_text_is_cut(parts: list[str]) -> None:
    text = "".join(parts)
    assert told(*parts) == told(text) == told(*text)


@given(PARTS)
def test_nothing_is_lost_but_the_marks_and_the_space_behind_them(parts: list[str]) -> None:
    text = "".join(parts)
    found = re.fullmatch(r"\s*<think>\s*(.*?)(?:</think>\s*(.*))?", text, re.DOTALL)
    assert told(*parts) == ((found[1], found[2] or "") if found else ("", text))
