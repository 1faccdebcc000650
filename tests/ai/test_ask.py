"""A question and its answer, over a real socket."""

import asyncio
import gc
from base64 import b64decode
from contextlib import aclosing
from dataclasses import replace
from subprocess import run
from sys import executable

import pytest

from app.ai.question import Image, Question, Turn
from app.ai.upstream import ask
from tests.ai.asking import QUESTION, QUICK, heard
from tests.ai.upstream import KEY, Call, after, body, chunk, endless, forever, in_turn, scripted, status, tokens, words


async def test_an_answer_comes_in_pieces_with_its_reason_and_its_bill() -> None:
    async with scripted(words("Well, ", "thanks ", "🌍", every=0.002, thoughts=("Hm. ", "A greeting."))) as upstream:
        answer = await heard(upstream.endpoint)
    assert (answer.text, answer.reasoning) == ("Well, thanks 🌍", "Hm. A greeting.")
    assert (answer.finish, answer.bill, answer.failure) == ("stop", (7, 3), None)
    assert len(answer.pieces) >= 5


async def test_a_piece_is_there_as_soon_as_it_was_sent() -> None:
    async with scripted(after(1, forever)) as upstream, aclosing(ask(upstream.endpoint, QUESTION)) as pieces:
        assert (await anext(pieces)).text == "word0 "


async def test_the_question_travels_as_the_protocol_wants_it() -> None:
    turns = (Turn("system", "Be brief."), Turn("user", "Hello"), Turn("assistant", "Hi"), Turn("user", "Well?"))
    async with scripted() as upstream:
        await heard(upstream.endpoint, Question("tokens-1", turns, temperature=0.0, most_tokens=50))
    (asked,) = upstream.requests
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.json == {
        "model": "tokens-1",
        "messages": [{"role": turn.role, "content": turn.text} for turn in turns],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "max_tokens": 50,
    }


async def test_wishes_that_nobody_has_are_not_sent() -> None:
    async with scripted() as upstream:
        await heard(replace(upstream.endpoint, key=""))
    assert set(upstream.requests[0].json) == {"model", "messages", "stream", "stream_options"}
    assert "authorization" not in upstream.requests[0].headers


async def test_pictures_travel_within_the_question() -> None:
    image = Image("image/png", b"\x89PNG" * 100_000)
    async with scripted() as upstream:
        await heard(upstream.endpoint, Question("tokens-1", (Turn("user", "What is it?", (image,)),)))
    text, picture = upstream.requests[0].json["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is it?"}
    kind, _, data = picture["image_url"]["url"].partition(";base64,")
    assert (kind, b64decode(data)) == ("data:image/png", image.data)


async def test_a_picture_may_come_without_a_word() -> None:
    async with scripted() as upstream:
        await heard(upstream.endpoint, Question("tokens-1", (Turn("user", "", (Image("image/png", b"x"),)),)))
    assert [part["type"] for part in upstream.requests[0].json["messages"][0]["content"]] == ["image_url"]


async def test_many_answers_at_once_do_not_mix() -> None:
    async with scripted() as upstream:
        questions = [Question(f"tokens-{count}-every-1ms", QUESTION.turns) for count in range(1, 41)]
        answers = await asyncio.gather(*(heard(upstream.endpoint, question) for question in questions))
    assert [answer.text.split()[-1] for answer in answers] == [f"word{number}" for number in range(40)]


# Stopping -------------------------------------------------------------------------------------------------------------


async def test_b4_to_close_the_answer_is_to_hang_up() -> None:
    async with scripted(endless(0.001)) as upstream:
        async with aclosing(ask(upstream.endpoint, QUESTION)) as pieces:
            await anext(pieces)
        async with asyncio.timeout(1):
            assert await upstream.requests[0].hung_up.wait()


@pytest.mark.parametrize("script", [forever, after(0, forever), after(3, forever), endless(0.001)])
async def test_b4_to_cancel_whoever_asks_is_to_hang_up(script: object) -> None:
    async with scripted(script) as upstream:  # type: ignore[arg-type]
        asking = asyncio.create_task(heard(upstream.endpoint))
        while not upstream.requests:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.02)
        asking.cancel()
        async with asyncio.timeout(1):
            await upstream.requests[0].hung_up.wait()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_b4_an_answer_that_nobody_wants_any_more_hangs_up() -> None:
    async with scripted(endless(0.001)) as upstream:
        pieces = ask(upstream.endpoint, QUESTION)
        await anext(pieces)
        del pieces
        gc.collect()
        async with asyncio.timeout(1):
            assert await upstream.requests[0].hung_up.wait()


async def test_a_reader_who_takes_time_loses_nothing_and_is_not_blamed() -> None:
    async with scripted(tokens(200, every=0.001)) as up, aclosing(ask(up.endpoint, QUESTION, QUICK)) as pieces:
        text = (await anext(pieces)).text
        await asyncio.sleep(QUICK.idle * 2)
        text += "".join([piece.text async for piece in pieces])
    assert len(text.split()) == 200


