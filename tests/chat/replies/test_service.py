"""Saying something, and having it answered: by a real model's side, into a real database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.chat.replies import service
from app.chat.replies.desk import hall, runner
from app.chat.replies.queries import turns
from app.chat.replies.service import Saying
from app.core import clock
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound, Rejected, TooLarge
from app.core.ids import new_id
from app.database import engine
from app.database.observed import measured
from tests.chat.replies.talking import (
    CALM,
    ENDLESS,
    MUTE,
    SLOW,
    THOUGHTFUL,
    count,
    said_something,
    say,
    settled,
    stored,
    text_of,
    until,
)
from tests.provider import Upstream, streamed

pytestmark = pytest.mark.usefixtures("desk")


async def test_what_is_said_is_answered_word_for_word(asker: Asker) -> None:
    begun = await say(asker)
    reply = await settled(asker.id, begun.replies[0])
    assert (reply["status"], reply["content"]) == ("DONE", streamed(20))
    assert reply["html"]
    assert await count("runs") == await count("chunks") == 0


async def test_the_model_is_told_what_was_said_before_in_order(asker: Asker, upstream: Upstream) -> None:
    begun = await say(asker, "one")
    await settled(asker.id, begun.replies[0])
    again = await say(asker, "two", conversation_id=begun.conversation_id)
    await settled(asker.id, again.replies[0])
    told = [(turn["role"], turn["content"]) for turn in upstream.asked[-1].body["messages"]]
    assert told == [("user", "one"), ("assistant", streamed(20)), ("user", "two")]


async def test_several_models_answer_side_by_side(asker: Asker) -> None:
    begun = await say(asker, models=["openai/tokens-20", "openai/echo", "rag"])
    replies = [await settled(asker.id, reply) for reply in begun.replies]
    assert [reply["content"] for reply in replies[:2]] == [streamed(20), "hello"]
    assert len({reply["beside_id"] for reply in replies}) == 1


async def test_thoughts_are_kept_apart_from_the_answer(asker: Asker) -> None:
    begun = await say(asker, script=THOUGHTFUL)
    reply = await settled(asker.id, begun.replies[0])
    assert (reply["reasoning"], reply["content"]) == (streamed(10), streamed(20))


async def test_another_reply_to_the_same_message_stands_beside_the_first(asker: Asker) -> None:
    begun = await say(asker)
    first = await settled(asker.id, begun.replies[0])
    again = await service.regenerate(asker, begun.conversation_id, begun.message_id, ["openai/echo"])
    second = await settled(asker.id, again.replies[0])
    assert (first["parent_id"], second["content"]) == (second["parent_id"], "hello")


async def test_a_reply_cannot_be_answered_as_if_it_were_a_message(asker: Asker) -> None:
    begun = await say(asker)
    with pytest.raises(NotFound):
        await service.regenerate(asker, begun.conversation_id, begun.replies[0])


async def test_an_older_message_can_be_followed_and_both_branches_stay(asker: Asker) -> None:
    begun = await say(asker, "one")
    await settled(asker.id, begun.replies[0])
    for text in ("two", "another two"):
        branch = await say(asker, text, conversation_id=begun.conversation_id, parent_id=begun.replies[0])
        await settled(asker.id, branch.replies[0])
    past = await turns.past(asker.id, begun.conversation_id, None, 10_000)
    assert past is not None
    assert [said.content for said in past.said][1:] == ["another two", streamed(20), "one"]
    assert await count("messages", "content = 'two'") == 1


async def test_what_is_said_to_a_parent_of_another_conversation_is_not_taken(asker: Asker) -> None:
    one, other = await say(asker), await say(asker)
    with pytest.raises(NotFound):
        await say(asker, conversation_id=one.conversation_id, parent_id=other.message_id)


# Ends -----------------------------------------------------------------------------------------------------------------


async def test_b4_a_stop_is_heard_by_the_model_within_a_second_and_what_was_said_stays(
    asker: Asker, upstream: Upstream
) -> None:
    begun = await say(asker, script=ENDLESS)
    await said_something(asker.id, begun.replies[0])
    start = clock.monotonic()
    await service.stop(asker.id, begun.conversation_id, begun.replies[0])
    await until(lambda: _hung_up(upstream), within=20)
    print(f"B4: the model's side heard of a stop after {clock.since(start) * 1000:.0f} ms")
    reply = await settled(asker.id, begun.replies[0])
    assert reply["status"] == "STOPPED"
    assert streamed(100_000).startswith(reply["content"])
    assert reply["content"]


async def _hung_up(upstream: Upstream) -> bool:
    return upstream.asked[-1].hung_up


async def test_a_stop_that_was_asked_for_in_another_process_is_heard(asker: Asker, upstream: Upstream) -> None:
    begun = await say(asker, script=ENDLESS)
    await said_something(asker.id, begun.replies[0])
    live = hall.lives.pop(begun.replies[0])  # as for a process that does not write it
    await service.stop(asker.id, begun.conversation_id, begun.replies[0])
    assert (await settled(asker.id, begun.replies[0]))["status"] == "STOPPED"
    assert live.status == "STOPPED"
    await until(lambda: _hung_up(upstream))


async def test_a_stranger_stops_nothing(asker: Asker) -> None:
    begun = await say(asker, script=CALM)
    with pytest.raises(NotFound):
        await service.stop(new_id(), begun.conversation_id, begun.replies[0])
    assert (await settled(asker.id, begun.replies[0]))["status"] == "DONE"


async def test_a_stop_before_the_first_word_ends_it_too(asker: Asker) -> None:
    begun = await say(asker, script=MUTE)
    await service.stop(asker.id, begun.conversation_id, begun.replies[0])
    assert (await settled(asker.id, begun.replies[0]))["status"] == "STOPPED"


async def test_a_reply_that_was_stopped_goes_on_where_it_ended(asker: Asker, upstream: Upstream) -> None:
    begun = await say(asker, script=SLOW)
    await said_something(asker.id, begun.replies[0])
    await service.stop(asker.id, begun.conversation_id, begun.replies[0])
    before = (await settled(asker.id, begun.replies[0]))["content"]
    await service.go_on(asker, begun.conversation_id, begun.replies[0])
    await said_something(asker.id, begun.replies[0], len(before) + 1)
    await service.stop(asker.id, begun.conversation_id, begun.replies[0])
    after = await settled(asker.id, begun.replies[0])
    assert after["content"].startswith(before)
    assert [turn["role"] for turn in upstream.asked[-1].body["messages"]] == ["user", "assistant", "user"]


async def test_what_a_reply_thought_is_still_there_when_it_goes_on(asker: Asker) -> None:
    begun = await say(asker, script=THOUGHTFUL)
    before = await settled(asker.id, begun.replies[0])
    await service.go_on(asker, begun.conversation_id, begun.replies[0])
    after = await settled(asker.id, begun.replies[0])
    assert after["reasoning"].startswith(before["reasoning"])
    assert after["content"] == streamed(20) * 2


async def test_a_reply_under_way_cannot_go_on_twice(asker: Asker) -> None:
    begun = await say(asker, script=SLOW)
    with pytest.raises(Conflict):
        await service.go_on(asker, begun.conversation_id, begun.replies[0])


async def test_of_several_that_let_a_reply_go_on_one_does_and_nothing_is_lost(asker: Asker) -> None:
    begun = await say(asker, script=SLOW)
    await said_something(asker.id, begun.replies[0])
    await service.stop(asker.id, begun.conversation_id, begun.replies[0])
    before = (await settled(asker.id, begun.replies[0]))["content"]
    going = [service.go_on(asker, begun.conversation_id, begun.replies[0]) for _ in range(5)]
    results = await asyncio.gather(*going, return_exceptions=True)
    await said_something(asker.id, begun.replies[0], len(before) + 1)
    await service.stop(asker.id, begun.conversation_id, begun.replies[0])
    after = await settled(asker.id, begun.replies[0])
    assert sum(isinstance(each, Conflict) for each in results) == 4
    assert after["content"] == before + streamed(400)[: len(after["content"]) - len(before)]


async def test_a_reply_that_breaks_off_keeps_its_words_and_says_why(asker: Asker) -> None:
    begun = await say(asker, script="tokens-20-cut-7")
    reply = await settled(asker.id, begun.replies[0])
    assert (reply["status"], reply["error"], reply["content"]) == ("FAILED", "MODEL_CUT_OFF", streamed(7))


async def test_a_reply_that_the_model_had_to_end_says_so(asker: Asker) -> None:
    begun = await say(asker, script="tokens-9-short-1")
    reply = await settled(asker.id, begun.replies[0])
    assert (reply["status"], reply["error"]) == ("DONE", "LENGTH")


async def test_a_key_that_is_refused_is_told_as_that(asker: Asker) -> None:
    begun = await say(asker, script="status-401")
    reply = await settled(asker.id, begun.replies[0])
    assert (reply["status"], reply["error"]) == ("FAILED", "MODEL_KEY_REFUSED")


async def test_b3_what_is_under_way_when_the_process_ends_is_interrupted_truthfully(
    asker: Asker, desk: asyncio.Event
) -> None:
    begun = await say(asker, script=ENDLESS)
    await said_something(asker.id, begun.replies[0])
    await runner.close(0)
    reply = await stored(asker.id, begun.replies[0])
    assert reply["status"] == "INTERRUPTED"
    assert reply["content"]
    assert not desk.is_set()


# Waiting --------------------------------------------------------------------------------------------------------------


async def test_what_is_said_during_a_reply_waits_and_is_answered_after_it(asker: Asker, upstream: Upstream) -> None:
    begun = await say(asker, script=CALM)
    waits = await say(asker, "and then?", conversation_id=begun.conversation_id)
    assert waits.replies == []
    await until(lambda: _answered(waits.message_id))
    told = [turn["content"] for turn in upstream.asked[-1].body["messages"]]
    assert told == ["hello", streamed(20), "and then?"]


async def _answered(message_id: Any) -> bool:
    return bool(await count("messages", f"parent_id = '{message_id}' and status = 'DONE'"))


async def _nobody_waits() -> bool:
    return not await count("messages", "status in ('QUEUED', 'STREAMING')")


async def test_of_two_that_wait_one_after_the_other_the_last_is_answered_and_tells_of_both(
    asker: Asker, upstream: Upstream
) -> None:
    begun = await say(asker, script=CALM)
    for text in ("first", "second"):
        await say(asker, text, conversation_id=begun.conversation_id)
    await until(_nobody_waits)
    told = [turn["content"] for turn in upstream.asked[-1].body["messages"]]
    assert told == ["hello", streamed(20), "first", "second"]
    assert len([asked for asked in upstream.asked if asked.body]) == 2


async def test_of_two_that_wait_side_by_side_both_are_answered(asker: Asker) -> None:
    begun = await say(asker, script=CALM)
    sides = [
        await say(asker, text, conversation_id=begun.conversation_id, parent_id=begun.replies[0])
        for text in ("left", "right")
    ]
    for side in sides:
        await until(lambda side=side: _answered(side.message_id))  # type: ignore[misc] # a default holds it
    assert await count("messages", "role = 'ASSISTANT' and status = 'DONE'") == 1 + len(sides)


async def test_what_is_said_in_the_moment_in_which_a_reply_ends_is_answered(asker: Asker) -> None:
    begun = await say(asker)
    waits = []
    for number in range(30):
        waits.append(await say(asker, f"now {number}", conversation_id=begun.conversation_id))
        await asyncio.sleep(0.003 * (number % 7))
    await until(_nobody_waits)
    assert await count("messages", "role = 'USER'") == 31


async def test_what_waited_for_a_process_that_died_is_answered_by_another(asker: Asker) -> None:
    begun = await say(asker)
    await settled(asker.id, begun.replies[0])
    await _left(asker, begun.conversation_id, begun.replies[0])
    await until(_nobody_waits)
    assert await count("messages", "role = 'ASSISTANT' and status = 'DONE'") == 2


async def _left(asker: Asker, conversation_id: Any, parent_id: Any) -> None:
    """A message that waits for a reply which has ended: its process died in between."""
    sql = """insert into messages (id, user_id, conversation_id, parent_id, depth, role, content, status)
        values ($1, $2, $3, $4, 2, 'USER', 'anybody?', 'QUEUED')"""
    await engine.db.fetch(sql, new_id(), asker.id, conversation_id, parent_id)


# Once -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_new", [True, False])
async def test_b21_fifty_at_once_with_one_key_are_one_message_and_one_question(
    asker: Asker, upstream: Upstream, *, is_new: bool
) -> None:
    talk = None if is_new else (await say(asker)).conversation_id
    if talk is not None:
        await until(_nobody_waits)
    before = len([asked for asked in upstream.asked if asked.body])
    key = str(new_id())
    many = await asyncio.gather(*[say(asker, "once", key=key, conversation_id=talk) for _ in range(50)])
    await until(_nobody_waits)
    asked = len([asked for asked in upstream.asked if asked.body]) - before
    messages, talks = await count("messages", "content = 'once'"), await count("conversations")
    print(f"B21: 50 sent with one key: {messages} message, {asked} question to the model, {talks} conversation")
    assert (messages, asked, talks) == (1, 1, 1)
    assert len({begun.message_id for begun in many}) == len({begun.conversation_id for begun in many}) == 1


async def test_b21_different_keys_are_different_messages(asker: Asker) -> None:
    await asyncio.gather(*[say(asker, "each") for _ in range(10)])
    assert await count("messages", "content = 'each'") == 10


async def test_b21_two_without_a_key_are_two(asker: Asker) -> None:
    await say(asker, "twice", key="")
    await say(asker, "twice", key="")
    assert await count("messages", "content = 'twice'") == 2


async def test_b21_the_same_key_with_other_words_loses_none_of_them_silently(asker: Asker) -> None:
    await say(asker, "first", key="k")
    with pytest.raises(Rejected):
        await say(asker, "something else", key="k")


# What it takes --------------------------------------------------------------------------------------------------------


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is asked of the database inside."""
    sent: list[str] = []

    @contextmanager
    def noted(sql: str, values: Any = ()) -> Iterator[None]:
        sent.append(" ".join(sql.split())[:100])
        with measured(sql, values):
            yield

    with monkeypatch.context() as patch:
        patch.setattr(engine, "measured", noted)
        yield sent


