"""The embedded PostgreSQL, kept alive.

One process owns it, by a lock; others on the same directory share it, and one of them takes over when the owner goes.
The server ends with its owner, also when that is killed, and is started again when it is killed itself.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, Self

from app.core import clock, log
from app.core.errors import AppError, Misconfigured, Unavailable
from app.database import socket_directory, tuning
from app.database.address import Address, Addresses
from app.database.binaries import Binaries, bundled, copied
from app.database.cluster_directory import ENVIRONMENT, SUPERUSER, ClusterDirectory, answers, check_socket, launched
from app.database.unprivileged import Runner, runner

DATABASE: Final = "commonplace"
APP: Final = "commonplace"
OWNER: Final = "commonplace_owner"
PATIENCE: Final = 300.0
_LEAVE_WITHIN: Final = 30.0
_STOP_WITHIN: Final = 20.0
_LOOK_EVERY: Final = 0.005
_RETAKE_EVERY: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
_LARGEST_LOG: Final = 5_000_000
_log = log.logger("app.database.embedded")

Progress = Callable[[str], None]


def _quiet(_step: str) -> None:
    """Nobody is watching."""


class Cluster:
    """`with Cluster(data_dir) as cluster:` a database is there, for as long as the block lasts."""

    def __init__(self, data_dir: Path, *, durable: bool = True, progress: Progress = _quiet) -> None:
        self.directory = ClusterDirectory(data_dir.absolute())
        self._durable = durable
        self._progress = progress
        self._who: Runner | None = None
        self._sockets = Path()
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._spawning = threading.Lock()
        self._thread: threading.Thread | None = None

    # What others use ----------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Own the database, or share it; return when it takes connections."""
        begun: Future[None] = Future()
        # Daemon, and the only one that starts servers: a server ends when the thread that started it does.
        self._thread = threading.Thread(target=self._supervise, args=(begun,), name="database", daemon=True)
        self._thread.start()
        begun.result()
        return self

    def stop(self) -> None:
        """Stop the server where it is ours; leave it to its owner otherwise."""
        self._stopping.set()
        with self._spawning:
            self._interrupt(signal.SIGINT)
        if self._thread is not None:
            self._thread.join(_STOP_WITHIN)
            if self._thread.is_alive():
                self._interrupt(signal.SIGQUIT)
                self._thread.join()
        self._unlock()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_why: object) -> None:
        self.stop()

    @property
    def is_owner(self) -> bool:
        return self._lock is not None

    @property
    def pid(self) -> int | None:
        """The server's process, whoever owns it."""
        return self.directory.postmaster

    @property
    def superuser(self) -> Address:
        return Address(host=str(self._sockets), user=SUPERUSER, database=SUPERUSER, tls="off")

    @property
    def addresses(self) -> Addresses:
        """The application's way and the migrations' way in."""
        app = self.superuser.of(user=APP, database=DATABASE)
        return Addresses(app=app, direct=app, owner=app.of(user=OWNER), maker=self.superuser)

    # The thread ---------------------------------------------------------------------------------------------------

    def _supervise(self, begun: "Future[None]") -> None:
        try:
            self._begin()
        except (AppError, OSError) as failure:
            self._unlock()
            begun.set_exception(_of_the_disk(failure) if isinstance(failure, OSError) else failure)
            return
        else:
            begun.set_result(None)
        finally:
            begun.cancel()  # where a fault of ours ended this thread: nobody shall wait for it
        self._watch()

    def _begin(self) -> None:
        self._who = runner(self.directory.cluster)
        self.directory.prepare(self._who)
        start = clock.monotonic()
        while not self._take_lock():
            if self._is_shared():
                return
            if clock.since(start) > PATIENCE:
                message = "Another process is starting the database in %(path)s and does not finish. Look at %(log)s."
                raise Unavailable(message, path=self.directory.home, log=self.directory.log)
            self._stopping.wait(_LOOK_EVERY)
        self._own()

    def _is_shared(self) -> bool:
        found = socket_directory.recorded(self.directory)
        if found is None or not (self.directory.is_ready() and answers(found)):
            return False
        self._sockets = found
        return True

    def _own(self) -> None:
        binaries = bundled() if self._who is None else copied(self.directory.home)
        self._sockets = socket_directory.made(self.directory, self._who)
        if self.directory.is_missing:
            self._progress("Making the database (this happens once)")
            self.directory.create(binaries, self._who, durable=self._durable)
        self.directory.check()
        self._await_vacancy()
        self._spawn(binaries)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            if self._process is None:
                self._stopping.wait(_RETAKE_EVERY)
                if self._take_lock():
                    _log.warning("The owner of the database is gone; this process takes over")
                    self._revive()
                continue
            self._process.wait()
            if not self._stopping.is_set():
                _log.warning("The database server ended (%s); starting it again", self._process.returncode)
                self._revive()

    def _revive(self) -> None:
        """Until it runs again, however long: the house answers 503 meanwhile."""
        pause = _LOOK_EVERY
        while not self._stopping.is_set():
            try:
                self._own()
            except (AppError, OSError) as failure:
                _log.error("%s", failure)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    # The server ---------------------------------------------------------------------------------------------------

    def _await_vacancy(self) -> None:
        """A server of an owner who died needs a moment to end; its children notice a dead parent by themselves."""
        if self.directory.postmaster is not None:
            start = clock.monotonic()
            while users := self.directory.users():
                if clock.since(start) > _LEAVE_WITHIN:
                    message = (
                        "PostgreSQL (process %(pid)s) still works in %(path)s. "
                        "Stop it with kill -INT %(pid)s, then start again."
                    )
                    raise Misconfigured(message, pid=users[0], path=self.directory.cluster)
                self._stopping.wait(_LOOK_EVERY)
        check_socket(self._sockets)
        self.directory.clear(self._sockets)

    def _spawn(self, binaries: Binaries) -> None:
        with self._spawning:
            if self._stopping.is_set():
                return
            size = self._open_log()
            self._process = self._started(binaries)
        self._await_ready(self._process, size)

    def _open_log(self) -> int:
        """How long the log is already; one that has grown too long begins anew."""
        path = self.directory.log
        if path.exists() and path.stat().st_size > _LARGEST_LOG:
            path.replace(path.with_name("log.old"))
        return path.stat().st_size if path.exists() else 0

    def _started(self, binaries: Binaries) -> "subprocess.Popen[bytes]":
        who = (-1, -1) if self._who is None else (self._who.user, self._who.group)
        settings = tuning.parameters(self._sockets, durable=self._durable)
        command = [binaries["postgres"], "-D", str(self.directory.cluster)]
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        with os.fdopen(os.open(self.directory.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
            return subprocess.Popen(
                [*launched(*who), *command, *arguments],
                cwd="/",
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _await_ready(self, process: "subprocess.Popen[bytes]", log_size: int) -> None:
        start = told = clock.monotonic()
        while not self.directory.is_ready(process.pid):
            if process.poll() is not None:
                self._process = None
                if not self._stopping.is_set():
                    raise self._worded(log_size)
                return
            if clock.since(told) > 1:
                told = clock.monotonic()
                self._progress(f"The database is getting ready ({clock.since(start):.0f} s)")
            self._stopping.wait(_LOOK_EVERY)

    def _worded(self, log_size: int) -> AppError:
        reason = _reason(self.directory.log, log_size)
        for sign, message in _SIGNS.items():
            if sign in reason:
                return Unavailable(message, path=self.directory.cluster, reason=reason, log=self.directory.log)
        return Unavailable(_DAMAGED, path=self.directory.cluster, reason=reason, log=self.directory.log)

    def _interrupt(self, how: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(how)

    # The lock -----------------------------------------------------------------------------------------------------

    def _take_lock(self) -> bool:
        if self._lock is not None:
            return True
        try:
            handle = os.open(self.directory.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as refused:
            message = "%(path)s belongs to another user. Run as that user, or choose another place with --data."
            raise Misconfigured(message, path=self.directory.home) from refused
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._lock = handle
        return True

    def _unlock(self) -> None:
        handle, self._lock = self._lock, None
        if handle is not None:
            os.close(handle)


_DAMAGED: Final = (
    "The database in %(path)s does not start: %(reason)s. The whole story is in %(log)s. If it is damaged, move the "
    "directory away, start again and restore a backup with: commonplace restore FILE."
)
_SIGNS: Final = {
    "No space left on device": "The disk of %(path)s is full: %(reason)s. Make room, then start again.",
    "Operation not permitted": (
        "This process may not change its user, which PostgreSQL needs: %(reason)s. Run as an ordinary user."
    ),
    "could not map anonymous shared memory": "There is too little memory for the database: %(reason)s.",
}


def _of_the_disk(failure: OSError) -> AppError:
    message = "%(path)s cannot be used for the database: %(reason)s. Correct that, or choose another place with --data."
    return Misconfigured(message, path=failure.filename, reason=failure.strerror)


def _reason(path: Path, since: int) -> str:
    """The line of the log that tells why."""
    with path.open("rb") as told:
        told.seek(min(since, path.stat().st_size))
        lines = told.read().decode(errors="replace").splitlines()
    grave: list[Any] = [line for line in lines if "PANIC: " in line or "FATAL: " in line or "Error: " in line]
    line = (grave or lines or ["it gave no reason"])[0]
    return line.partition("PANIC: ")[2].strip() or line.partition("FATAL: ")[2].strip() or line.strip()
