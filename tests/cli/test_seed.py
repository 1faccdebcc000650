"""commonplace seed: sample data that looks as if it had been said here, the same however often it is planted."""

from typing import Any

import pytest

from app.auth import people
from app.chat.conversations import folders
from app.chat.conversations import service as conversations
from app.chat.messages import shown
from app.chat.messages.shown import Stretch
from app.cli import seed
from app.cli.samples import samples
from app.core.asker import Asker
from app.core.clock import now, timedelta
from app.database.engine import db
from app.index import service as index
from app.providers import assistants

TESTER = "test@example.com"
DRAWN = (
    ("A sourdough that does not rise", "<table"),
    ("Sorting a CSV by two columns", '<figure class="code"'),
    ("Why the quadratic formula works", "<math"),
)


@pytest.fixture
async def planted(database: object) -> Asker:
    """The person of most samples, in a database that has all of them."""
    await seed.plant()
    found = await people.at_address(TESTER)
    assert found is not None
    return Asker(found.id, found.name, found.email, found.role)


async def talk_named(asker: Asker, title: str) -> Any:
    found = await db.fetch_value("select id from conversations where user_id = $1 and title = $2", asker.id, title)
    return await conversations.conversation(asker.id, found)


async def shown_of(asker: Asker, title: str) -> Stretch:
    return await shown.at_the_end(asker.id, await talk_named(asker, title))


async def _everything() -> dict[str, list[Any]]:
    tables = ("users", "conversations", "messages", "folders", "passages", "specializations", "word_counts")
    return {table: await db.fetch(f"select * from {table} t order by t::text") for table in tables}


async def test_planting_a_second_time_changes_nothing(planted: Asker) -> None:
    before = await _everything()
    again = await seed.plant()
    assert (set(again.values()), await _everything()) == ({0}, before)
    print(f"{ {table: len(rows) for table, rows in before.items()} }")


async def test_the_test_conversation_is_there_word_for_word(planted: Asker) -> None:
    rows = (await shown_of(planted, "Test Conversation")).rows
    said = ["Hello, how are you?", "I'm doing great! How can I help you today?"]
    assert [(row["role"], row["content"]) for row in rows] == [("USER", said[0]), ("ASSISTANT", said[1])]


async def test_samples_lie_in_the_last_weeks_and_none_in_the_future(planted: Asker) -> None:
    found = await db.fetch("select min(created_at) as first, max(settled_at) as last from messages")
    assert now() - timedelta(weeks=4) < found[0]["first"] < found[0]["last"] < now()


async def test_every_sample_lies_where_its_file_says(planted: Asker) -> None:
    there = {folder.id: folder.name for folder in await folders.listed(planted.id)}
    mine = [sample for address, sample in samples() if address == TESTER]
    rows = await db.fetch("select * from conversations where user_id = $1", planted.id)
    found = {
        (row["title"], there.get(row["folder_id"], ""), bool(row["pinned_at"]), bool(row["archived_at"]))
        for row in rows
    }
    assert found == {(each.title, each.folder, each.is_pinned, each.is_archived) for each in mine}
    assert len(there) == 3


async def test_a_branch_has_siblings_on_both_sides(planted: Asker) -> None:
    stretch = await shown_of(planted, "A letter to the landlord")
    assert [len(stretch.siblings.get(row["parent_id"], [1])) for row in stretch.rows] == [2, 2, 1, 1]


async def test_two_models_stand_side_by_side(planted: Asker) -> None:
    stretch = await shown_of(planted, "Three days in Ghent")
    assert [[row["model"] for row in group] for group in stretch.beside.values()] == [
        ["sample/brief", "sample/thorough"]
    ]


async def test_a_long_one_is_longer_than_a_page_shows(planted: Asker) -> None:
    stretch = await shown_of(planted, "Twenty-four Italian words")
    assert (len(stretch.rows), stretch.has_earlier) == (shown.MOST_SHOWN, True)


@pytest.mark.parametrize(
    ("title", "mark"),
    [
        ("A sourdough that does not rise", "<table"),
        ("Sorting a CSV by two columns", '<figure class="code"'),
        ("Why the quadratic formula works", "<math"),
    ],
)
async def test_a_sample_is_drawn_like_any_reply(planted: Asker, title: str, mark: str) -> None:
    assert mark in "".join(row["html"] or "" for row in (await shown_of(planted, title)).rows)


async def test_a_sample_names_the_word_of_its_source_or_a_sample_model_and_no_other(planted: Asker) -> None:
    found = await db.fetch("select distinct model from messages where model is not null")
    assert {row["model"] for row in found} == {"groq", "sample/brief", "sample/thorough"}


async def test_what_was_planted_is_found_by_its_owner_alone(planted: Asker) -> None:
    found = await index.find(planted.id, "sourdough kitchen schedule")
    assert found[0].title == "A sourdough that does not rise"
    other = await people.at_address("admin@codementor-ai.com")
    assert other is not None
    assert await index.find(other.id, "sourdough") == []


async def test_what_somebody_changed_stays_changed(planted: Asker) -> None:
    talk = await talk_named(planted, "Test Conversation")
    await conversations.rename(planted.id, talk["id"], "Mine")
    await seed.plant()
    titles = await db.fetch(
        "select title from conversations where user_id = $1 and origin_id = 'sample:hello'", planted.id
    )
    assert [row["title"] for row in titles] == ["Mine"]


async def test_assistants_are_there_with_what_they_are_for(planted: Asker) -> None:
    found = await assistants.listed()
    assert [each.name for each in found] == ["Patient teacher", "Plain words", "Second pair of eyes"]
    assert all(each.description and each.instructions for each in found)
