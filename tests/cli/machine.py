"""A machine on which commands are typed: a process each, beside a database that is already running."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.database.embedded import Cluster

COMMAND = str(Path(sys.executable).with_name("commonplace"))
Run = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True)
class Machine:
    """A directory of data, and the command."""

    data: Path

    def types(self, *words: str, **variables: str) -> Run:
        """Run a command here."""
        clean = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        clean["COMMONPLACE_FIND_LOCAL_MODELS"] = "no"
        command = [COMMAND, "--data", str(self.data), *words]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=self.data.parent,
            env=clean | variables,
            timeout=120,
            check=False,
        )


def _is_ours(name: str) -> bool:
    return name.startswith(("COMMONPLACE_", "DATABASE_", "OPENAI_")) or name.endswith("_API_KEY")


@contextmanager
def machine() -> Iterator[Machine]:
    """One whose database is owned here, so that the commands only share it."""
    with tempfile.TemporaryDirectory(prefix="commonplace-machine-") as folder:
        Path(folder).chmod(0o755)
        with Cluster(Path(folder) / "data", durable=False):
            yield Machine(Path(folder) / "data")
