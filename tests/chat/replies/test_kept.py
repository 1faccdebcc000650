"""What is kept of a reply while it grows: always all of it, and by nobody but whoever has the right to write it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.chat.replies import settling
from app.chat.replies.hall import Hall
from app.chat.replies.live import Key, Live
from app.chat.replies.queries import runs, turns
from app.chat.replies.queries.runs import Ending, Written
from app.chat.replies.queries.turns import Asked, Opening, Turn
from app.chat.replies.scribe import Held, Scribe
from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import new_id
from app.database.engine import atomic, db
from tests.cast import Player
from tests.chat.replies.talking import count, stored, text_of, until


async def begun(user_id: object, owner: str = "somebody") -> tuple[Key, int]:
    """A reply that is being written, by nobody yet."""
    talk, reply = new_id(), new_id()
    turn = Turn(
        user_id=user_id,  # type: ignore[arg-type] # a UUID
        conversation_id=talk,
        message_id=new_id(),
        parent_id=talk,
        depth=0,
        text="hello",
        preview="hello",
        key=str(talk),
        moment=now(),
        owner=owner,
        replies=[Asked(reply, "openai/x", "openai", {})],
    )
    assert await turns.begin(turn, Opening(title="hello"))
    return Key(turn.user_id, talk, reply), turn.epoch


def ending(text: str, status: str = "DONE") -> Ending:
    return Ending(status=status, content=text, html=None)


async def expire(key: Key) -> None:
    """Its writer was paused for longer than its lease holds."""
    sql = "update runs set lease_until = now() - interval '1 second' where user_id = $1 and message_id = $2"
    await db.fetch(sql, key.user_id, key.message_id)


async def settle(key: Key, epoch: int, text: str) -> bool:
    async with atomic():
        return await runs.hold(key, epoch) and await runs.settle(key, epoch, ending(text), "") is not None


# Leases ---------------------------------------------------------------------------------------------------------------


async def test_a_writer_that_was_paused_past_its_lease_can_write_nothing(alice: Player) -> None:
    key, epoch = await begun(alice.id)
    await runs.append([Written(key, epoch, 0, "kept ")])
    await expire(key)
    ((claimed, newer),) = await runs.claim_lost("reaper")
    assert claimed == key
    assert await runs.append([Written(key, epoch, 5, "stale")]) == set()
    assert await runs.renew([(key, epoch)]) == {}
    await runs.materialise([(key, epoch, "stale", "")])
    assert not await settle(key, epoch, "stale")
    await settling.settle_lost(key, newer)
    row = await stored(alice.id, key.message_id)
    assert (row["content"], row["status"]) == ("kept ", "INTERRUPTED")
    assert await count("chunks") == await count("runs") == 0


async def test_whoever_holds_a_reply_keeps_it(alice: Player) -> None:
    key, epoch = await begun(alice.id)
    await expire(key)
    assert await runs.renew([(key, epoch)]) == {key.message_id: False}
    assert await runs.claim_lost("reaper") == []


async def test_a_process_takes_none_of_its_own_replies_for_lost(alice: Player) -> None:
    key, _ = await begun(alice.id)
    await expire(key)
    assert await runs.claim_lost("reaper", [key.message_id]) == []


async def test_of_many_that_look_for_lost_replies_one_gets_each(alice: Player) -> None:
    keys = [(await begun(alice.id))[0] for _ in range(10)]
    for key in keys:
        await expire(key)
    found = await asyncio.gather(*[runs.claim_lost(f"reaper {number}") for number in range(5)])
    assert sorted(key.message_id for each in found for key, _ in each) == sorted(key.message_id for key in keys)


async def test_what_is_written_in_the_moment_of_the_end_leaves_nothing_behind(alice: Player) -> None:
    for number in range(20):
        key, epoch = await begun(alice.id)
        writing = [runs.append([Written(key, epoch, at, "x")]) for at in range(5)]
        await asyncio.gather(*writing, settle(key, epoch, f"end {number}"))
        assert await text_of(alice.id, key.message_id) == f"end {number}"
    assert await count("chunks") == 0


async def test_what_was_written_is_written_again_where_the_answer_was_lost(alice: Player) -> None:
    key, epoch = await begun(alice.id)
    await runs.append([Written(key, epoch, 0, "one")])
    assert await runs.append([Written(key, epoch, 0, "one two")]) == {key.message_id}
    assert await text_of(alice.id, key.message_id) == "one two"


async def test_an_end_that_is_written_twice_is_written_once(alice: Player) -> None:
    key, epoch = await begun(alice.id)
    assert await settle(key, epoch, "first")
    assert not await settle(key, epoch, "second")
    assert await text_of(alice.id, key.message_id) == "first"


# The scribe -----------------------------------------------------------------------------------------------------------


def held(live: Live, ends: list[str] | None = None) -> Held:
    told = [] if ends is None else ends
    return Held(live, stop=lambda: told.append("stop"), lose=lambda: told.append("lose"))


@asynccontextmanager
async def writing(scribe: Scribe) -> AsyncIterator[None]:
    task = asyncio.create_task(scribe.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
    assert task.cancelled(), "it writes until it is told to end, whatever happens"


async def test_text_is_kept_soon_after_it_came(alice: Player) -> None:
    key, epoch = await begun(alice.id)
    live, scribe = Live(key, epoch), Scribe()
    scribe.hold(held(live))
    async with writing(scribe):
        live.add("hello")
        assert await _kept(key, len("hello")) == "hello"


async def _kept(key: Key, length: int) -> str:
    """What is kept, once it is as long as this."""

    async def is_there() -> bool:
        return len(await text_of(key.user_id, key.message_id)) >= length

    await until(is_there)
    return await text_of(key.user_id, key.message_id)


async def test_one_reply_that_cannot_be_kept_keeps_no_other_from_it(alice: Player) -> None:
    (bad, epoch), (good, other) = await begun(alice.id), await begun(alice.id)
    scribe, lives = Scribe(), [Live(bad, epoch), Live(good, other)]
    for live in lives:
        scribe.hold(held(live))
    async with writing(scribe):
        lives[0].add("\x00")
        lives[1].add("hello")
        assert await _kept(good, len("hello")) == "hello"
    assert await _kept(bad, 0) == ""


async def test_a_reply_that_somebody_else_settled_is_let_go(alice: Player) -> None:
    key, epoch = await begun(alice.id)
    ends: list[str] = []
    live, scribe = Live(key, epoch), Scribe()
    scribe.hold(held(live, ends))
    await settle(key, epoch, "settled elsewhere")
    async with writing(scribe):
        live.add("hello")
        async with asyncio.timeout(30):
            while not ends:
                await asyncio.sleep(0.01)
    assert ends[0] == "lose"
    assert await text_of(alice.id, key.message_id) == "settled elsewhere"


async def test_a_conversation_that_goes_while_it_is_answered_takes_only_itself_along(alice: Player) -> None:
    (gone, epoch), (stays, other) = await begun(alice.id), await begun(alice.id)
    scribe, lives = Scribe(), [Live(gone, epoch), Live(stays, other)]
    for live in lives:
        scribe.hold(held(live))
    async with writing(scribe):
        for number in range(20):
            for live in lives:
                live.add(f"{number} ")
            if number == 5:
                sql = "delete from conversations where user_id = $1 and id = $2"
                await db.fetch(sql, alice.id, gone.conversation_id)
            await asyncio.sleep(0.02)
        whole = "".join(f"{number} " for number in range(20))
        assert await _kept(stays, len(whole)) == whole
    assert list(scribe.held) == [stays]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))),
        st.tuples(st.just("think"), st.text("abc", max_size=5)),
        st.tuples(st.sampled_from(["append", "materialise", "renew"]), st.just("")),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_what_is_stored_is_what_was_said_at_every_moment(alice: Player, steps: list[tuple[str, str]]) -> None:
    key, epoch = await begun(alice.id)
    live, scribe = Live(key, epoch), Scribe()
    scribe.hold(held(live))
    kept = ("", "")
    for step, text in steps:
        if step in ("say", "think"):
            live.add(text if step == "say" else "", text if step == "think" else "")
        elif step == "append":
            await scribe._append()  # noqa: SLF001 - step by step
            kept = (live.answer.text, live.reasoning.text)
        else:
            await (scribe._materialise() if step == "materialise" else scribe._renew())  # noqa: SLF001 - step by step
        row = await runs.so_far(alice.id, key.message_id)
        assert row is not None
        assert (row["content"] + row["content_more"], row["reasoning"] + row["reasoning_more"]) == kept


# Other processes ------------------------------------------------------------------------------------------------------


async def test_another_process_hears_the_same_to_the_end(alice: Player) -> None:
    key, epoch = await begun(alice.id)
    live, scribe, elsewhere = Live(key, epoch), Scribe(), Hall()
    scribe.hold(held(live))
    async with writing(scribe), elsewhere.listening(alice.id, key.conversation_id, key.message_id) as echo:
        for number in range(40):
            live.add(f"{number} ", "hm ")
            await asyncio.sleep(0.01)
        await scribe._append()  # noqa: SLF001 - step by step
        scribe.release(live)
        await settle(key, epoch, live.answer.text)
        async with asyncio.timeout(30):
            while not echo.is_settled:
                await echo.change()
        assert (echo.answer.text, echo.status) == (live.answer.text, "DONE")


async def test_a2_a_stranger_hears_nothing_neither_here_nor_from_elsewhere(alice: Player, bob: Player) -> None:
    key, epoch = await begun(alice.id)
    here, elsewhere = Hall(), Hall()
    here.enter(Live(key, epoch))
    for hall in (here, elsewhere):
        for who, talk in ((bob.id, key.conversation_id), (alice.id, new_id())):
            with pytest.raises(NotFound):
                async with hall.listening(who, talk, key.message_id):
                    pass


async def test_nobody_reads_on_once_nobody_listens(alice: Player) -> None:
    key, _ = await begun(alice.id)
    elsewhere = Hall()
    async with elsewhere.listening(alice.id, key.conversation_id, key.message_id):
        assert len(elsewhere._echoes) == 1  # noqa: SLF001 - step by step
    assert elsewhere._echoes == {}  # noqa: SLF001 - step by step
