"""The product as a user starts it, for a benchmark: a process, signed in to."""

import contextlib
import http.client
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
COMMAND = [str(Path(sys.executable).with_name("commonplace"))]


@dataclass
class House:
    """A running server."""

    process: "subprocess.Popen[str]"
    port: int
    link: str
    ready_after: float
    cookie: str = ""
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, path: str, *, method: str = "GET", body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        """One request on a connection that stays."""
        known = {"cookie": self.cookie} if self.cookie else {}
        self._let_go_of_what_ended()
        self.connection.request(method, path, body.encode(), {**known, **headers})
        answer = self.connection.getresponse()
        text = answer.read().decode(errors="replace")
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    def _let_go_of_what_ended(self) -> None:
        """The server hangs up on a connection that was idle for a while; the next request opens another."""
        sock = self.connection.sock
        if sock is not None and select.select([sock], [], [], 0)[0]:
            self.connection.close()

    def sign_in(self) -> None:
        """Use the link of the console, as the first person does."""
        path = "/" + self.link.split("/", 3)[3]
        _, headers, page = self.ask(path)
        self.cookie = headers["set-cookie"].split(";")[0]
        token = re.findall(r'name="_csrf" value="([^"]+)"', page)[0]
        form = {"content-type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", path, f"_csrf={token}", {"cookie": self.cookie, **form})
        answer = self.connection.getresponse()
        answer.read()
        cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        self.cookie = next(cookie for cookie in cookies if cookie.startswith("session="))

    def cpu(self) -> float:
        """Seconds of CPU that the app's process has used."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def resident(self) -> float:
        """Megabytes in memory of the app's process."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def proportional(self) -> float:
        """Megabytes of the database's processes, shared pages split among them."""
        return sum(each.memory_full_info().pss for each in self.databases()) / 1e6

    def databases(self) -> list[psutil.Process]:
        """The processes of its database."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [each for each in below if _is_database(each)]


def _is_database(process: psutil.Process) -> bool:
    try:
        return process.name() == "postgres"
    except psutil.NoSuchProcess:
        return False


@contextmanager
def house(data: Path, *options: str, **variables: str) -> Iterator[House]:
    """Start the command, wait for its link and its first answer, and end it in the end."""
    alone = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    alone |= {"COMMONPLACE_METRICS": "open", "COMMONPLACE_FIND_LOCAL_MODELS": "no"}
    environment = {**alone, **variables}
    start = time.perf_counter()
    command = [*COMMAND, "--data", str(data), "--port", "0", *options]
    process = subprocess.Popen(command, cwd=data.parent, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        link = _link(process)
        port = int(link.split(":")[2].split("/")[0])
        here = House(process, port, link, 0.0)
        here.ask("/sign-in")
        here.ready_after = time.perf_counter() - start
        with contextlib.closing(here.connection):
            yield here
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def _link(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "/sign-in/link/" in line:
            return line.strip()
    raise RuntimeError("The server ended before it was ready")


@contextmanager
def scratch() -> Iterator[Path]:
    """A place that the database may use, also when root starts it."""
    folder = Path(tempfile.mkdtemp(prefix="commonplace-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
