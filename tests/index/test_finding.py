"""Passages are found by the words that they have, the best first, and by nobody but their owner."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db
from app.index import service
from tests.index.passages import NOON, dialogue, kept, passage, texts

pytestmark = pytest.mark.usefixtures("database")
LOG = "The deployment failed: asyncpg_pool in app/index/service.py 2.25.0 lost its connections"


async def test_the_best_answer_stands_first() -> None:
    scope = new_id()
    await kept(scope, "the rain", "the moon and the rain", "a moon landing on the moon", "rain, rain and rain again")
    assert (await texts(scope, "moon landing"))[0] == "a moon landing on the moon"
    assert len(await texts(scope, "moon landing")) == 2


async def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    scope = new_id()
    await kept(scope, *["common words here"] * 9, "rare words here", "common ground there")
    assert (await texts(scope, "common rare"))[0] == "rare words here"


async def test_of_equals_the_newest_stands_first() -> None:
    scope = new_id()
    for days in (3, 1, 2):
        await kept(scope, "moon", said_at=NOON + timedelta(days=days))
    assert [found.said_at.day for found in await service.find(scope, "moon")] == [23, 22, 21]


async def test_a_long_text_does_not_win_by_its_length() -> None:
    scope = new_id()
    await kept(scope, "moon " + "and many other words " * 40, "the moon is bright")
    assert (await texts(scope, "moon"))[0] == "the moon is bright"


async def test_what_is_around_a_passage_helps_it() -> None:
    scope = new_id()
    await service.put(scope, dialogue("my dog is ill", "the vet said it is nothing", "good"))
    await service.put(scope, dialogue("vet", "nothing", "weather"))
    assert (await texts(scope, "vet dog"))[:2] == ["my dog is ill", "the vet said it is nothing"]


async def test_in_recalling_an_answer_is_found_that_has_no_word_of_the_question() -> None:
    scope = new_id()
    await service.put(scope, dialogue("hello", "where did you go on holiday?", "to Lisbon", "how nice", "bye"))
    question = "Where did they spend their holiday?"
    assert await texts(scope, question) == ["where did you go on holiday?"]
    assert set(await texts(scope, question, recalling=True)) >= {"where did you go on holiday?", "to Lisbon"}
    assert "bye" not in await texts(scope, question, recalling=True)


async def test_a_conversation_that_speaks_of_it_often_lifts_its_passages() -> None:
    scope, about = new_id(), new_id()
    await kept(scope, "moon", said_at=NOON + timedelta(days=1))
    await service.put(scope, dialogue("moon", "x", "y", "moon", "z", "moon", group=about))
    assert (await service.find(scope, "moon"))[0].group_id == about


async def test_a_score_is_the_sum_of_its_shares() -> None:
    scope = new_id()
    await service.put(scope, dialogue("the moon", "the sun", "moon and sun"))
    for found in await service.find(scope, "moon sun"):
        shares = found.shares
        assert found.score == shares.words + shares.around + shares.group / 2
        assert shares.around > 0 < shares.group


async def test_no_more_are_found_than_were_asked_for() -> None:
    scope = new_id()
    await kept(scope, *(f"moon {n}" for n in range(30)))
    assert [len(await texts(scope, "moon", most=most)) for most in (0, 1, 20)] == [0, 1, 20]


@pytest.mark.parametrize(
    "question",
    ["deployments", "FAILED", "connection", "fail connect", "asyncpg_pool", "asyncpg", "pool", "asyncpgPool",
     "service.py", "app/index/service.py", "index", "2.25.0", "lost its", "depl", '"lost its connection"', "the"],
)  # fmt: skip
async def test_a_passage_is_found_by_any_of_its_words_in_any_form(question: str) -> None:
    scope = new_id()
    await kept(scope, "The weather is fine", LOG)
    assert LOG in await texts(scope, question)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Die Häuser wurden verkauft", "haus"),
        ("Wir haben ein Haus gekauft", "Häusern"),
        ("Die Läuferin ist schnell gelaufen", "schneller"),
        ("Die Datenbankverbindungen sind weg", "datenbankverbindung"),
        ("Grüße aus der Straße", "strasse gruesse"),
        ("Herr Müller war da", "Mueller"),
        ("They were running through the cities", "city run"),
        ("Her studies went well", "studying"),
    ],
)
async def test_inflected_forms_are_found_in_both_languages(text: str, question: str) -> None:
    scope = new_id()
    await kept(scope, text)
    assert await texts(scope, question) == [text]


async def test_what_is_one_family_in_german_is_none_in_english() -> None:
    scope = new_id()
    await kept(scope, "you have to listen to the people who were there", "Die Listen sind nicht bei uns")
    assert await texts(scope, "list") == ["Die Listen sind nicht bei uns"]


SCRIPTS = [
    ("naïve café à Paris", "cafe NAIVE"),
    ("el niño corrió", "nino"),
    ("Příliš žluťoučký kůň", "zlutoucky"),
    ("Łódź jest piękna", "lodz"),
    ("Tiếng Việt rất đẹp", "tieng dep"),
    ("İstanbul'da hava güzel", "istanbul"),
    ("Ελληνική γλώσσα", "ελληνικη"),
    ("Ёлка в лесу", "елка"),
    ("Київ — столиця України", "київ"),
    ("שָׁלוֹם עולם", "שלום"),
    ("مَرْحَبًا بالعالم", "مرحبا"),
    ("سلام دنیا", "دنیا"),
    ("हिन्दी भाषा", "हिन्दी"),
    ("বাংলা ভাষা", "বাংলা"),
    ("தமிழ் மொழி", "தமிழ்"),
    ("ქართული ენა", "ქართული"),
    ("Հայոց լեզու", "լեզու"),
    ("今日は天気がいい", "天気"),
    ("我在北京工作", "北京"),
    ("我在北京工作", "京"),
    ("서버를 다시 시작했다", "서버"),
    ("ภาษาไทยไม่ยาก", "ไทย"),
    ("ភាសាខ្មែរ", "ខ្មែរ"),
    ("မြန်မာဘာသာ", "မြန်မာ"),
    ("ພາສາລາວ", "ລາວ"),
    ("ｶﾀｶﾅ テスト", "カタカナ"),
    ("\uff26\uff55\uff4c\uff4c width", "full"),
    ("cafe\u0301 au lait", "café"),
    ("አማርኛ ቋንቋ", "አማርኛ"),
    ("🚀 it is live", "🚀"),
    ("C++ and C# are old", "c#"),
    ("co\u00adoperate", "cooperate"),
    ("ﬁne ligature", "fine"),
]


@pytest.mark.parametrize(("text", "question"), SCRIPTS, ids=lambda value: ascii(value)[:40])
async def test_words_of_every_script_are_found(text: str, question: str) -> None:
    scope = new_id()
    await kept(scope, text, "something else")
    assert await texts(scope, question) == [text]


# What a question may say ----------------------------------------------------------------------------------------------


async def test_a_phrase_must_be_there() -> None:
    scope = new_id()
    await kept(scope, "the red house by the sea", "a house, red", "red sea")
    assert await texts(scope, '"red house"') == ["the red house by the sea"]
    assert await texts(scope, "“red sea” house") == ["red sea"]


async def test_what_is_excluded_must_not_be_there() -> None:
    scope = new_id()
    await kept(scope, "red house", "red sea", "green house")
    assert set(await texts(scope, "red house -sea")) == {"red house", "green house"}
    assert await texts(scope, 'house -"red house"') == ["green house"]
    assert await texts(scope, "-red") == []


async def test_in_recalling_no_sign_means_anything() -> None:
    scope = new_id()
    await kept(scope, "red house", "red sea")
    assert set(await texts(scope, '-red "never said"', recalling=True)) == {"red house", "red sea"}


async def test_stop_words_are_looked_for_where_nothing_else_is() -> None:
    scope = new_id()
    await kept(scope, "to be or not to be", "the moon")
    assert await texts(scope, "to be the moon") == ["the moon"]
    assert await texts(scope, "to be or not") == ["to be or not to be"]


async def test_an_unknown_word_stands_for_those_that_begin_so() -> None:
    scope = new_id()
    await kept(scope, "the kubernetes cluster", "the cube")
    (found,) = await service.find(scope, "kuber")
    assert (found.text, found.matched) == ("the kubernetes cluster", ("kubernetes",))


async def test_the_words_that_matched_are_told_as_they_stand() -> None:
    scope = new_id()
    await kept(scope, "Die HÄUSER am asyncpg_pool, 東京都 und wieder ein Haus")
    (found,) = await service.find(scope, "haus pool 東京都")
    assert found.matched == ("HÄUSER", "asyncpg_pool", "東京都", "Haus")


HOSTILE = [
    '"',
    "'",
    "\\",
    "''''",
    "a & | !",
    "(",
    ":*",
    "foo:*",
    "<->",
    "a <2> b",
    "%",
    "_",
    "*",
    "$1",
    "{}",
    "{0}",
    "--",
    "-",
    '-"',
    '"" ""',
    "'; drop table passages;--",
    "\x00",
    "\ud83d",
    "\u202e",
    "x" * 9000,
    '"' * 999,
    "- -- ---",
    "-a" * 999,
    '"a' * 999,
    "a\\'b",
    "!a",
    "a|b&c",
]


@pytest.mark.parametrize("question", HOSTILE, ids=lambda value: ascii(value)[:30])
async def test_a27_no_question_is_an_error(question: str) -> None:
    scope, group = new_id(), new_id()
    await service.put(scope, dialogue("a b foo", "x", group=group))
    for recalling in (False, True):
        assert len(await service.find(scope, question, recalling=recalling)) <= 2
    assert await service.within(scope, group, question) is not None


@given(st.lists(st.text(max_size=12) | st.sampled_from([*HOSTILE[:20], "moon", '"moon']), max_size=6).map(" ".join))
@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
async def test_a27_no_question_that_can_be_thought_of_is_an_error(question: str) -> None:
    scope, group = new_id(), new_id()
    await service.put(scope, dialogue("moon", question, group=group))
    assert len(await service.find(scope, question)) <= 2
    assert await service.within(scope, group, question) is not None


# Narrowed down --------------------------------------------------------------------------------------------------------


async def test_a_question_may_be_narrowed_down() -> None:
    scope, here, there = new_id(), new_id(), new_id()
    await service.put(scope, dialogue("moon here", group=here))
    await service.put(scope, dialogue("moon there", group=there, said_at=NOON + timedelta(days=1)))
    await kept(scope, "moon alone", kind="STATEMENT", said_at=NOON + timedelta(days=2))
    assert await texts(scope, "moon", group_id=here) == ["moon here"]
    assert set(await texts(scope, "moon", but_group=here)) == {"moon there", "moon alone"}
    assert await texts(scope, "moon", kinds=["STATEMENT", "ITEM"]) == ["moon alone"]
    assert await texts(scope, "moon", before=NOON + timedelta(days=1)) == ["moon here"]
    assert set(await texts(scope, "moon", since=NOON + timedelta(days=1))) == {"moon there", "moon alone"}


async def test_a_neighbour_is_narrowed_down_too() -> None:
    scope = new_id()
    first, second = dialogue("where is the moon?", "above")
    await service.put(scope, [first, second])
    assert await texts(scope, "moon", recalling=True, before=second.said_at) == ["where is the moon?"]


async def test_what_is_no_longer_valid_is_not_found() -> None:
    scope = new_id()
    await kept(scope, "lives in Rome", valid_until=now() - timedelta(seconds=1))
    await kept(scope, "lives in Oslo", valid_until=now() + timedelta(days=1))
    assert await texts(scope, "lives") == ["lives in Oslo"]


async def test_where_every_word_is_common_the_newest_are_compared() -> None:
    scope = new_id()
    await service.put(scope, [passage("moon", said_at=NOON + timedelta(seconds=n)) for n in range(5100)])
    found = await service.find(scope, "moon", most=1)
    assert found[0].said_at == NOON + timedelta(seconds=5099)


# Whose ----------------------------------------------------------------------------------------------------------------


async def test_a3_nobody_finds_or_changes_what_is_not_theirs() -> None:
    scopes = [new_id() for _ in range(3)]
    groups = [new_id() for _ in range(3)]
    sources = [new_id() for _ in range(20)]
    for scope, group in zip(scopes, groups, strict=True):
        said = dialogue(*(f"moon canary {scope.hex}x{n}" for n in range(20)), group=group)
        await service.put(scope, said)
        await kept(scope, *(f"canary moon {scope.hex}y{n}" for n in range(20)))
    questions = [*HOSTILE, "moon", "canary", '"moon canary"', "can", "-x moon", *(scope.hex + "x1" for scope in scopes)]
    foreign = asked = 0
    for scope in scopes:
        others = [other.hex for other in scopes if other != scope]
        for question in questions:
            answers = [
                await service.find(scope, question, most=100, recalling=recalling) for recalling in (False, True)
            ]
            answers += [await service.within(scope, group, question) for group in groups]
            foreign += sum(other in found.text for answer in answers for found in answer for other in others)
            asked += len(answers)
        await service.remove_group(scope, groups[scopes.index(scope) - 1])
        await service.remove(scope, "MESSAGE", sources)
        assert await service.neighbours(scope, groups[scopes.index(scope) - 1], 5, 9, 9) == []
    print(f"A3: {foreign} foreign passages in {asked} answers")
    assert foreign == 0
    assert [len(await texts(scope, "moon", most=100)) for scope in scopes] == [40, 40, 40]


# Within one conversation ----------------------------------------------------------------------------------------------


async def test_every_passage_of_a_conversation_is_found_in_order_and_in_pages() -> None:
    scope, group = new_id(), new_id()
    await service.put(scope, dialogue(*(f"moon {n}" if n % 2 else f"sun {n}" for n in range(50)), group=group))
    found: list[int | None] = []
    after = None
    while page := await service.within(scope, group, "moon", after=after, most=7):
        found += [one.position for one in page]
        after = page[-1].place
    assert found == list(range(1, 50, 2))


async def test_within_a_conversation_all_words_must_be_there_and_may_have_only_begun() -> None:
    scope, group = new_id(), new_id()
    await service.put(scope, dialogue("the deployment of the pool", "deployment", "a pool", group=group))
    for question in ("deploym poo", "deployments pools", "the pool deploy"):
        assert [found.text for found in await service.within(scope, group, question)] == ["the deployment of the pool"]
    (found,) = await service.within(scope, group, '"of the pool" deploy')
    assert found.matched == ("the", "deployment", "of", "pool")


async def test_within_a_conversation_a_passage_needs_no_place() -> None:
    scope, group = new_id(), new_id()
    await kept(scope, "moon one", "moon two", group_id=group)
    first = await service.within(scope, group, "moon", most=1)
    second = await service.within(scope, group, "moon", most=1, after=first[0].place)
    assert {first[0].text, second[0].text} == {"moon one", "moon two"}


async def test_neighbours_are_told_in_order() -> None:
    scope, group = new_id(), new_id()
    await service.put(scope, dialogue(*"abcdefg", group=group))
    around = await service.neighbours(scope, group, 3, 1, 2)
    assert [one.text for one in around] == ["c", "d", "e", "f"]


# Large ----------------------------------------------------------------------------------------------------------------


async def test_b12_two_megabytes_of_distinct_words_are_kept_and_found_by_the_first_of_them() -> None:
    scope = new_id()
    text = " ".join(f"w{n:08x}z" for n in range(200_000))
    await kept(scope, text)
    assert len(text) > 2_000_000
    assert (await texts(scope, "w00000123z")) == [text]
    size = await db.fetch_value("select length(words) from passages where scope_id = $1", scope)
    print(f"B12: {size} words of 200000 are kept")
    assert size > 10_000


async def test_b12_whoever_puts_much_lets_others_have_their_turn(statements: list[str]) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while not statements:
            turns += 1
            await asyncio.sleep(0)

    meanwhile = asyncio.create_task(others())
    await service.put(new_id(), [passage("moon " * 1000) for _ in range(40)])
    await meanwhile
    print(f"B12: others had {turns} turns before 200 KB were put")
    assert turns > 5
