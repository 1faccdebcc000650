"""B1 to B4: the house is killed while it answers, and what it had said is there."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
import pytest

from tests.chat.replies.houses import LASTING, SOON, Said, Town, sent_by, town
from tests.chat.replies.page import Page
from tests.provider import streamed

WHOLE = streamed(900)


async def check_messages(here: Town, said: list[Said]) -> tuple[int, int]:
    """Acknowledged messages that are lost, and those that are there twice."""
    rows = [row["content"] for row in await here.rows("select content from messages where role = 'USER'")]
    texts = [each.text for each in said]
    return len([text for text in texts if text not in rows]), len(rows) - len(set(rows))


async def replies_of(here: Town) -> dict[str, tuple[str, str]]:
    rows = await here.rows("select id, status, content from messages where role = 'ASSISTANT'")
    return {str(row["id"]): (row["status"], row["content"]) for row in rows}


# B1 -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.long)])
async def test_b1_replies_go_on_and_come_to_their_end_while_the_database_is_killed(kills: int) -> None:
    async with town() as here, here.browser() as client:
        said = list(await asyncio.gather(*[here.say(client, f"before {number}") for number in range(20)]))
        for kill in range(kills):
            await asyncio.sleep(0.3 + random.random())
            here.postmaster().send_signal(signal.SIGKILL)
            said += await asyncio.gather(*[here.say(client, f"during {kill} {each}", SOON) for each in range(3)])
        after = await here.settled()
        lost, twice = await check_messages(here, said)
        replies = await replies_of(here)
    wrong = [status for status, content in replies.values() if not WHOLE.startswith(content) or status == "STREAMING"]
    whole = [status for status, content in replies.values() if status == "DONE"]
    print(
        f"B1: {kills} kills of the database under {len(replies)} replies: acknowledged {len(said)}, lost {lost}, "
        f"twice {twice}, whole {len(whole)}, wrong {len(wrong)}, settled after {after:.1f} s"
    )
    assert (lost, twice, wrong) == (0, 0, [])
    assert len(whole) == len(replies), "the model's side never failed, so nothing has to be missing"


# B2 -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.long)])
async def test_b2_what_a_killed_process_had_said_is_there_to_a_fraction_of_a_second(kills: int) -> None:
    async with town() as here:
        said: list[Said] = []
        moments: dict[str, float] = {}
        for kill in range(kills):
            async with here.browser() as client:
                new = await asyncio.gather(*[here.say(client, f"{kill} {number}") for number in range(5)])
            await asyncio.sleep(random.random() * 1.5)
            moment = await here.kill(here.newest)
            said += new
            moments |= {each.text: moment for each in new}
            await here.open()
        after = await here.settled()
        lost, twice = await check_messages(here, said)
        replies = await replies_of(here)
        missing = [_missing(here, each, moments[each.text], replies[each.reply][1]) for each in said]
    wrong = [each for each, content in replies.values() if each != "INTERRUPTED" or not WHOLE.startswith(content)]
    print(
        f"B2: {kills} kills of the process under {len(said)} replies: lost {lost}, twice {twice}, wrong {len(wrong)}, "
        f"at most {max(missing):.0f} ms of text missing, settled {after:.1f} s after the last start"
    )
    assert (lost, twice, wrong) == (0, 0, [])
    assert max(missing) <= 1000


def _missing(here: Town, said: Said, moment: float, kept: str) -> float:
    """Milliseconds before the kill at which the model had sent no more than what is kept."""
    return next(ms for ms in range(0, 60_000, 10) if sent_by(here.upstream, said.text, moment - ms / 1000) <= len(kept))


async def test_b2_another_process_tells_on_what_was_kept_and_settles_it() -> None:
    async with town() as here:
        first, second = here.newest, await here.open()
        async with here.browser(first) as client, here.browser(second) as other:
            said = await here.say(client, "hello")
            page, told = Page(), []
            async with other.stream("GET", said.events) as stream:
                killer = asyncio.create_task(_kill_later(here, first))
                async for event in _events(stream):
                    page.take(event.encode())
                    told += [event] if event.startswith("event: done") else []
            await killer
            replies = await replies_of(here)
            status, content = replies[said.reply]
            shown = (await other.get(said.talk)).text
    assert (status, told) == ("INTERRUPTED", ["event: done\ndata: INTERRUPTED"])
    assert page.at == len(content) > 0
    assert "It was interrupted" in shown


async def _kill_later(here: Town, house: object) -> None:
    await asyncio.sleep(1)
    await here.kill(house)  # type: ignore[arg-type] # a House


async def _events(stream: httpx2.Response) -> AsyncIterator[str]:
    buffer = ""
    async for text in stream.aiter_text():
        buffer += text
        *whole, buffer = buffer.split("\n\n")
        for event in whole:
            yield event


# B3 -----------------------------------------------------------------------------------------------------------------


async def test_b3_a_process_that_is_told_to_end_interrupts_its_replies_truthfully_and_loses_nothing() -> None:
    async with town() as here:
        second = await here.open()
        async with here.browser(second) as client:
            said = list(await asyncio.gather(*[here.say(client, f"{number}") for number in range(20)]))
            await asyncio.sleep(0.5)
            begun = asyncio.get_running_loop().time()
            second.process.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(second.process.wait, 30)
        took = asyncio.get_running_loop().time() - begun
        replies = await replies_of(here)
        lost, twice = await check_messages(here, said)
        missing = [_missing(here, each, begun, replies[each.reply][1]) for each in said]
    statuses = {status for status, _ in replies.values()}
    print(
        f"B3: 20 replies under way, ended after {took:.1f} s with {code}, {statuses}, lost {lost}, twice {twice}, "
        f"{max(missing):.0f} ms of text missing"
    )
    assert (statuses, lost, twice, max(missing)) == ({"INTERRUPTED"}, 0, 0, 0)


# B4, A2, A18 ----------------------------------------------------------------------------------------------------------


async def test_b4_whoever_comes_back_has_every_word_once() -> None:
    async with town() as here, here.browser() as client:
        said = await asyncio.gather(*[here.say(client, f"{number}", SOON) for number in range(10)])
        pages = await asyncio.gather(*[_followed(client, each) for each in said])
        replies = await replies_of(here)
    turns = sum(count for _, count in pages)
    wrong = [each for each, (page, _) in zip(said, pages, strict=True) if page.at != len(replies[each.reply][1])]
    texts = {page.html for page, _ in pages}
    print(f"B4: {turns} times gone and come back over {len(said)} replies, {len(wrong)} wrong, {len(texts)} texts")
    assert turns >= 100
    assert (wrong, len(texts)) == ([], 1)


async def _followed(client: httpx2.AsyncClient, said: Said) -> tuple[Page, int]:
    """Follow a reply to its end, leaving and coming back all the time."""
    page, count = Page(), 0
    while True:
        count += 1
        headers = {"last-event-id": str(page.at)} if page.at else {}
        patience = random.random() * 0.25
        with suppress(TimeoutError):
            async with asyncio.timeout(patience), client.stream("GET", said.events, headers=headers) as stream:
                async for event in _events(stream):
                    if event.startswith("event: done"):
                        return page, count
                    page.take(event.encode())


async def test_a2_a_stranger_is_told_that_there_is_nothing_on_connecting_and_on_coming_back() -> None:
    async with town() as here, here.browser() as client:
        said = await here.say(client, "hello")
        async with here.browser(cookie=await here.stranger()) as stranger:
            for headers in ({}, {"last-event-id": "5"}):
                assert (await stranger.get(said.events, headers=headers)).status_code == 404
            assert (await stranger.get(f"{said.talk}/events")).status_code == 404
        async with httpx2.AsyncClient(base_url=client.base_url) as nobody:
            assert (await nobody.get(said.events)).status_code in (303, 401)


@pytest.mark.parametrize("how", ["sign-out", "deactivated"])
async def test_a18_a_stream_ends_with_the_sign_in_that_opened_it(how: str) -> None:
    async with town() as here, here.browser() as client, here.browser() as other:
        said = await here.say(client, "hello", LASTING)
        begun = 0.0
        async with asyncio.timeout(30), client.stream("GET", said.events) as stream:
            async for _ in _events(stream):
                if not begun:
                    begun = asyncio.get_running_loop().time()
                    if how == "sign-out":
                        assert (await other.post("/sign-out")).status_code == 303
                    else:
                        await here.rows("update users set is_active = false, deactivated_at = now()")
        took = asyncio.get_running_loop().time() - begun
        status = (await replies_of(here))[said.reply][0]
        print(f"A18: a stream ended {took:.1f} s after {how}; the reply was {status}")
        assert status == "STREAMING"
