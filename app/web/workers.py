"""Several server processes on one socket: started, watched, replaced when they die, ended together.

The socket belongs to this process and stays open, so nobody is refused while a worker is being replaced.
"""

import contextlib
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType

from app.core import clock, log
from app.web.lifeline import READY
from app.web.watch import Watch

_log = log.logger("app.web.workers")
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How the workers are treated."""

    longest_backoff_s: float = 30
    steady_s: float = 10  # a worker that lived so long did not die of its start
    drain_s: float = 15
    look_s: float = 0.5  # between two looks at the watched files


@dataclass(slots=True, eq=False)
class Worker:
    """One child process and our end of the line to it."""

    process: "subprocess.Popen[bytes]"
    line: socket.socket
    born: float = field(default_factory=clock.monotonic)
    is_ready: bool = False
    is_mute: bool = False


def workers(
    count: int,
    entry: tuple[str, ...],
    sockets: Sequence[socket.socket],
    *,
    on_ready: Callable[[], None] | None = None,
    watch: Watch | None = None,
    patience: Patience | None = None,
) -> int:
    """Keep `count` processes that run `entry`, until told to end; return the exit code.

    `entry` is "module:function" and its arguments; the function is called with the listening sockets and these, serves,
    and returns its exit code. With `watch`, workers are replaced when a watched file changes.
    """
    team = Supervisor(count, entry, sockets, watch, patience or Patience())
    with team.hearing_signals():
        return team.run(on_ready or (lambda: None))


class Supervisor:
    """The parent's whole work."""

    def __init__(
        self,
        count: int,
        entry: tuple[str, ...],
        sockets: Sequence[socket.socket],
        watch: Watch | None,
        patience: Patience,
    ) -> None:
        self.count = count
        self.entry, *self.arguments = entry
        self.sockets = sockets
        self.watch = watch
        self.patience = patience
        self.team: list[Worker] = []
        self.failures = 0  # in a row
        self.next_start = 0.0
        self.ends_at: float | None = None
        self.code = 0
        self.was_ready = False
        self._signals: list[int] = []
        self._heard, self._wake = socket.socketpair()

    def run(self, on_ready: Callable[[], None]) -> int:
        """Until the last worker has ended."""
        while self.ends_at is None or self.team:
            self._fill()
            self._listen()
            self._bury()
            self._obey()
            if not self.was_ready and self._all_ready():
                self.was_ready = True
                on_ready()
            if self.watch is not None and self.ends_at is None and self.watch.has_changed():
                self._renew()
        return self.code

    # Births -------------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        while self.ends_at is None and len(self.team) < self.count and clock.monotonic() >= self.next_start:
            self.team.append(self._start())

    def _start(self) -> Worker:
        ours, theirs = socket.socketpair()
        descriptors = [each.fileno() for each in self.sockets]
        listening = ",".join(map(str, descriptors))
        process = subprocess.Popen(
            [sys.executable, "-m", "app.web.worker", self.entry, listening, str(theirs.fileno()), *self.arguments],
            pass_fds=[*descriptors, theirs.fileno()],
            process_group=0,  # Ctrl+C is for the parent, which passes it on once
        )
        theirs.close()
        return Worker(process, ours)

    def _all_ready(self) -> bool:
        return len(self.team) == self.count and all(worker.is_ready for worker in self.team)

    # Deaths -------------------------------------------------------------------------------------------------------

    def _bury(self) -> None:
        for worker in [each for each in self.team if each.process.poll() is not None]:
            self.team.remove(worker)
            worker.line.close()
            if self.ends_at is None:
                self._mourn(worker)

    def _mourn(self, worker: Worker) -> None:
        code = worker.process.returncode
        if self.watch is not None:
            _log.warning("The server ended with %d; it starts again when a file changes", code)
            self.next_start = float("inf")
        elif not worker.is_ready and not self.was_ready:
            self.code = code if code > 0 else 1
            self._end_all(signal.SIGTERM)
        else:
            self._back_off(worker, code)

    def _back_off(self, worker: Worker, code: int) -> None:
        lived = clock.since(worker.born)
        self.failures = 0 if lived >= self.patience.steady_s else self.failures + 1
        wait = min(0.25 * 2 ** (self.failures - 1), self.patience.longest_backoff_s) if self.failures > 1 else 0.0
        self.next_start = clock.monotonic() + wait
        _log.warning(
            "Worker %d ended with %d after %.0f s; the next starts in %.2g s", worker.process.pid, code, lived, wait
        )

    def _renew(self) -> None:
        """Start afresh: those who run finish what they have while the socket keeps who comes."""
        _log.info("A file changed; the server starts again")
        for worker in self.team:
            worker.process.send_signal(signal.SIGTERM)
        for worker in self.team:
            self._await(worker)
        self.team.clear()
        self.next_start = 0.0

    def _await(self, worker: Worker) -> None:
        try:
            worker.process.wait(self.patience.drain_s)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        worker.line.close()

    # Signals ------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def hearing_signals(self) -> Iterator[None]:
        """While this lasts, a signal to end is passed on, and the death of a child wakes us."""
        heard = [each for each in _SIGNALS if signal.getsignal(each) != signal.SIG_IGN]
        before = {each: signal.signal(each, self._on_signal) for each in (*heard, signal.SIGCHLD)}
        self._wake.settimeout(0)
        self._heard.settimeout(0)
        woken = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(woken)
            for each, handler in before.items():
                signal.signal(each, handler)
            self._heard.close()
            self._wake.close()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._signals.append(number)

    def _obey(self) -> None:
        while self._signals:
            self._end_all(self._signals.pop(0))
        if self.ends_at is not None and clock.monotonic() > self.ends_at:
            for worker in self.team:
                worker.process.kill()

    def _end_all(self, number: int) -> None:
        """Pass it on: the first asks the workers to end, the second insists."""
        self.ends_at = self.ends_at or clock.monotonic() + self.patience.drain_s
        for worker in self.team:
            worker.process.send_signal(number)

    # Waiting ------------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        lines = {worker.line: worker for worker in self.team if not (worker.is_ready or worker.is_mute)}
        readable, _, _ = select.select([self._heard, *lines], [], [], self._until())
        for each in readable:
            if each is self._heard:
                with contextlib.suppress(BlockingIOError):
                    self._heard.recv(4096)
            else:
                lines[each].is_ready = each.recv(len(READY)) == READY
                lines[each].is_mute = not lines[each].is_ready

    def _until(self) -> float | None:
        """How long nothing can happen that no signal tells of."""
        times = [self.next_start if len(self.team) < self.count and self.ends_at is None else float("inf")]
        times += [self.ends_at] if self.ends_at is not None else []
        wait = max(0.0, min(times) - clock.monotonic())
        if self.watch is not None:
            wait = min(wait, self.patience.look_s)
        return None if wait == float("inf") else wait + 0.001