async def test_a_send_takes_few_statements_however_long_the_conversation(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await say(asker)
    counts = []
    for _ in range(4):
        await until(_nobody_waits)
        await asyncio.sleep(0.3)
        with statements(monkeypatch) as sent:
            await say(asker, script=MUTE, conversation_id=begun.conversation_id)
        counts.append(len(sent))
        await service.stop(asker.id, begun.conversation_id, next(iter(hall.lives)))
    print(f"statements of a send, in the service alone: {counts}")
    assert max(counts) <= 4


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n", "a\x00b", "\ud83d"])
async def test_what_cannot_be_kept_is_refused_before_anything_is_written(asker: Asker, text: str) -> None:
    with pytest.raises(Rejected):
        await say(asker, text)
    assert await count("messages") == 0


async def test_a_message_may_be_long_but_not_endless(asker: Asker) -> None:
    with pytest.raises(TooLarge):
        await say(asker, "x" * (service.LONGEST_MESSAGE + 1))
    begun = await say(asker, "x" * service.LONGEST_MESSAGE)
    assert len((await stored(asker.id, begun.message_id))["content"]) == service.LONGEST_MESSAGE


async def test_a_stranger_says_nothing_in_a_conversation_of_somebody_else(asker: Asker) -> None:
    begun = await say(asker)
    stranger = Asker(new_id(), "Charlie", "charlie@example.com", "DEVELOPER")
    for parent in (None, begun.replies[0]):
        with pytest.raises(NotFound):
            await service.say(
                stranger, Saying(text="hello", key="k", conversation_id=begun.conversation_id, parent_id=parent)
            )


async def test_text_is_in_the_database_while_the_reply_grows(asker: Asker) -> None:
    begun = await say(asker, script=SLOW)
    lag = []
    for _ in range(10):
        live = hall.lives[begun.replies[0]]
        said = live.answer.length
        await asyncio.sleep(0.35)
        lag.append(said - len(await text_of(asker.id, begun.replies[0])))
    print(f"characters that were not kept 350 ms after they came: {max(0, *lag)}")
    assert max(lag) <= 0
