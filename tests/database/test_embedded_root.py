"""The embedded PostgreSQL for root, which PostgreSQL itself refuses to run as."""

import contextlib
import os
import pwd
import site
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.errors import Misconfigured
from app.database import binaries, unprivileged
from app.database.embedded import Cluster
from tests.database.clusters import ROOT, Start

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")


def test_root_runs_postgresql_as_somebody_without_power(data: Path, cluster_at: Start) -> None:
    cluster = cluster_at(data)
    status = Path(f"/proc/{cluster.pid}/status").read_text()
    fields = {name: value.split() for name, _, value in (line.partition(":") for line in status.splitlines())}
    assert "0" not in fields["Uid"] + fields["Gid"] + fields["Groups"]
    assert fields["CapEff"] == ["0000000000000000"]
    assert (data / "postgres" / "cluster").stat().st_uid == int(fields["Uid"][0])


def test_binaries_that_only_root_may_read_are_copied_open(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = place / "site"
    site.mkdir()
    subprocess.run(["cp", "-a", binaries.bundled().directory.parents[1], site / binaries.PACKAGE], check=True)
    subprocess.run(["cp", "-a", f"{binaries.bundled().directory.parents[1]}.libs", site], check=True)
    subprocess.run(["chmod", "-R", "go=", site], check=True)
    monkeypatch.setattr(binaries, "_site", lambda: site)
    with Cluster(place / "data", durable=False) as cluster:
        assert cluster.pid
    assert stat.S_IMODE((site / binaries.PACKAGE / "pginstall18" / "bin" / "postgres").stat().st_mode) == 0o700


def test_binaries_of_an_earlier_release_go(data: Path, cluster_at: Start) -> None:
    (data / "postgres" / "pgsql-18-0.0.1").mkdir()
    (ours,) = (path for path in (data / "postgres").glob("pgsql-18-*") if path.name != "pgsql-18-0.0.1")
    subprocess.run(["rm", "-r", ours], check=True)
    cluster_at(data)
    assert [path.name for path in (data / "postgres").glob("pgsql-*")] == [ours.name]


def test_the_modes_of_directories_that_others_made_stay(place: Path, cluster_at: Start) -> None:
    (place / "data").mkdir(mode=0o755)
    before = [(path, path.stat().st_mode) for path in (Path("/"), Path("/tmp"), place, place / "data")]
    cluster_at(place / "data")
    assert [(path, path.stat().st_mode) for path, _ in before] == before


def test_a_place_that_the_database_may_not_enter_is_refused_and_not_opened(place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)
    with pytest.raises(Misconfigured, match=r"may not enter .*closed\. Choose a place outside of it with --data"):
        Cluster(place / "closed" / "data").start()
    assert stat.S_IMODE((place / "closed").stat().st_mode) == 0o700


def test_a_cluster_of_an_ordinary_user_is_run_as_that_user(data: Path, cluster_at: Start) -> None:
    nobody = pwd.getpwnam("nobody")
    subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", data], check=True)
    assert Path(f"/proc/{cluster_at(data).pid}").stat().st_uid == nobody.pw_uid


def test_a_cluster_that_belongs_to_root_is_refused(data: Path) -> None:
    os.chown(data / "postgres" / "cluster", 0, 0)
    with pytest.raises(Misconfigured, match="belongs to root"):
        Cluster(data).start()


def test_a_system_user_of_our_name_is_preferred(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged, "NAME", "daemon")
    daemon = pwd.getpwnam("daemon")
    found = unprivileged.runner(place / "none")
    assert found == unprivileged.Runner(daemon.pw_uid, daemon.pw_gid, daemon.pw_uid)


def run_as_nobody(script: str, *arguments: Path) -> "subprocess.CompletedProcess[str]":
    """With an interpreter that an ordinary user may run: ours may lie in root's home."""
    nobody = pwd.getpwnam("nobody").pw_uid
    candidates = (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")
    for interpreter in candidates:
        with contextlib.suppress(OSError):
            return subprocess.run(
                [interpreter, "-c", script, *arguments],
                capture_output=True,
                text=True,
                check=False,
                user=nobody,
                group=nobody,
                extra_groups=[],
                env={
                    "PYTHONPATH": os.pathsep.join([str(ROOT), *site.getsitepackages()]),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
            )
    pytest.skip(f"an ordinary user may run none of {candidates}")


def test_an_ordinary_user_makes_and_runs_a_database_too(place: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(place, nobody, nobody)
    told = run_as_nobody(
        "import sys; from pathlib import Path; from app.database.embedded import Cluster\n"
        "with Cluster(Path(sys.argv[1])) as cluster: print(Path(f'/proc/{cluster.pid}').stat().st_uid)",
        place / "data",
    )
    assert told.stdout.strip() == str(nobody), told.stderr
    assert stat.S_IMODE((place / "data").stat().st_mode) == 0o700


def test_somebody_elses_data_is_refused(data: Path) -> None:
    told = run_as_nobody(
        "import sys; from pathlib import Path; from app.database.embedded import Cluster\n"
        "Cluster(Path(sys.argv[1])).start()",
        data,
    )
    assert told.returncode
    assert "hoose another place with --data" in told.stderr
