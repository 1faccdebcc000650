"""Places and servers for the tests of the database floor."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.database.embedded import Cluster

MEMORY = Path("/dev/shm")  # a disk is slower, and these clusters are thrown away


def made_place() -> Path:
    """A directory that PostgreSQL's user may enter; pytest's own are closed to it when root runs the tests."""
    fits = MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    path = Path(tempfile.mkdtemp(prefix="place-", dir=MEMORY if fits else "/tmp"))
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return path


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of one test."""
    path = made_place()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def finished_cluster() -> Iterator[Path]:
    """A data directory with a cluster that was started and stopped."""
    path = made_place()
    with Cluster(path / "data", durable=False):
        pass
    yield path / "data"
    shutil.rmtree(path)


@pytest.fixture
def data(place: Path, finished_cluster: Path) -> Path:
    """A data directory with a cluster of its own."""
    subprocess.run(["cp", "-a", finished_cluster, place / "data"], check=True)
    return place / "data"


@pytest.fixture
def cluster_at() -> Iterator[Callable[[Path], Cluster]]:
    """Start clusters that end with the test."""
    begun: list[Cluster] = []

    def start(path: Path) -> Cluster:
        begun.append(Cluster(path, durable=False))
        return begun[-1].start()

    yield start
    for cluster in reversed(begun):
        cluster.stop()
    for elsewhere in {Path(cluster.superuser.host) for cluster in begun if "commonplace-" in cluster.superuser.host}:
        elsewhere.rmdir()
