"""What models are told of files: as much as there is room for, and nothing that is not said to be so."""

from hypothesis import given
from hypothesis import strategies as st

from app.ai.question import Image
from app.chat.attachments.service import Attached
from app.chat.replies import prompt
from app.chat.replies.files import Files, Material
from app.chat.replies.queries.turns import Said
from app.core.clock import now
from app.core.ids import new_id


def _file(kind: str, characters: int = 0, *, is_cut: bool = False) -> Attached:
    return Attached(
        id=new_id(),
        file_id=new_id(),
        message_id=None,
        name="a.file",
        kind=kind,
        media_type="image/png",
        size=9,
        width=3,
        height=2,
        pages=None,
        characters=characters,
        is_cut=is_cut,
        created_at=now(),
    )


def text(length: int, *, there: int | None = None, is_cut: bool = False) -> Material:
    """A file of so many characters, of which so many were read."""
    return Material(_file("TEXT", length, is_cut=is_cut), "x" * (length if there is None else there))


def picture() -> Material:
    return Material(_file("IMAGE"), image=Image("image/png", b"bytes"))


def said(content: str, attached: int = 0) -> Said:
    return Said(new_id(), "USER", content, 0, new_id(), "DONE", is_deleted=False, attached=attached)


def told(files: Files, past: list[Said] | None = None, context: int | None = 16_000) -> prompt.Prompt:
    return prompt.written([], past or [], "now", context, files)


def test_small_files_are_told_whole_and_the_large_one_gets_what_they_leave() -> None:
    files = told(Files([text(50), text(500_000), text(90)])).files
    assert [(file.told == file.of, file.of) for file in files] == [(True, 50), (False, 500_000), (True, 90)]
    assert files[1].told > 25_000


def test_of_what_was_not_read_nothing_is_told_and_that_is_said() -> None:
    made = told(Files([text(5_000, there=0)]))
    assert "it was attached, but did not fit" in made.turns[0].text
    assert (made.files[0].told, made.files[0].of) == (0, 5_000)


def test_that_a_file_had_more_than_was_kept_is_said() -> None:
    assert "(all of it, which are not all that there were)" in told(Files([text(10, is_cut=True)])).turns[0].text


def test_the_same_picture_is_shown_to_one_model_and_named_to_another() -> None:
    seeing, blind = told(Files([picture()], sees=True)), told(Files([picture()]))
    assert (len(seeing.turns[0].images), seeing.files[0].is_shown) == (1, True)
    assert (len(blind.turns[0].images), blind.files[0].is_shown) == (0, False)


def test_a_large_file_of_the_past_leaves_room_for_what_was_said_before_it() -> None:
    past = [said("with a file", 1), said("before it")]
    made = told(Files(past={past[0].id: [text(500_000)]}), past)
    assert [turn.text[-11:] for turn in made.turns] == ["before it", "with a file", "now"]
    assert made.files[0].with_id == past[0].id
    assert made.files[0].told < made.files[0].of


def test_a_message_of_files_alone_is_told_too() -> None:
    past = [said("", 1)]
    assert told(Files(past={past[0].id: [text(10)]}), past).messages == (past[0].id,)


@given(
    sizes=st.lists(st.integers(0, 60_000), max_size=6),
    before=st.lists(st.integers(0, 60_000), max_size=6),
    context=st.integers(1_000, 30_000),
)
def test_with_files_it_is_never_longer_than_fits_but_for_their_names(
    sizes: list[int], before: list[int], context: int
) -> None:
    past = [said("y" * 100, 1) for _ in before]
    files = Files(
        [text(size) for size in sizes], {each.id: [text(size)] for each, size in zip(past, before, strict=True)}
    )
    made = told(files, past, context)
    length = sum(len(turn.text) for turn in made.turns)
    assert length <= prompt.most_characters(context) + 300 * (len(sizes) + len(before))
    assert all(file.told <= file.of for file in made.files)