async def test_a_reader_who_takes_time_slows_the_writer_down() -> None:
    written = 0

    async def much(call: Call) -> None:
        nonlocal written
        while True:
            await call.say("x" * 10_000)
            written += 1

    async with scripted(after(0, much)) as upstream, aclosing(ask(upstream.endpoint, QUESTION)) as pieces:
        await anext(pieces)
        await asyncio.sleep(0.3)
        before = written
        await asyncio.sleep(0.2)
        assert written == before


# What a service declines ----------------------------------------------------------------------------------------------


def picky(*words: str) -> object:
    """Declines the first of these that it is sent, in OpenAI's way."""

    async def script(call: Call) -> None:
        wrong = next((word for word in words if word in call.asked.json), None)
        told = f"Unsupported parameter: '{wrong}' is not supported with this model."
        await (status(400, told) if wrong else tokens(3))(call)

    return script


async def test_what_a_service_declines_is_left_out_and_not_sent_again() -> None:
    async with scripted(picky("temperature", "stream_options")) as upstream:  # type: ignore[arg-type]
        question = replace(QUESTION, temperature=0.7)
        answers = [await heard(upstream.endpoint, question) for _ in range(2)]
    assert [answer.failure for answer in answers] == [None, None]
    assert len(upstream.requests) == 4
    assert not {"temperature", "stream_options"} & set(upstream.requests[-1].json)


async def test_the_newer_name_of_a_limit_is_tried_where_the_old_one_is_declined() -> None:
    async with scripted(picky("max_tokens")) as upstream:  # type: ignore[arg-type]
        answer = await heard(upstream.endpoint, replace(QUESTION, most_tokens=9))
    assert (answer.text.split()[-1], upstream.requests[-1].json["max_completion_tokens"]) == ("word2", 9)
    assert "max_tokens" not in upstream.requests[-1].json


async def test_a_limit_that_is_declined_under_both_names_is_left_out() -> None:
    async with scripted(picky("max_tokens", "max_completion_tokens")) as upstream:  # type: ignore[arg-type]
        answer = await heard(upstream.endpoint, replace(QUESTION, most_tokens=9))
    assert answer.failure is None
    assert len(upstream.requests) == 3


async def test_another_temperature_is_tried_again() -> None:
    async with scripted(picky("temperature")) as upstream:  # type: ignore[arg-type]
        for temperature in (0.7, 0.7, 0.2):
            await heard(upstream.endpoint, replace(QUESTION, temperature=temperature))
    assert ["temperature" in asked.json for asked in upstream.requests] == [True, False, False, True, False]


async def test_a_complaint_that_never_ends_is_a_refusal_after_three_attempts() -> None:
    told = "stream_options temperature max_tokens max_completion_tokens"
    async with scripted(status(400, told)) as upstream:
        answer = await heard(upstream.endpoint, replace(QUESTION, temperature=1.0, most_tokens=9))
    assert (answer.kind, len(upstream.requests)) == ("QuestionRefused", 3)


async def test_what_was_not_sent_is_not_left_out() -> None:
    async with scripted(in_turn(status(400, "temperature is too high"), tokens(1))) as upstream:
        answer = await heard(upstream.endpoint)
    assert (answer.kind, len(upstream.requests)) == ("QuestionRefused", 1)


async def test_a_bill_may_come_a_little_later_than_the_end() -> None:
    async with scripted(body(b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\n')) as upstream:
        answer = await heard(upstream.endpoint)
    assert (answer.finish, answer.bill, answer.failure) == ("stop", (None, None), None)


async def test_a_service_that_finishes_and_does_not_hang_up_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ai.stream._LINGER", 0.05)

    async def finish(call: Call) -> None:
        await call.event(chunk("stop"))
        await forever(call)

    async with scripted(after(2, finish)) as upstream:
        answer = await heard(upstream.endpoint, patience=replace(QUICK, idle=30, total=60))
        assert (answer.text, answer.finish, answer.failure) == ("word0 word1 ", "stop", None)


def test_the_heavy_client_is_not_loaded_at_start() -> None:
    code = "import sys, app.asgi, app.ai.upstream, app.ai.found; sys.exit('aiohttp' in sys.modules)"
    assert run([executable, "-c", code], check=False).returncode == 0


def test_a_session_is_not_carried_into_another_event_loop() -> None:
    """uvloop would end the process."""
    code = """if True:
        import uvloop
        from tests.ai.asking import heard
        from app.ai.endpoint import Endpoint
        for _ in range(2):
            answer = uvloop.run(heard(Endpoint("Nobody", "http://127.0.0.1:1/v1", trusted=True)))
            assert answer.kind == "Refused", answer
    """
    assert run([executable, "-c", code], check=False).returncode == 0
