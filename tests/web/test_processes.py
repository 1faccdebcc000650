"""The server as processes: how it ends, how workers are replaced, and that nobody is refused meanwhile."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.core.clock import monotonic
from tests.web.process import PATIENCE_S, rest_of, served


def _until(holds: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE_S
    while not holds():
        assert monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_b3_twenty_open_streams_end_cleanly_when_the_server_is_told_to_end() -> None:
    with served("tiny", "0") as server:
        streams = [server.open("/stream") for _ in range(20)]
        heard = [stream.recv(4096) for stream in streams]
        begun = monotonic()
        code = server.end()
        took = monotonic() - begun
        rest = [rest_of(stream) for stream in streams]
        for stream in streams:
            stream.close()
        errors = server.errors()
    assert all(b"200 OK" in each for each in heard)
    assert all(each.endswith(b"data: ended\n\n\r\n0\r\n\r\n") for each in rest)
    assert (code, errors) == (0, "")
    sys.stdout.write(f"B3: 20 streams ended cleanly, exit {code} after {took:.2f} s\n")


def test_b3_what_runs_is_answered_and_who_comes_later_is_refused() -> None:
    with served("tiny", "0") as server:
        running = server.open("/slow")
        time.sleep(0.1)
        server.process.send_signal(signal.SIGINT)
        _until(lambda: _is_refused(server.port))
        assert rest_of(running).endswith(b"hello")
        running.close()
        assert server.process.wait(PATIENCE_S) == 0


def _is_refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_b3_what_does_not_end_is_cut_off() -> None:
    with served("stuck", "0") as server:
        stream = server.open("/")
        stream.recv(4096)
        assert server.end() == 0
        stream.close()
        errors = server.errors()
    assert "cut off" in errors
    assert "Traceback" not in errors


def test_a_second_signal_ends_it_at_once() -> None:
    with served("patient", "0") as server:
        stream = server.open("/")
        stream.recv(4096)
        server.process.send_signal(signal.SIGTERM)
        _until(lambda: _is_refused(server.port))
        assert server.end(signal.SIGINT) == 128 + signal.SIGINT
        stream.close()


def test_b25_a_second_server_on_the_same_port_says_so_in_one_sentence() -> None:
    with served("tiny", "0") as first, served("tiny", str(first.port)) as second:
        assert second.process.wait(PATIENCE_S) == 2
        assert second.errors() == (
            f"Port {first.port} on 127.0.0.1 is taken: Commonplace or another program runs there already. "
            "Stop it, or choose another port with --port.\n"
        )


def test_a_worker_that_is_killed_is_replaced_and_nobody_is_refused() -> None:
    with served("workers", "0") as server:
        killed = server.worker()
        os.kill(killed, signal.SIGKILL)
        _until(lambda: _is_gone(killed))
        assert {server.worker() for _ in range(20)}.isdisjoint({killed})
        assert server.end() == 0


def test_workers_end_with_their_parent_when_it_is_told() -> None:
    with served("workers", "0") as server:
        stream = server.open("/stream")
        stream.recv(4096)
        workers = {server.worker() for _ in range(20)}
        assert server.end() == 0
        assert rest_of(stream).endswith(b"data: ended\n\n\r\n0\r\n\r\n")
        stream.close()
        assert all(_is_gone(worker) for worker in workers)


def test_ctrl_c_in_a_terminal_reaches_the_workers_once() -> None:
    with served("workers", "0") as server:
        running = server.open("/slow")
        time.sleep(0.1)
        os.killpg(server.process.pid, signal.SIGINT)  # as a terminal does
        assert rest_of(running).endswith(b"hello")
        running.close()
        assert server.process.wait(PATIENCE_S) == 0


def test_workers_end_when_their_parent_was_killed() -> None:
    with served("workers", "0") as server:
        workers = {server.worker() for _ in range(20)}
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
        _until(lambda: all(_is_gone(worker) for worker in workers))


def test_workers_that_cannot_start_end_the_parent_with_their_code() -> None:
    with served("failing", "0") as server:
        assert server.process.wait(PATIENCE_S) == 7


def test_a_changed_file_renews_the_server_and_the_port_stays_open(tmp_path: Path) -> None:
    with served("workers", "0", str(tmp_path)) as server:
        before = server.worker()
        (tmp_path / "changed.py").write_text("")
        _until(lambda: server.worker() != before)  # each of these asks is answered, none refused
        assert _is_gone(before)
        assert server.end() == 0
