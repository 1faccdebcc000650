"""Long texts in parts, and the place in a text where the words stand that were looked for."""

from hypothesis import given
from hypothesis import strategies as st

from app.index.parts import LONGEST, parts
from app.index.snippets import snippet
from app.index.words import words

PARAGRAPH = "The moon is bright tonight, and nobody knows why. " * 9
TEXTS = st.lists(st.text(max_size=30) | st.sampled_from(["\n\n", "\n", " ", ". ", "。", "moon", "x" * 99]), max_size=60)


def shown(text: str, *matched: str, length: int = 240) -> str:
    return "".join(f"[{piece}]" if is_hit else piece for piece, is_hit in snippet(text, matched, length))


# Parts ----------------------------------------------------------------------------------------------------------------


def test_a_short_text_is_one_part() -> None:
    assert parts(" moon\n") == ["moon"]
    assert parts(" \n") == []


def test_a_text_is_divided_between_paragraphs_of_about_equal_length() -> None:
    text = "\n\n".join([PARAGRAPH] * 8)
    assert len(parts(text)) == 4
    assert {part.count("\n\n") for part in parts(text)} == {1}


def test_a_paragraph_is_divided_after_a_sentence() -> None:
    assert all(part.endswith("why.") for part in parts(PARAGRAPH * 5))
    assert all(part.endswith("。") for part in parts("今日は天気がいい。" * 400))


def test_a_sentence_is_divided_between_words_and_a_word_only_where_it_must() -> None:
    assert {word for part in parts("moonlight " * 300) for word in part.split()} == {"moonlight"}
    assert list(map(len, parts("x" * 3000))) == [1000, 1000, 1000]


@given(TEXTS.map("".join), st.integers(20, 200))
def test_no_part_is_too_long_and_nothing_is_lost(text: str, longest: int) -> None:
    divided = parts(text, longest)
    assert "".join("".join(divided).split()) == "".join(text.split())
    assert all(0 < len(part) <= longest for part in divided)


def test_a_megabyte_is_divided_into_parts_that_fit() -> None:
    divided = parts(PARAGRAPH * 2300)
    assert max(map(len, divided)) <= LONGEST
    assert min(map(len, divided)) > LONGEST // 2


# Snippets -------------------------------------------------------------------------------------------------------------


def test_a_short_text_is_shown_whole() -> None:
    assert shown("The moon\n is\tbright", "moon") == "The [moon] is bright"
    assert shown("", "moon") == ""


def test_words_are_marked_in_any_form_accent_and_case() -> None:
    assert shown("Die HÄUSER, ein Haus, häuslich", "Häuser") == "Die [HÄUSER], ein [Haus], häuslich"
    assert shown("cafe\u0301 CAFE cafeteria", "café") == "[cafe\u0301] [CAFE] cafeteria"


def test_a_word_that_is_made_of_several_is_marked_whole() -> None:
    assert shown("the asyncpg_pool is no pool", "asyncpg_pool") == "the [asyncpg_pool] is no pool"


def test_pairs_of_letters_are_marked_as_one() -> None:
    assert shown("我在東京都工作", "東京都") == "我在[東京都]工作"


def test_the_place_with_most_different_words_is_shown() -> None:
    text = "moon moon moon. " + "nothing here. " * 40 + "the moon and the stars. " + "nothing there. " * 40
    cut = shown(text, "moon", "stars", length=80)
    assert "[moon] and the [stars]" in cut
    assert cut.startswith("…")
    assert cut.endswith("…")


def test_a_snippet_is_cut_between_words() -> None:
    cut = shown(PARAGRAPH * 3, "nobody", length=60).strip("…").replace("[", "").replace("]", "")
    assert set(cut.split()) <= set(PARAGRAPH.split())


def test_without_a_hit_the_beginning_is_shown() -> None:
    assert shown(PARAGRAPH, "absent", length=20) == "The moon is bright …"


@given(TEXTS.map("".join), st.integers(10, 100), st.data())
def test_a_snippet_of_any_text_is_part_of_it_and_about_as_long_as_asked(
    text: str, length: int, data: st.DataObject
) -> None:
    known = [text[word.start : word.end] for word in words(text)]
    matched = data.draw(st.lists(st.sampled_from(known), max_size=3)) if known else []
    pieces = snippet(text, matched, length)
    cut = "".join(piece for piece, _ in pieces)
    assert len(cut) <= length + 2
    assert "".join(cut.strip("…").split()) in "".join(text.split()) or "…" in text
    if matched and len(text) <= length:
        assert any(is_hit for _, is_hit in pieces)
