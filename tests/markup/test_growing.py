"""A text that grows: what is frozen stays, and in the end all is as if it had been drawn at once."""

from hypothesis import given
from hypothesis import strategies as st

from app.markup.growing import block_html, frozen
from app.markup.render import rendered
from tests.markup.documents import documents


def in_parts(text: str, cuts: list[int]) -> str:
    """The text as it is drawn when it comes in pieces that end there."""
    start, html = 0, ""
    for cut in [*cuts, len(text)]:
        now = frozen(text[:cut], start)
        html += block_html(text[start:now]) if now > start else ""
        start = now
    return html + block_html(text[start:])


def every(text: str) -> list[int]:
    return list(range(len(text)))


@given(documents)
def test_nothing_that_is_frozen_thaws(text: str) -> None:
    found = [frozen(text[:end]) for end in range(len(text) + 1)]
    assert found == sorted(found)


@given(documents, st.data())
def test_what_is_frozen_does_not_depend_on_the_steps(text: str, data: st.DataObject) -> None:
    start = 0
    for cut in sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6))):
        start = frozen(text[:cut], start)
        assert start == frozen(text[:cut])


@given(documents)
def test_the_parts_together_are_the_whole(text: str) -> None:
    assert in_parts(text, every(text)) == rendered(text)
