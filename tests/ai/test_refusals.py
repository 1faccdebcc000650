"""What services answer in place of an answer: told in our words, tried again only where that may help."""

import re
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from app.ai import failures
from app.ai.failures import UpstreamFailure, of_status
from app.core import clock
from tests.ai.asking import QUICK, heard
from tests.ai.upstream import KEY, Call, body, in_turn, scripted, status, tokens

CLASSES = {  # status: what it is called, and how many requests it takes to believe it
    400: ("QuestionRefused", 1),
    401: ("KeyRefused", 1),
    403: ("KeyRefused", 1),
    404: ("ModelUnknown", 1),
    408: ("Broken", 3),
    429: ("Busy", 3),
    500: ("Broken", 3),
    502: ("Broken", 3),
    503: ("Broken", 3),
}
LEAK = f"secret words of the service, {KEY}, http://10.0.0.1/internal"


def everyone() -> list[type[UpstreamFailure]]:
    return [UpstreamFailure, *UpstreamFailure.__subclasses__(), failures.TooLong, failures.Refused]


def chain(failure: BaseException | None) -> str:
    """Everything that a log could write of it."""
    told = ""
    while failure is not None:
        told += f"{failure!r} {failure} {vars(failure)}"
        failure = failure.__cause__ or failure.__context__
    return told


async def test_b5_every_status_has_a_name_and_a_sentence_and_is_believed_in_time() -> None:
    typed = []
    for code, expected in CLASSES.items():
        async with scripted(status(code, LEAK)) as service:
            answer = await heard(service.endpoint)
        assert answer.failure is not None
        assert answer.pieces == []
        assert not re.search(r"secret words|sk-|10\.0\.0\.1", chain(answer.failure))
        typed += [code] if (answer.kind, len(service.requests)) == expected else []
    print(f"B5: {len(typed)} of {len(CLASSES)} statuses have their class, with three requests at most")
    assert typed == list(CLASSES)


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
async def test_b5_what_passes_is_tried_again_and_nobody_notices(code: int) -> None:
    async with scripted(in_turn(status(code), status(code), tokens(3))) as service:
        answer = await heard(service.endpoint)
    assert (answer.text, answer.failure, len(service.requests)) == ("word0 word1 word2 ", None, 3)


async def test_b5_so_is_an_error_within_the_stream_before_its_first_word() -> None:
    overloaded = b'data: {"error": {"code": 503, "message": "overloaded"}}\n\n'
    async with scripted(in_turn(body(overloaded), tokens(1))) as service:
        answer = await heard(service.endpoint)
    assert (answer.text, len(service.requests)) == ("word0 ", 2)


async def test_b5_after_the_first_word_nothing_is_asked_twice() -> None:
    begun = b'data: {"choices": [{"delta": {"content": "Well"}}]}\n\ndata: {"error": {"code": 503}}\n\n'
    async with scripted(body(begun)) as service:
        answer = await heard(service.endpoint)
    assert (answer.text, answer.kind, len(service.requests)) == ("Well", "Broken", 1)


def test_b5_every_failure_has_a_code_of_its_own_and_no_status_that_means_our_fault() -> None:
    kinds = everyone()
    assert len({kind.code for kind in kinds}) == len(kinds) - 1  # nobody at the door is a kind of away
    assert {kind.status for kind in kinds} == {400, 502, 503, 504}
    assert len({kind.sentence for kind in kinds}) == len(kinds)


# How long to wait -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["1", "0.9", "date"])
async def test_b5_a_service_that_says_when_is_asked_again_then_and_not_before(wish: str) -> None:
    in_two_seconds = format_datetime(
        clock.now() + timedelta(seconds=2), usegmt=True
    )  # whole ones: one is left at least
    wish = wish.replace("date", in_two_seconds)
    async with scripted(in_turn(status(429, retry_after=wish), tokens(1))) as service:
        answer = await heard(service.endpoint, patience=replace(QUICK, longest_pause=20))
    first, second = service.requests
    assert answer.failure is None
    assert second.at - first.at > 0.8


@pytest.mark.parametrize("wish", ["21", "3600", "Fri, 31 Dec 2100 23:59:59 GMT", "1e9"])
async def test_b5_a_service_that_asks_for_too_much_is_given_up_with_its_wish(wish: str) -> None:
    async with scripted(status(429, retry_after=wish)) as service:
        answer = await heard(service.endpoint, patience=replace(QUICK, longest_pause=20))
    assert (answer.kind, len(service.requests)) == ("Busy", 1)
    assert getattr(answer.failure, "retry_after", 0) >= 21


@pytest.mark.parametrize("wish", ["soon", "", "-5", "nan", "inf", "Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999"])
async def test_b5_a_wish_that_means_nothing_is_none(wish: str) -> None:
    async with scripted(in_turn(status(503, retry_after=wish), tokens(1))) as service:
        assert (await heard(service.endpoint)).failure is None


# What it means --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "told", "expected"),
    [
        (400, "This model's maximum context length is 8192 tokens", "TooLong"),
        (400, '{"code": "context_length_exceeded"}', "TooLong"),
        (400, "the request exceeds the available context size", "TooLong"),
        (400, "prompt is too long: 215000 tokens > 200000 maximum", "TooLong"),
        (413, "", "TooLong"),
        (422, "messages: field required", "QuestionRefused"),
        (400, "API key not valid. Please pass a valid API key.", "KeyRefused"),
        (400, "Incorrect API key provided", "KeyRefused"),
        (400, "no-such-model is not a valid model ID", "ModelUnknown"),
        (404, 'model "llama9" not found, try pulling it first', "ModelUnknown"),
        (402, "", "OutOfCredit"),
        (429, '{"code": "insufficient_quota"}', "OutOfCredit"),
        (429, "Rate limit reached; your context is fine", "Busy"),
        (405, "", "ModelUnknown"),
        (418, "", "QuestionRefused"),
        (529, "overloaded", "Broken"),
        (501, "", "Broken"),
    ],
)
def test_services_say_the_same_in_many_ways(code: int, told: str, expected: str) -> None:
    assert type(of_status(code, told)).__name__ == expected


async def test_an_account_without_credit_is_not_asked_again() -> None:
    async with scripted(status(429, "You exceeded your quota: insufficient_quota")) as service:
        answer = await heard(service.endpoint)
    assert (answer.kind, len(service.requests)) == ("OutOfCredit", 1)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a9_a_redirect_is_not_followed(code: int) -> None:
    async with scripted() as other, scripted(status(code, location=other.endpoint.url("chat/completions"))) as service:
        answer = await heard(service.endpoint)
    assert (answer.kind, str(answer.failure), other.connections) == ("NotReachable", failures.MOVED, 0)


@pytest.mark.parametrize("code", [201, 202, 206])
async def test_a_success_of_another_kind_is_no_answer(code: int) -> None:
    async with scripted(status(code)) as service:
        assert (await heard(service.endpoint)).kind == "Garbled"


async def test_a_refusal_that_never_ends_is_read_in_part() -> None:
    async def script(call: Call) -> None:
        await call.begin(400)
        while True:
            await call.write(b"context length " * 1000)

    async with scripted(script) as service:
        assert (await heard(service.endpoint)).kind == "TooLong"


async def test_the_log_says_where_and_what_kind_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with scripted(status(500, LEAK)) as service:
        await heard(service.endpoint)
        host = service.endpoint.host
    told = [record.getMessage() for record in caplog.records if record.name == "commonplace.ai"]
    assert told == [f"A question to {host} failed: MODEL_BROKEN, status 500"]
