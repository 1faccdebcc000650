"""What a model is told."""

from hypothesis import given
from hypothesis import strategies as st

from app.chat.replies import prompt
from app.chat.replies.queries.turns import Said
from app.core.ids import new_id


def said(content: str, role: str = "USER", *, is_deleted: bool = False) -> Said:
    return Said(new_id(), role, content, 0, new_id(), "DONE", is_deleted)


def texts(written: prompt.Prompt) -> list[str]:
    return [turn.text for turn in written.turns]


def test_what_is_said_now_is_told_last_and_once() -> None:
    written = prompt.written([], [said("two", "ASSISTANT"), said("one")], "three", None)
    assert [(turn.role, turn.text) for turn in written.turns] == [
        ("user", "one"),
        ("assistant", "two"),
        ("user", "three"),
    ]


def test_instructions_come_first_without_those_that_are_blank() -> None:
    written = prompt.written([" be kind ", "", "  ", "be short"], [], "hello", None)
    assert (written.turns[0].role, written.turns[0].text) == ("system", "be kind\n\nbe short")


def test_what_was_deleted_or_never_said_is_not_told() -> None:
    past = [said("gone", is_deleted=True), said("", "ASSISTANT"), said("here")]
    assert texts(prompt.written([], past, "now", None)) == ["here", "now"]


def test_of_a_past_that_is_too_long_the_nearest_is_told_and_the_rest_counted() -> None:
    past = [said(str(number) * 1000) for number in range(9)]
    written = prompt.written([], past, "now", 1000)
    assert texts(written) == ["1" * 1000, "0" * 1000, "now"]
    assert written.left_out == 7


def test_what_is_noted_are_the_messages_that_were_told() -> None:
    past = [said("two"), said("one")]
    assert prompt.written(["x"], past, "three", None).told() == {
        "instructions": "x",
        "messages": [str(past[1].id), str(past[0].id)],
        "left_out": 0,
    }


@given(
    lengths=st.lists(st.integers(0, 5000), max_size=30),
    now=st.text("x", min_size=1, max_size=5000),
    context=st.one_of(st.none(), st.integers(1, 10_000)),
)
def test_it_never_has_a_gap_and_is_never_longer_than_fits(lengths: list[int], now: str, context: int | None) -> None:
    past = [said("y" * length) for length in lengths]
    written = prompt.written([], past, now, context)
    kept = [each.id for each in past if each.content][: len(written.messages)]
    assert list(written.messages) == kept[::-1]
    assert len(written.messages) + written.left_out == sum(bool(length) for length in lengths)
    assert sum(map(len, texts(written))) <= max(prompt.most_characters(context), len(now))
    assert texts(written)[-1] == now
