"""Passages are put, replaced and removed, and the counts of their words are right at every moment."""

import asyncio
import contextvars
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import Rejected
from app.core.events import PersonErased, publish
from app.core.ids import new_id
from app.database.engine import atomic, db
from app.index import service
from app.index.passages import Passage
from tests.cast import Player
from tests.index.passages import NOON, counted, dialogue, kept, passage, recounted, rows, texts

pytestmark = pytest.mark.usefixtures("database")
VOCABULARY = [
    "sun",
    "moon",
    "rain",
    "läuft",
    "Häuser",
    "running",
    "東京都",
    "don't",
    "asyncpg_pool",
    "2.25.0",
    "the",
    "of",
]


async def test_a_passage_is_kept_as_it_was_given() -> None:
    scope, group = new_id(), new_id()
    given = passage("Text", group_id=group, position=3, title="T", speaker="S", language="en", importance=0.5)
    await service.put(scope, [given])
    assert await service.neighbours(scope, group, 3, 0, 0) == [given]


async def test_a_language_that_was_not_told_is_guessed_where_it_is_clear() -> None:
    scope = new_id()
    await kept(scope, "This is what they have written", "Das haben wir nicht geschrieben", "asyncpg")
    assert sorted(row["language"] for row in await rows(scope)) == ["", "de", "en"]


@pytest.mark.parametrize("number", [1, 40])
async def test_putting_takes_two_statements_whatever_the_number(number: int, statements: list[str]) -> None:
    async with atomic():
        await kept(new_id(), *(f"message number {n}" for n in range(number)))
    print(f"index: {len(statements)} statements for {number} passages")
    assert len(statements) == 2


async def test_what_is_put_again_is_replaced_and_keeps_its_id() -> None:
    scope, source = new_id(), new_id()
    await service.put(scope, [passage("the old moon", source_id=source)])
    (before,) = await rows(scope)
    await service.put(scope, [passage("a new sun", source_id=source)])
    (after,) = await rows(scope)
    assert (after["id"], after["text"]) == (before["id"], "a new sun")
    assert (await texts(scope, "moon"), await texts(scope, "sun")) == ([], ["a new sun"])


async def test_of_one_passage_given_twice_the_last_counts() -> None:
    scope, source = new_id(), new_id()
    await service.put(scope, [passage(text, source_id=source) for text in ("one", "two", "three")])
    assert [row["text"] for row in await rows(scope)] == ["three"]
    assert await counted(scope) == await recounted(scope)


async def test_a_text_that_got_shorter_leaves_no_part_behind() -> None:
    scope, source = new_id(), new_id()
    await service.put(scope, [passage(f"part{n}", source_id=source, part=n) for n in range(5)])
    await service.put(scope, [passage(f"new{n}", source_id=source, part=n) for n in range(2)])
    assert [row["text"] for row in await rows(scope)] == ["new0", "new1"]
    assert await counted(scope) == await recounted(scope)


async def test_parts_may_come_in_batches() -> None:
    scope, source = new_id(), new_id()
    for first in (0, 3, 6):
        await service.put(scope, [passage("x", source_id=source, part=first + n) for n in range(3)])
    assert [row["part"] for row in await rows(scope)] == list(range(9))


async def test_the_same_source_of_another_kind_is_another_passage() -> None:
    scope, source = new_id(), new_id()
    await service.put(scope, [passage("sun", source_id=source), passage("moon", source_id=source, kind="ITEM")])
    await service.remove(scope, "ITEM", [source])
    assert (len(await rows(scope)), len(await rows(scope, "ITEM"))) == (1, 0)


async def test_nothing_is_left_of_the_words_of_what_was_removed() -> None:
    scope = new_id()
    gone, stays = await kept(scope, "secret moon", "bright moon")
    await service.remove(scope, "MESSAGE", [gone.source_id])
    assert set(await counted(scope)) == {"", "bright", "moon"}
    await service.remove(scope, "MESSAGE", [stays.source_id])
    assert await counted(scope) == {}


async def test_a_group_goes_with_all_that_stands_in_it() -> None:
    scope, group = new_id(), new_id()
    await service.put(scope, [*dialogue("sun", "moon", "stars", group=group), *dialogue("moon")])
    await service.remove_group(scope, group)
    assert [row["text"] for row in await rows(scope)] == ["moon"]
    assert await counted(scope) == await recounted(scope) == {"": (1, 1), "moon": (1, 0)}


