"""The directory of the embedded database: what lies where, made whole or not at all, judged before it is used."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.core.errors import Misconfigured
from app.database import launch
from app.database.address import PORT
from app.database.binaries import MAJOR, Binaries
from app.database.unprivileged import Runner, check_passage

SOCKET: Final = f".s.PGSQL.{PORT}"
SUPERUSER: Final = "postgres"
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_STATUS_LINE: Final = 7
_INITDB: Final = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)


@dataclass(frozen=True, slots=True)
class ClusterDirectory:
    """Everything of the embedded database below one data directory."""

    data: Path

    @property
    def home(self) -> Path:
        return self.data / "postgres"

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def is_missing(self) -> bool:
        """Whether there is no cluster at all: an empty directory, such as a fresh mount, is none."""
        return not self.cluster.exists() or (self.cluster.is_dir() and not any(self.cluster.iterdir()))

    # Making -------------------------------------------------------------------------------------------------------

    def prepare(self, who: Runner | None) -> None:
        """Make what is missing. What exists already keeps its mode."""
        try:
            for directory in (*reversed(self.data.parents), self.data):
                _made(directory, 0o700 if who is None else 0o711)
            if _made(self.home, 0o700 if who is None else 0o710) and who is not None:
                os.chown(self.home, 0, who.group)
        except (FileExistsError, NotADirectoryError) as taken:
            message = "%(path)s is not a directory. Choose another place with --data."
            raise Misconfigured(message, path=taken.filename) from taken
        except OSError as refused:
            message = "%(path)s cannot be made: %(reason)s. Choose another place with --data."
            raise Misconfigured(message, path=refused.filename, reason=refused.strerror) from refused
        if who is not None:
            check_passage(self.cluster, who)

    def create(self, binaries: Binaries, who: Runner | None, *, durable: bool) -> None:
        """initdb beside its place, then one rename: a cluster is whole or absent."""
        for abandoned in self.home.glob("cluster.new*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix="cluster.new-", dir=self.home))
        if who is not None:
            os.chown(draft, who.creator, who.group)
        self._initdb(binaries, who, draft, durable=durable)
        if who is not None and who.creator != who.user:
            _hand_over(draft, who)
        draft.rename(self.cluster)
        _written(self.home)

    def _initdb(self, binaries: Binaries, who: Runner | None, draft: Path, *, durable: bool) -> None:
        sync = "--sync-method=syncfs" if sys.platform == "linux" else "--sync-method=fsync"
        options = [f"--pgdata={draft}", *_INITDB, sync if durable else "--no-sync"]
        ids = (-1, -1) if who is None else (who.creator, who.group)
        done = subprocess.run(
            [*launched(*ids), binaries["initdb"], *options],
            env=ENVIRONMENT,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = "The database could not be made in %(path)s: %(reason)s."
            raise Misconfigured(message, path=self.home, reason=_complaint(done.stderr or done.stdout))

    # Judging ------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Refuse a cluster that this PostgreSQL must not be started on, before anything is touched."""
        version = self.cluster / "PG_VERSION"
        if not self.cluster.is_dir():
            raise Misconfigured("%(path)s is not a directory. Move it away and start again.", path=self.cluster)
        if not version.is_file() or self._lacks():
            message = (
                "The database in %(path)s is not complete: %(what)s is missing. Nothing was touched. "
                "Move the directory away, start again and restore a backup with: commonplace restore FILE."
            )
            raise Misconfigured(message, path=self.cluster, what=self._lacks() or version.name)
        found = version.read_text().strip()
        if found != str(MAJOR):
            message = (
                "The database in %(path)s was made by PostgreSQL %(found)s; this release brings %(ours)s. Nothing was "
                "touched. Back it up with the release that made it, move the directory away, and restore the backup."
            )
            raise Misconfigured(message, path=self.cluster, found=found, ours=MAJOR)

    def _lacks(self) -> str:
        needed = ("global/pg_control", "base", "pg_wal", "pg_xact", "postgresql.conf", "pg_hba.conf")
        return next((name for name in needed if not (self.cluster / name).exists()), "")

    def users(self) -> list[int]:
        """The processes that work in the cluster: a process id in a file proves nothing, it may be another's by now."""
        if sys.platform != "linux":
            return [pid] if (pid := self.postmaster) and _is_postgres(pid) else []
        place = self.cluster.stat()
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _is_in(entry, place)]

    @property
    def postmaster(self) -> int | None:
        """The server's process id, as its file has it."""
        lines = self._pid_file()
        return int(lines[0]) if lines and lines[0].isdecimal() else None

    def is_ready(self, pid: int | None = None) -> bool:
        """Whether the server says that it takes connections, and is the one that is meant."""
        lines = self._pid_file()
        said = len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"
        return said and (pid is None or lines[0] == str(pid))

    def _pid_file(self) -> list[str]:
        with contextlib.suppress(OSError):
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        return []

    def clear(self, sockets: Path) -> None:
        """Remove what a killed server left, once nobody works in the cluster."""
        for leftover in (self.cluster / "postmaster.pid", sockets / SOCKET, sockets / f"{SOCKET}.lock"):
            leftover.unlink(missing_ok=True)


def check_socket(sockets: Path) -> None:
    """Refuse a socket that somebody else answers on, or a thing that lies in its place."""
    path = sockets / SOCKET
    if path.exists() and not path.is_socket():
        raise Misconfigured("%(path)s is in the way of the database's socket. Remove it.", path=path)
    if answers(sockets):
        message = "Another program answers on %(path)s. Stop it (fuser %(path)s shows it), then start again."
        raise Misconfigured(message, path=path)


def answers(sockets: Path) -> bool:
    """Whether anybody listens."""
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(sockets / SOCKET))
        except OSError:
            return False
        return True


def _made(directory: Path, mode: int) -> bool:
    if directory.is_dir():
        return False
    directory.mkdir()
    directory.chmod(mode)  # mkdir's own mode is cut by the umask
    return True


def _hand_over(draft: Path, who: Runner) -> None:
    for path in (draft, *draft.rglob("*")):
        os.chown(path, who.user, who.group, follow_symlinks=False)


def _written(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_in(process: Path, place: os.stat_result) -> bool:
    try:
        return os.path.samestat((process / "cwd").stat(), place)
    except OSError:
        return False


def _is_postgres(pid: int) -> bool:
    told = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in told.stdout


def _complaint(text: str) -> str:
    """The line that says why; what follows it is only tidying."""
    lines = [line for line in text.splitlines() if line.strip()] or ["it gave no reason"]
    return next((line for line in lines if "error:" in line or "FATAL:" in line), lines[-1]).rstrip(".")


def launched(user: int, group: int) -> list[str]:
    """What comes before a command that shall end with us, as this user (-1: as we are)."""
    return [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(user), str(group)]
