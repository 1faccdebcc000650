"""What is said while a reply is being written: it waits for whom it was meant, or takes the word."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.chat.replies import service
from app.core.asker import Asker
from app.database.engine import db
from tests.chat.replies.talking import CALM, ENDLESS, Row, count, said_something, say, settled, stored, until
from tests.provider import Upstream

pytestmark = pytest.mark.usefixtures("desk")


async def replies_to(asker: Asker, message_id: Any) -> list[Row]:
    """Once they are all there, and have their ends."""
    sql = "select * from messages where user_id = $1 and parent_id = $2 order by id"

    async def there() -> bool:
        found = await db.fetch(sql, asker.id, message_id)
        return bool(found) and all(row["status"] not in ("STREAMING", "QUEUED") for row in found)

    await until(there)
    return list(await db.fetch(sql, asker.id, message_id))


async def test_what_waits_is_answered_by_the_model_that_was_chosen_for_it(asker: Asker) -> None:
    begun = await say(asker, script=CALM)
    waits = await say(asker, "parrot this", script="echo", conversation_id=begun.conversation_id)
    (reply,) = await replies_to(asker, waits.message_id)
    assert (waits.replies, reply["model"], reply["content"]) == ([], "openai/echo", "parrot this")


async def test_what_waits_for_several_models_is_answered_by_all_side_by_side(asker: Asker) -> None:
    begun = await say(asker, script=CALM)
    chosen = ["openai/echo", "rag"]
    waits = await say(asker, "both", models=chosen, conversation_id=begun.conversation_id)
    found = await replies_to(asker, waits.message_id)
    assert [row["model"] for row in found] == chosen
    assert len({row["beside_id"] for row in found} - {None}) == 1


async def test_what_waits_without_a_choice_is_answered_by_the_model_of_the_conversation(asker: Asker) -> None:
    begun = await say(asker, script=CALM)
    waits = await say(asker, "anybody", models=[], conversation_id=begun.conversation_id)
    (reply,) = await replies_to(asker, waits.message_id)
    assert reply["model"] == f"openai/{CALM}"


async def steered(asker: Asker, begun: service.Begun, script: str = "echo") -> service.Begun:
    await said_something(asker.id, begun.replies[0])
    return await say(asker, "no, this", script=script, conversation_id=begun.conversation_id, steers=True)


async def test_steering_stops_the_reply_keeps_what_it_said_and_asks_at_once(asker: Asker, upstream: Upstream) -> None:
    begun = await say(asker, script=ENDLESS)
    instead = await steered(asker, begun)
    (reply,) = await replies_to(asker, instead.message_id)
    cut = await stored(asker.id, begun.replies[0])
    assert (cut["status"], bool(cut["content"]), reply["content"]) == ("STOPPED", True, "no, this")
    told = [turn["content"] for turn in upstream.asked[-1].body["messages"]]
    assert told == ["hello", cut["content"], "no, this"]


async def test_steering_reaches_the_upstream(asker: Asker, upstream: Upstream) -> None:
    begun = await say(asker, script=ENDLESS)
    await steered(asker, begun)
    asked = next(each for each in upstream.asked if each.body)
    await until(_that(lambda: asked.hung_up))
    assert asked.hung_up


def _that(holds: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def happens() -> bool:
        return holds()

    return happens


async def test_steering_stops_every_column_of_what_is_written_side_by_side(asker: Asker) -> None:
    begun = await say(asker, models=[f"openai/{ENDLESS}", "openai/tokens-5-first-600000"])
    instead = await steered(asker, begun)
    await replies_to(asker, instead.message_id)
    assert [(await settled(asker.id, each))["status"] for each in begun.replies] == ["STOPPED", "STOPPED"]


async def test_steering_past_what_waits_already_answers_both_with_the_newest(asker: Asker, upstream: Upstream) -> None:
    begun = await say(asker, script=ENDLESS)
    await say(asker, "first", conversation_id=begun.conversation_id)
    instead = await steered(asker, begun)
    await replies_to(asker, instead.message_id)
    told = [turn["content"] for turn in upstream.asked[-1].body["messages"]]
    assert (told[0], told[2:]) == ("hello", ["first", "no, this"])
    assert await count("messages", "status in ('QUEUED', 'STREAMING')") == 0


async def test_steering_where_nothing_is_written_is_saying_something(asker: Asker) -> None:
    begun = await say(asker)
    before = await settled(asker.id, begun.replies[0])
    instead = await say(asker, "more", script="echo", conversation_id=begun.conversation_id, steers=True)
    assert (await settled(asker.id, instead.replies[0]))["content"] == "more"
    assert (await stored(asker.id, begun.replies[0]))["status"] == before["status"] == "DONE"


async def test_b21_twenty_who_steer_at_once_leave_nobody_waiting(asker: Asker) -> None:
    begun = await say(asker, script=ENDLESS)
    await said_something(asker.id, begun.replies[0])
    talk = begun.conversation_id
    many = [say(asker, f"now {n}", script="echo", conversation_id=talk, steers=True) for n in range(20)]
    await asyncio.gather(*many)
    await until(_nobody_waits)
    lost = 21 - await count("messages", "role = 'USER' and status = 'DONE'")
    print(f"B21: {lost} of 20 messages that steered at once were left without an answer")
    assert lost == 0


async def _nobody_waits() -> bool:
    return not await count("messages", "status in ('QUEUED', 'STREAMING')")