async def test_b27_what_was_put_goes_with_the_unit_of_work_that_is_undone() -> None:
    scope = new_id()
    with pytest.raises(ZeroDivisionError):
        async with atomic():
            await kept(scope, "sun")
            raise ZeroDivisionError
    assert (await rows(scope), await counted(scope)) == ([], {})


async def test_a_person_who_is_erased_leaves_neither_passages_nor_counts(
    alice: Player, bob: Player, app: object
) -> None:
    for player in (alice, bob):
        await kept(player.id, "moon", "sun")
    async with atomic():
        await publish(PersonErased(alice.id))
    assert (await rows(alice.id), await counted(alice.id)) == ([], {})
    assert await counted(bob.id) == await recounted(bob.id) != {}


async def test_what_postgresql_cannot_store_is_replaced() -> None:
    scope = new_id()
    await kept(scope, "sun\x00moon \ud83d stars")
    assert [row["text"] for row in await rows(scope)] == ["sun\ufffdmoon ? stars"]
    assert len(await texts(scope, "moon")) == 1


async def test_an_importance_that_is_none_is_refused() -> None:
    with pytest.raises(Rejected):
        await kept(new_id(), "sun", importance=1.5)


# Counts ---------------------------------------------------------------------------------------------------------------


SOURCES = [new_id() for _ in range(4)]
GROUPS = [new_id() for _ in range(2)]
PASSAGES = st.builds(
    Passage,
    kind=st.sampled_from(["MESSAGE", "ITEM"]),
    source_id=st.sampled_from(SOURCES),
    text=st.lists(st.sampled_from(VOCABULARY) | st.text(max_size=5), max_size=8).map(" ".join),
    said_at=st.just(NOON),
    part=st.integers(0, 2),
    group_id=st.none() | st.sampled_from(GROUPS),
    title=st.sampled_from(["", "sun", "Ünïcödé"]),
)
STEPS = st.one_of(
    st.tuples(st.just("put"), st.lists(PASSAGES, max_size=4)),
    st.tuples(st.just("remove"), st.lists(st.sampled_from(SOURCES), max_size=3)),
    st.tuples(st.just("remove_group"), st.sampled_from(GROUPS)),
)


@given(st.lists(STEPS, max_size=8))
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
async def test_after_any_steps_the_counts_are_those_of_a_recount(steps: list[tuple[str, Any]]) -> None:
    scope = new_id()
    for name, value in steps:
        if name == "put":
            await service.put(scope, value)
        elif name == "remove":
            await service.remove(scope, "MESSAGE", value)
        else:
            await service.remove_group(scope, value)
        assert await counted(scope) == await recounted(scope)


async def _writer(scope: Any, sources: list[Any], chance: random.Random) -> None:
    for _ in range(12):
        async with atomic():
            for _ in range(2):
                chosen = chance.choices(sources, k=3)
                if chance.random() < 0.25:
                    await service.remove(scope, "MESSAGE", chosen)
                else:
                    text = " ".join(chance.choices(VOCABULARY, k=6))
                    await service.put(scope, [passage(text, source_id=source) for source in chosen])


async def test_b9_writers_of_one_scope_at_once_lose_no_count_and_never_deadlock() -> None:
    scope, sources = new_id(), [new_id() for _ in range(10)]
    await asyncio.gather(*(_writer(scope, sources, random.Random(n)) for n in range(5)))
    wrong = set((await counted(scope)).items()) ^ set((await recounted(scope)).items())
    print(f"B9: {len(wrong)} counts of {len(await counted(scope))} wrong after 120 steps of 5 writers")
    assert wrong == set()
    assert len(await counted(scope)) > 5


async def test_writers_of_two_scopes_do_not_wait_for_each_other() -> None:
    async with atomic():
        await kept(new_id(), "sun")
        other = asyncio.get_running_loop().create_task(kept(new_id(), "moon"), context=_apart())
        await asyncio.wait_for(other, 10)
        assert other.done()


def _apart() -> Any:
    """The context of a task that is in no unit of work."""
    context = contextvars.copy_context()
    context.run(db.current_transaction.set, None)
    return context
