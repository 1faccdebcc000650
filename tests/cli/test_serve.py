"""The server as a person runs it: a process with all that it needs, which ends with it, however it ends."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from app.core.clock import monotonic
from tests.cli.machine import COMMAND, Machine

PATIENCE_S = 60
ROOT = Path(__file__).parents[2]


class Running:
    """`commonplace` in a process of its own."""

    def __init__(self, data: Path, *options: str, **variables: str) -> None:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("COMMONPLACE_", "DATABASE_"))
        }
        given = {"COMMONPLACE_PROFILE": "test", **variables}
        self.said = data.parent / f"{data.name}.log"
        with self.said.open("w") as out:
            command = [COMMAND, "--data", str(data), "--port", "0", *options]
            self.process = subprocess.Popen(
                command, cwd=data.parent, env=clean | given, stdout=out, stderr=out, process_group=0
            )

    def text(self) -> str:
        return self.said.read_text()

    def port(self) -> int:
        """The port, as soon as people can come in."""
        until(lambda: "Ctrl+C" in self.text() or self.process.poll() is not None)
        found = re.search(r"^Commonplace \S+ on http://127\.0\.0\.1:(\d+)/$", self.text(), re.MULTILINE)
        assert found, self.text()
        return int(found[1])

    def get(self, path: str = "/health/ready") -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}{path}", timeout=PATIENCE_S) as answer:
            status: int = answer.status
            return status

    def family(self) -> list[psutil.Process]:
        return living(psutil.Process(self.process.pid).children(recursive=True))

    def workers(self) -> set[int]:
        """Those that were started by our own program, as PostgreSQL's own children are not."""
        return {each.pid for each in living(psutil.Process(self.process.pid).children()) if _is_worker(each)}

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


def living(family: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; who has ended and waits to be buried is gone."""
    return [each for each in family if _lives(each)]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "app.web.worker" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def until(holds: Callable[[], object]) -> None:
    deadline = monotonic() + PATIENCE_S
    while not holds():
        assert monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextmanager
def running(data: Path, *options: str, **variables: str) -> Iterator[Running]:
    server = Running(data, *options, **variables)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end()


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """Where a database is made by the first test, and found by every other."""
    with tempfile.TemporaryDirectory(prefix="commonplace-serve-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


def test_any_free_port_is_taken_and_told(data: Path) -> None:
    with running(data) as server:
        assert server.port() > 0
        assert server.get() == 200
        assert f"http://127.0.0.1:{server.port()}/sign-in/link/" in server.text()
        assert server.end() == 0


def test_a_second_command_shares_the_database_of_a_running_server(data: Path) -> None:
    with running(data) as server:
        server.port()
        status = Machine(data).types("migrate", "status")
        planted = Machine(data).types("seed")
        assert (status.returncode, status.stderr) == (0, "")
        assert (planted.returncode, planted.stderr) == (0, "")
        assert server.get() == 200


def test_several_workers_serve_and_leave_nothing_behind(data: Path) -> None:
    with running(data, "--workers", "2") as server:
        assert server.get() == 200
        workers, family = server.workers(), server.family()
        assert len(workers) == 2
        assert server.end() == 0
    assert not living(family)


def test_a_changed_file_starts_the_server_again(data: Path) -> None:
    with running(data, "--reload") as server:
        assert server.get() == 200
        before = server.workers()
        assert len(before) == 1
        os.utime(ROOT / "app" / "__init__.py")
        until(lambda: server.workers() and server.workers().isdisjoint(before))
        assert server.get() == 200  # whoever comes meanwhile waits for the new one
        assert server.end() == 0


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "with workers"])
def test_a_server_that_is_killed_leaves_no_database_running(data: Path, options: tuple[str, ...]) -> None:
    with running(data, *options) as server:
        assert server.get() == 200
        family = server.family()
        assert any(each.name() == "postgres" for each in family)
        server.end(signal.SIGKILL)
        until(lambda: not living(family))
    with running(data) as again:
        assert again.get() == 200


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_a_server_that_is_told_to_end_while_it_starts_leaves_nothing_behind(
    number: signal.Signals, code: int, data: Path
) -> None:
    server = Running(data)
    until(server.family)  # the database begins to start, and a while later the server will
    family = server.family()
    assert (server.end(number), server.text()) == (code, "")
    until(lambda: not living(family))


def test_a_database_that_is_away_is_told_in_a_sentence(data: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://u:p@127.0.0.1:{nobody.getsockname()[1]}/d"
        for options in ((), ("--workers", "2")):
            told = {"DATABASE_URL": url, "COMMONPLACE_SECRET": "x" * 40}
            run = Machine(data).types("--port", "0", *options, **told)
            assert run.returncode == 1
            assert run.stderr.startswith("commonplace: ")
            assert "Traceback" not in run.stderr
            assert "u:p" not in run.stderr
