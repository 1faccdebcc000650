"""A service that is away is not asked over and over, and is found again soon."""

import asyncio
from collections.abc import Callable

import pytest

from app.ai import breaker
from app.ai.breaker import BETWEEN_PROBES, FAILURES, WITHIN, Breaker
from app.ai.failures import Away, Broken, KeyRefused, UpstreamFailure
from app.ai.upstream import models
from app.core import clock
from tests.ai.asking import heard
from tests.ai.upstream import in_turn, scripted, stall, status, tokens

Turn = Callable[[float], None]


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Turn:
    """Let so many seconds go by."""
    gone, true = [0.0], clock.monotonic
    monkeypatch.setattr(clock, "monotonic", lambda: true() + gone[0])

    def forward(seconds: float) -> None:
        gone[0] += seconds

    return forward


def failing(guard: Breaker, failure: UpstreamFailure, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(type(failure)), guard.watching():
            raise failure


async def test_b8_a_service_that_fails_is_left_alone_and_found_again_soon_after_it_heals(turn: Turn) -> None:
    async with scripted(status(500)) as service:
        while not breaker.of(service.endpoint.host).is_open:
            assert (await heard(service.endpoint)).kind == "Broken"
        before, failed_fast = len(service.requests), 0
        for _ in range(300):  # five minutes, a question every second
            turn(1)
            failed_fast += (await heard(service.endpoint)).kind == "Away"
        while_open = len(service.requests) - before
        service.script = tokens(1)
        waited = 0
        while (await heard(service.endpoint)).failure is not None:
            turn(1)
            waited += 1
        everybody = await asyncio.gather(*(heard(service.endpoint) for _ in range(10)))
    print(f"B8: open after {before} requests, {while_open} in 300 s while open, back {waited} s after it healed")
    assert before == FAILURES
    assert while_open <= 300 / BETWEEN_PROBES
    assert failed_fast == 300 - while_open
    assert waited <= 15
    assert {answer.kind for answer in everybody} == {""}


async def test_b8_a_failure_while_open_asks_nobody_and_says_when_to_come_back(turn: Turn) -> None:
    async with scripted(status(500)) as service:
        for _ in range(2):
            await heard(service.endpoint)
        turn(4)
        before = service.connections
        answer = await heard(service.endpoint)
        with pytest.raises(Away):
            await models(service.endpoint)
    assert (answer.kind, service.connections) == ("Away", before)
    assert 1 <= getattr(answer.failure, "retry_after", 0) <= BETWEEN_PROBES


async def test_b8_one_service_away_does_not_touch_another() -> None:
    async with scripted(status(500)) as one, scripted(tokens(1)) as other:
        for _ in range(3):
            await heard(one.endpoint)
        assert (await heard(one.endpoint)).kind == "Away"
        assert (await heard(other.endpoint)).failure is None


async def test_b8_what_stalls_in_the_middle_counts_until_something_is_said_again() -> None:
    async with scripted(in_turn(*[stall(1)] * 6, tokens(1))) as service:
        kinds = [(await heard(service.endpoint)).kind for _ in range(7)]
    assert kinds == ["Stalled"] * 6 + [""]  # each began, so the service is there


async def test_b8_of_many_who_wait_for_a_probe_one_is_it(turn: Turn) -> None:
    async with scripted(status(503)) as service:
        for _ in range(2):
            await heard(service.endpoint)
        before = len(service.requests)
        turn(BETWEEN_PROBES + 1)
        await asyncio.gather(*(heard(service.endpoint) for _ in range(20)))
    assert len(service.requests) == before + 1


async def test_b8_a_probe_that_is_stopped_does_not_bar_the_way_for_ever(turn: Turn) -> None:
    async with scripted(status(503)) as service:
        for _ in range(2):
            await heard(service.endpoint)
        service.script = stall(0)
        turn(BETWEEN_PROBES + 1)
        probe = asyncio.create_task(heard(service.endpoint))
        await asyncio.sleep(0.1)
        probe.cancel()
        service.script = tokens(1)
        turn(BETWEEN_PROBES + 1)
        assert (await heard(service.endpoint)).failure is None


def test_b8_it_opens_after_five_failures_in_half_a_minute_and_not_after_four(turn: Turn) -> None:
    guard = Breaker("model:1")
    failing(guard, Broken(), FAILURES - 1)
    guard.check()
    failing(guard, Broken())
    with pytest.raises(Away):
        guard.check()


def test_b8_failures_far_apart_do_not_open_it(turn: Turn) -> None:
    guard = Breaker("model:1")
    for _ in range(20):
        failing(guard, Broken())
        turn(WITHIN / (FAILURES - 1) + 1)
    assert not guard.is_open


def test_b8_a_refusal_is_an_answer(turn: Turn) -> None:
    guard = Breaker("model:1")
    for _ in range(10):
        failing(guard, Broken(), FAILURES - 1)
        failing(guard, KeyRefused())
    assert not guard.is_open


def test_b8_a_probe_that_fails_leaves_it_open(turn: Turn) -> None:
    guard = Breaker("model:1")
    failing(guard, Broken(), FAILURES)
    turn(BETWEEN_PROBES)
    guard.check()
    failing(guard, Broken())
    with pytest.raises(Away):
        guard.check()


def test_b8_no_more_hosts_are_remembered_than_a_thousand() -> None:
    first = breaker.of("first:1")
    for number in range(1_000):
        breaker.of(f"host-{number}:1")
    assert breaker.of("host-999:1") is breaker.of("host-999:1")
    assert breaker.of("first:1") is not first


def test_b8_the_log_says_when_it_goes_and_comes_back(caplog: pytest.LogCaptureFixture, turn: Turn) -> None:
    guard = Breaker("model:1")
    failing(guard, Broken(), FAILURES)
    turn(BETWEEN_PROBES)
    guard.answered()
    told = [record.getMessage() for record in caplog.records]
    assert told == ["model:1 does not answer; questions to it fail fast until it does", "model:1 answers again"]
