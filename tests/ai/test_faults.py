"""A service that hangs, stalls, breaks off or never ends: every case is over in time, and keeps what came."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil
import pytest

from app.ai.endpoint import Endpoint
from app.ai.failures import CUT_AT_ONCE, NO_NAME, UNSAFE, CutOff
from app.ai.patience import PATIENCE, Patience
from app.ai.question import Image, Turn
from app.ai.upstream import ask
from app.core import clock
from tests.ai.asking import QUESTION, QUICK, Heard, heard
from tests.ai.upstream import Call, Script, after, chunk, cut, endless, forever, reset, scripted, stall, tokens
from tests.certificate import self_signed, served_with

pytestmark = pytest.mark.usefixtures("hung_up")
GRACE: Final = 2.0


async def _silent_head(call: Call) -> None:
    await call.begin()
    await forever(call)


async def _only_comments(call: Call) -> None:
    await call.begin()
    while True:
        await call.write(b": still here\n\n")
        await asyncio.sleep(0.05)


async def _half_an_event(call: Call) -> None:
    await call.say("one ")
    await call.write(b'data: {"choices":[{"delta":{"cont')
    await call.cut()


async def _half_a_character(call: Call) -> None:
    await call.say("one ")
    await call.write(b'data: {"choices":[{"delta":{"content":"\xf0\x9f')
    await call.cut()


async def _bad_frame(call: Call) -> None:
    await call.say("one ")
    await asyncio.sleep(0.05)
    await call.raw(b"zzz\r\nnot a chunk\r\n")
    await forever(call)


CASES: Final[dict[str, tuple[Script, str, str, float]]] = {  # script, class, what is kept of it, seconds until then
    "first byte never": (forever, "Silent", "", QUICK.first),
    "a head and nothing else": (_silent_head, "Silent", "", QUICK.first),
    "comments and nothing else": (_only_comments, "Silent", "", QUICK.total),
    "stall in the middle": (stall(3), "Stalled", "word0 word1 word2 ", QUICK.idle),
    "cut between events": (cut(3), "CutOff", "word0 word1 word2 ", 0),
    "cut within an event": (after(0, _half_an_event), "CutOff", "one ", 0),
    "cut within a character": (after(0, _half_a_character), "CutOff", "one ", 0),
    "cut at once": (Call.cut, "CutOff", "", 0),
    "reset at once": (Call.reset, "CutOff", "", 0),
    "reset in the middle": (reset(3), "CutOff", "", 0),  # which may overtake what was sent before it
    "broken framing": (after(0, _bad_frame), "Stalled", "one ", QUICK.idle),
    "endless at full speed": (endless(), "Endless", "more " * 20, QUICK.total),
    "endless and slow": (endless(0.05), "Endless", "more ", QUICK.total),
}


async def _in_time(endpoint: Endpoint, bound: float, patience: Patience = QUICK) -> tuple[Heard, float]:
    start = clock.monotonic()
    async with asyncio.timeout(bound + GRACE):
        answer = await heard(endpoint, patience=patience)
    return answer, clock.since(start) - bound


async def test_b6_every_case_is_over_in_time_keeps_what_came_and_leaves_no_socket_open() -> None:
    wrong, latest, left_open = [], 0.0, 0
    for name, (script, kind, kept, bound) in CASES.items():
        async with scripted(script) as service:
            answer, late = await _in_time(service.endpoint, bound)
            await _quiet(service.is_quiet)
            left_open += service.open
        latest = max(latest, late)
        wrong += [] if answer.kind == kind and answer.text.startswith(kept) else [(name, answer)]
    print(f"B6: {len(CASES) - len(wrong)} of {len(CASES)} cases, at most {latest:.2f} s late, {left_open} sockets open")
    assert wrong == []
    assert left_open == 0


async def _quiet(is_quiet: Callable[[], bool]) -> None:
    """Give the other side a moment to notice."""
    for _ in range(100):
        if not is_quiet():
            await asyncio.sleep(0.01)


async def test_b6_a_slow_model_is_heard_out() -> None:
    async with scripted(tokens(6, every=QUICK.idle * 0.6)) as service:
        answer = await heard(service.endpoint, patience=replace(QUICK, total=30))
    assert (answer.text.split()[-1], answer.failure) == ("word5", None)


async def test_b6_signs_of_life_are_enough_until_the_first_word() -> None:
    async def thinking(call: Call) -> None:
        await call.begin()
        for _ in range(6):
            await call.write(b": processing\n\n")
            await asyncio.sleep(QUICK.first * 0.5)
        await call.say("Done.")
        await call.event(chunk("stop"))
        await call.end()

    async with scripted(thinking) as service:
        assert (await heard(service.endpoint, patience=replace(QUICK, total=30))).text == "Done."


async def test_b6_what_arrived_before_the_cut_is_read_even_by_a_slow_reader() -> None:
    async with scripted(cut(50)) as service, aclosing(ask(service.endpoint, QUESTION, QUICK)) as pieces:
        text = (await anext(pieces)).text
        await asyncio.sleep(0.1)
        with pytest.raises(CutOff):
            while True:
                text += (await anext(pieces)).text
    assert text.split()[-1] == "word49"


async def test_b6_an_answer_that_did_not_begin_says_so() -> None:
    async with scripted(Call.cut) as service:
        assert str((await heard(service.endpoint)).failure) == CUT_AT_ONCE


async def test_b6_a_document_that_is_cut_is_no_garbage() -> None:
    async def half(call: Call) -> None:
        await call.begin(200, "application/json")
        await call.write(b'{"choices": [{"message": {"content": "Some')
        await call.cut()

    async with scripted(half) as service:
        assert (await heard(service.endpoint)).kind == "CutOff"


async def test_b6_an_answer_may_have_so_many_characters() -> None:
    async with scripted(endless()) as service:
        answer = await heard(service.endpoint, patience=replace(QUICK, most_chars=1_000))
    assert (answer.kind, len(answer.text)) == ("Endless", 1_000)


# Before there is a connection -----------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _trusted(url: str) -> Endpoint:
    return Endpoint("Nobody", url, "sk-nobody", trusted=True)


async def test_b6_a_port_that_nobody_listens_at_is_tried_three_times() -> None:
    answer, late = await _in_time(_trusted(f"http://127.0.0.1:{_free_port()}/v1"), 0)
    print(f"B6: a refused connection is told after {late:.2f} s")
    assert answer.kind == "Refused"


async def test_b6_a_service_that_is_just_starting_is_waited_for() -> None:
    port = _free_port()
    asking = asyncio.create_task(
        heard(_trusted(f"http://127.0.0.1:{port}/v1"), patience=replace(QUICK, longest_pause=1))
    )
    await asyncio.sleep(0.1)
    async with scripted(port=port):
        assert (await asking).failure is None


async def test_b6_a_name_that_does_not_exist_is_said_to() -> None:
    answer, _ = await _in_time(_trusted("http://nowhere.invalid/v1"), QUICK.connect)
    assert (answer.kind, str(answer.failure)) == ("Away", NO_NAME)


@contextmanager
def _full() -> Iterator[int]:
    """A port whose queue is full, so that whoever comes next waits for ever."""
    with socket.socket() as server, ExitStack() as waiting:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = int(server.getsockname()[1])
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(("127.0.0.1", port))
        yield port


async def test_b6_a_connection_that_hangs_is_given_up() -> None:
    with _full() as port:
        answer, late = await _in_time(_trusted(f"http://127.0.0.1:{port}/v1"), QUICK.connect)
    print(f"B6: a connection that hangs is given up {late:.2f} s late")
    assert answer.kind == "Away"


async def test_b6_a_service_that_does_not_even_read_is_let_go() -> None:
    deaf = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined] # a socket's
        await deaf.wait()
        writer.close()

    image = Image("image/png", b"x" * 20_000_000)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    question = replace(QUESTION, turns=(Turn("user", "", (image,)),))
    async with server:
        answer = await heard(_trusted(f"http://127.0.0.1:{port}/v1"), question)
        await _quiet(lambda: _connections(port) == 0)
        left_open = _connections(port)
        deaf.set()
    assert (answer.kind, left_open) == ("Silent", 0)


def _connections(port: int) -> int:
    """Those that have another end there."""
    return sum(bool(each.raddr) and each.raddr[1] == port for each in psutil.Process().net_connections("tcp4"))


async def test_b6_a_service_without_a_certificate_to_trust_is_not_told_the_key(tmp_path: Path) -> None:
    async with scripted(tls=served_with(self_signed(tmp_path))) as service:
        answer, _ = await _in_time(service.endpoint, QUICK.connect)
    assert (answer.kind, str(answer.failure), service.requests) == ("NotReachable", UNSAFE, [])


async def test_b6_the_patience_of_everyday_is_what_was_promised() -> None:
    assert (PATIENCE.connect, PATIENCE.first, PATIENCE.idle, PATIENCE.total) == (5, 30, 30, 600)
    assert (PATIENCE.most_chars, PATIENCE.tries, PATIENCE.longest_pause) == (400_000, 3, 20)
