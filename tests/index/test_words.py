"""What a word is, in any text, and how it is written for PostgreSQL."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.database.address import Address
from app.database.engine import db
from app.index.lexemes import MOST_PLACES, ROOM, lexemes, quoted
from app.index.questions import question
from app.index.stems import EITHER, forms, languages
from app.index.words import LONGEST, folded, words
from tests.index.passages import passage

# Texts that are more like texts than chance would make them, and that have what holds words together.
TEXTS = st.lists(
    st.text(max_size=8)
    | st.sampled_from(["don't", "aB3_c", "a/b.c", "C++", "今日は", "\\'", "1,2.3", "x'y", "ÄÖ", "ﬁ", "👩‍👧"]),
    max_size=10,
).flatmap(lambda some: st.sampled_from(["", " ", "-", "."]).map(lambda sign: sign.join(some)))


def found(text: str) -> list[str]:
    return [name for word in words(text) for name in (*word.pieces, *(whole for _, whole in word.wholes))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The quick fox", ["the", "quick", "fox"]),
        ("asyncpg_pool", ["asyncpg", "pool", "asyncpgpool"]),
        ("user-name userName user_name", ["user", "name", "username"] * 3),
        ("HTTPServer2", ["http", "server", "2", "httpserver2"]),
        ("B26", ["26", "b26"]),
        ("getUserById", ["get", "user", "by", "id", "getuserbyid"]),
        ("app/index/service.py", ["app", "index", "service", "py", "app/index/service.py", "service.py"]),
        ("https://example.com/a", ["https", "example", "com", "example.com/a", "example.com"]),
        ("alice@example.com", ["alice", "example", "com", "alice@example.com", "example.com"]),
        ("v2.25.0", ["2", "25", "0", "v2.25.0", "v2"]),
        ("2026-11-20", ["2026", "11", "20", "2026-11-20"]),
        ("1,234.56", ["1", "234", "56", "1,234.56"]),
        ("1,two", ["1", "two"]),
        ("C++, C# and R&D", ["c++", "c#", "and", "r&d"]),
        ("don't I'm O'Brien l\u2019eau", ["don", "i", "brien", "eau"]),
        ("e-mail email", ["mail", "email", "email"]),
        ("foo...bar -- baz", ["foo", "bar", "baz"]),
        ("今日は", ["今日", "日は", "は"]),
        ("猫", ["猫"]),
        ("x² ½", ["2", "x2", "1\u20442"]),
        ("🚀🚀 ok", ["🚀", "🚀", "ok"]),
        ("", []),
        (" .,;!?\n\t\x00\ud83d", []),
    ],
)
def test_the_words_of_a_text(text: str, names: list[str]) -> None:
    assert sorted(found(text)) == sorted(names)


@pytest.mark.parametrize(
    ("word", "plain"),
    [("Straße", "strasse"), ("ÉTÉ", "ete"), ("e\u0301", "e"), ("\uff26", "f"), ("ﬁ", "fi"), ("Łódź", "lodz"),
     ("İ", "i"),
     ("が", "が"), ("か\u3099", "が"), ("각", "각"), ("हिन्दी", "हिन्दी"), ("שָׁלוֹם", "שלום"), ("\u200d", "")],
)  # fmt: skip
def test_folding_leaves_out_what_people_leave_out(word: str, plain: str) -> None:
    assert folded(word) == plain


@given(TEXTS)
@example("A" * 1000)
@example("A-b/" * 1000)
def test_a_word_stands_where_it_says_and_is_short(text: str) -> None:
    last = 0
    for word in words(text):
        assert last <= word.start < word.end <= len(text)
        last = word.start
        assert all(0 < len(name) <= LONGEST for name in word.pieces)
        assert all(place < len(word.pieces) and 0 < len(whole) <= LONGEST for place, whole in word.wholes)


@given(TEXTS)
def test_every_word_of_a_text_is_found_by_itself(text: str) -> None:
    kept = lexemes(passage(text))[0].places
    for word in words(text):
        asked = question(text[word.start : word.end], is_plain=True)
        known = any(lexeme in kept for wanted in asked.words for lexeme in wanted.lexemes)
        begun = any(lexeme.startswith(wanted.opening) for wanted in asked.words for lexeme in kept if wanted.opening)
        assert known or begun


# Stems ----------------------------------------------------------------------------------------------------------------


def test_a_word_is_found_by_itself_and_by_its_stems() -> None:
    assert forms("running") == ("running", "run")
    assert forms("hausern", ("de",)) == ("hausern", "haus")
    assert forms("listen") == ("listen", "list")
    assert forms("listen", ("en",)) == ("listen",)
    assert forms("2.25.0") == ("2.25.0",)


@pytest.mark.parametrize(
    ("text", "told", "spoken"),
    [
        ("this is what they said", "", ("en",)),
        ("das ist nicht was sie gesagt haben", "", ("de",)),
        ("asyncpg pool", "", EITHER),
        ("this is nicht gut und they know", "", EITHER),
        ("this is what they said", "de-AT", ("de",)),
        ("this is what they said", "fr", ("en",)),
        ("", "", EITHER),
    ],
)
def test_a_language_is_told_or_guessed(text: str, told: str, spoken: tuple[str, ...]) -> None:
    assert languages(text.split(), told) == spoken


# For PostgreSQL -------------------------------------------------------------------------------------------------------


def texts_of_any_kind() -> list[str]:
    collected: list[str] = ["'\\' \\\\ ''", "a'b\\c"]

    @settings(max_examples=300, database=None, suppress_health_check=list(HealthCheck))
    @given(TEXTS)
    def collect(text: str) -> None:
        collected.append(text)

    collect()
    return collected


async def test_postgresql_reads_the_words_of_any_text_as_they_were_meant(database: Address) -> None:
    for text in texts_of_any_kind():
        written = lexemes(passage(text, title="T'\\ 1"))[0]
        rows = await db.fetch("select lexeme, positions from unnest($1::text::tsvector)", str(written))
        assert {row["lexeme"]: list(row["positions"]) for row in rows} == written.places


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
async def test_postgresql_reads_any_lexeme_that_is_quoted(database: Address, lexeme: str) -> None:
    sql = "select tsvector_to_array($1::text::tsvector), strip($1::text::tsvector) @@ $1::text::tsquery"
    row = await db.fetch_one(sql, quoted(lexeme))
    assert row is not None
    assert tuple(row) == ([lexeme], True)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"w{n:x}z" for n in range(60_000)),
        "".join(map(chr, range(0x4E00, 0x9FFF))) * 20,
        " ".join("\U00020000" * 30 + chr(0x4E00 + n) for n in range(9_000)),
        " ".join(f"{'ä' * 62}{n:x}" for n in range(60_000)),
        "moon " * 300_000,
        "a-b/c.d_" * 100_000,
    ],
    ids=["words", "characters", "wide", "long", "one", "chain"],
)
async def test_b12_there_is_always_room_in_postgresql(text: str, database: Address) -> None:
    written, _ = lexemes(passage(text))
    size = await db.fetch_value("select pg_column_size($1::text::tsvector)", str(written))
    print(f"B12: {len(written.places)} lexemes, {size} bytes of 1048575")
    assert size < 2 * ROOM < 1_048_576 + 1
    assert max(place for places in written.places.values() for place in places) <= MOST_PLACES


def test_a_phrase_does_not_reach_from_the_title_into_the_text() -> None:
    places = lexemes(passage("moon", title="red"))[0].places
    assert places["moon"][0] - places["red"][0] > 1


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("red moon", "('red' | 'red':*) & ('moon' | 'moon':*)"),
        ('"red moon"', "('red') <1> ('moon')"),
        ('"東京都 x"', "('東京') <1> ('京都') <2> ('x')"),
        ("asyncpg_pool", "('asyncpg' | 'asyncpg':*) <1> ('pool' | 'pool':*)"),
        ("B26", "('b26' | 'b26':*)"),
        ("猫", "('猫' | '猫':*)"),
        ("the moon", "('moon' | 'moon':*)"),
        ("a", "('a')"),
        ("-moon", ""),
        ('"', ""),
    ],
)
def test_all_words_of_a_question(asked: str, wanted: str) -> None:
    assert question(asked).all_words == wanted


@pytest.mark.parametrize(
    ("asked", "excluded"),
    [("a -b", "('b')"), ('-"b c" -d', "('b') <1> ('c') | ('d')"), ("a-b --c - d", ""), ("x -", "")],
)
def test_what_a_question_excludes(asked: str, excluded: str) -> None:
    assert question(asked).excluded == excluded


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("what about the war", ["war"]),
        ("was war das für ein Krieg", ["krieg"]),
        ("die hard", ["die", "hard"]),
        ("who are you", ["who", "are", "you"]),
    ],
)
def test_common_words_are_left_out_of_a_question_in_its_own_language(asked: str, names: list[str]) -> None:
    assert [wanted.lexemes[0] for wanted in question(asked).words] == names
