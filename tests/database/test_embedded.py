"""The embedded PostgreSQL: there when it is needed, gone when it is not, never half made."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import AppError, Misconfigured, Unavailable
from app.database import embedded
from app.database.cluster_directory import SOCKET, ClusterDirectory
from app.database.embedded import Cluster
from tests.database.clusters import ROOT, Start, answers, asked, eventually, fingerprint

# Ordinary days -----------------------------------------------------------------------------------------------------


def test_the_first_start_makes_a_database_and_says_so(place: Path) -> None:
    told: list[str] = []
    with Cluster(place / "data", durable=False, progress=told.append) as cluster:
        assert asked(cluster.superuser, "select count(*) from pg_available_extensions where name = 'vector'") == 1
        assert asked(cluster.superuser, "show data_checksums") == "on"
        assert asked(cluster.superuser, "select datlocale from pg_database limit 1") == "C.UTF-8"
        assert asked(cluster.superuser, "show listen_addresses") == ""
    assert told == ["Making the database (this happens once)"]


def test_a_stop_leaves_no_process_and_keeps_the_rows(data: Path) -> None:
    with Cluster(data, durable=False) as cluster:
        asked(cluster.superuser, "create table kept as select 7 as number")
    assert ClusterDirectory(data).users() == []
    with Cluster(data, durable=False) as cluster:
        assert asked(cluster.superuser, "select number from kept") == 7


def test_by_default_nothing_that_protects_the_data_is_off(data: Path) -> None:
    with Cluster(data) as cluster:
        shown = [
            asked(cluster.superuser, f"show {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")
        ]
    assert shown == ["on", "on", "on"]


def test_only_our_own_user_reaches_the_socket(data: Path, cluster_at: Start) -> None:
    cluster = cluster_at(data)
    door = Path(cluster.superuser.host)
    assert stat.S_IMODE(door.stat().st_mode) == 0o700
    assert stat.S_IMODE((door / SOCKET).stat().st_mode) == 0o700


def test_the_server_does_not_inherit_our_secrets(
    data: Path, cluster_at: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONPLACE_SECRET", "hush")
    server = cluster_at(data).pid
    assert b"hush" not in Path(f"/proc/{server}/environ").read_bytes()


def test_a_second_process_shares_what_the_first_one_owns(data: Path, cluster_at: Start) -> None:
    first, second = cluster_at(data), cluster_at(data)
    assert (first.is_owner, second.is_owner) == (True, False)
    assert first.pid == second.pid
    assert asked(second.superuser, "select 1") == 1
    second.stop()
    assert answers(first.superuser)


def test_a_survivor_takes_over_when_the_owner_goes(data: Path, cluster_at: Start) -> None:
    first, second = cluster_at(data), cluster_at(data)
    first.stop()
    print("taken over after", eventually(lambda: second.is_owner and answers(second.superuser)))
    assert not first.is_owner
    assert asked(second.superuser, "select 1") == 1


def test_of_ten_that_start_at_once_one_owns(data: Path) -> None:
    clusters = [Cluster(data, durable=False) for _ in range(10)]
    try:
        assert [cluster.start() for cluster in clusters]
        assert sum(cluster.is_owner for cluster in clusters) == 1
    finally:
        for cluster in reversed(clusters):
            cluster.stop()
    assert ClusterDirectory(data).users() == []


@pytest.mark.parametrize("name", ["n" * 120, "one, two", 'quo"ted', "with space", "größe"])
def test_any_name_of_a_directory_works(place: Path, finished_cluster: Path, name: str, cluster_at: Start) -> None:
    subprocess.run(["cp", "-a", finished_cluster, place / name], check=True)
    cluster = cluster_at(place / name)
    assert asked(cluster.superuser, "select 1") == 1
    assert asked(cluster_at(place / name).superuser, "select 2") == 2
    assert stat.S_IMODE(Path(cluster.superuser.host).stat().st_mode) == 0o700


def test_a_socket_directory_elsewhere_is_used_again(place: Path, finished_cluster: Path) -> None:
    subprocess.run(["cp", "-a", finished_cluster, place / ("n" * 120)], check=True)
    hosts = set()
    for _ in range(2):
        with Cluster(place / ("n" * 120), durable=False) as cluster:
            hosts.add(cluster.superuser.host)
    assert len(hosts) == 1
    Path(hosts.pop()).rmdir()


def test_a_log_that_has_grown_begins_anew(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_LARGEST_LOG", 10)
    with Cluster(data, durable=False):
        pass
    assert (data / "postgres" / "log.old").exists()
    assert stat.S_IMODE((data / "postgres" / "log").stat().st_mode) == 0o600


# Bad days ----------------------------------------------------------------------------------------------------------


def test_nothing_is_left_and_nothing_is_lost_when_the_app_is_killed(data: Path) -> None:
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("writer.py"), data],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as app:
        assert app.stdout is not None
        acknowledged = [app.stdout.readline() for _ in range(300)][-1]
        app.kill()
        acknowledged = [acknowledged, *app.stdout.readlines()][-1]
    print("server gone after", eventually(lambda: not ClusterDirectory(data).users()))
    with Cluster(data) as cluster:
        assert asked(cluster.superuser, "select max(id) from written") >= int(acknowledged)


def test_a_survivor_takes_over_when_the_owner_is_killed(data: Path, cluster_at: Start) -> None:
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("writer.py"), data],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as app:
        assert app.stdout is not None
        acknowledged = [app.stdout.readline() for _ in range(300)][-1]
        survivor = cluster_at(data)
        assert not survivor.is_owner
        app.kill()
        acknowledged = [acknowledged, *app.stdout.readlines()][-1]
    print("taken over after", eventually(lambda: survivor.is_owner and answers(survivor.superuser)))
    assert asked(survivor.superuser, "select max(id) from written") >= int(acknowledged)


def test_a_killed_server_comes_back_by_itself_with_every_row(data: Path) -> None:
    with Cluster(data) as cluster:
        asked(cluster.superuser, "create table kept as select 7 as number")
        killed = cluster.pid
        assert killed
        os.kill(killed, signal.SIGKILL)
        print("back after", eventually(lambda: cluster.pid != killed and answers(cluster.superuser)))
        assert asked(cluster.superuser, "select number from kept") == 7


def test_a_server_is_killed_ten_times_and_comes_back_ten_times(data: Path, cluster_at: Start) -> None:
    cluster = cluster_at(data)
    for _ in range(10):
        killed = cluster.pid
        assert killed
        os.kill(killed, signal.SIGKILL)
        eventually(lambda gone=killed: cluster.pid != gone and answers(cluster.superuser))  # type: ignore[misc] # a default binds it


def test_an_app_that_is_killed_while_it_makes_the_database_leaves_no_half_one(place: Path) -> None:
    for delay in (0.05, 0.2, 0.35, 0.5):
        with subprocess.Popen(
            [sys.executable, Path(__file__).with_name("writer.py"), place / "data"],
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        ) as app:
            eventually((place / "data" / "postgres").exists)
            time.sleep(delay)
            app.kill()
    with Cluster(place / "data", durable=False) as cluster:
        assert asked(cluster.superuser, "select 1") == 1


def test_b25_a_process_id_that_is_another_programs_by_now_does_not_hinder(data: Path) -> None:
    with Cluster(data, durable=False) as cluster:
        asked(cluster.superuser, "create table kept as select 7 as number")
        _, _, rest = (data / "postgres" / "cluster" / "postmaster.pid").read_text().partition("\n")
    # PostgreSQL itself would refuse: the process lives and is of the same user.
    user = (data / "postgres" / "cluster").stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["/bin/sleep", "60"], user=user) as stranger:
        (data / "postgres" / "cluster" / "postmaster.pid").write_text(f"{stranger.pid}\n{rest}")
        (data / "postgres" / "socket" / f"{SOCKET}.lock").write_text(f"{stranger.pid}\n{rest}")
        try:
            with Cluster(data, durable=False) as cluster:
                assert asked(cluster.superuser, "select number from kept") == 7
            assert stranger.poll() is None
        finally:
            stranger.kill()


def break_by_version(cluster: Path) -> None:
    (cluster / "PG_VERSION").write_text("16\n")


def break_by_half(cluster: Path) -> None:
    (cluster / "PG_VERSION").unlink()


def break_by_missing_control(cluster: Path) -> None:
    (cluster / "global" / "pg_control").unlink()


def break_by_scribbled_control(cluster: Path) -> None:
    (cluster / "global" / "pg_control").write_bytes(b"\xff" * 8192)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (break_by_version, "made by PostgreSQL 16; this release brings 18. Nothing was touched. Back it up"),
        (break_by_half, "PG_VERSION is missing. Nothing was touched"),
        (break_by_missing_control, "global/pg_control is missing. Nothing was touched"),
        (break_by_scribbled_control, "does not start: .*incompatible.*restore a backup"),
    ],
)
def test_b25_a_directory_that_cannot_be_used_is_named_and_left_alone(
    data: Path, how: Callable[[Path], None], sentence: str
) -> None:
    cluster = data / "postgres" / "cluster"
    how(cluster)
    before = fingerprint(cluster)
    with pytest.raises(AppError, match=sentence):
        Cluster(data).start()
    assert fingerprint(cluster) == before
    assert ClusterDirectory(data).users() == []


def test_b25_a_socket_that_somebody_else_answers_on_is_named(data: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(data / "postgres" / "socket" / SOCKET))
        other.listen()
        with pytest.raises(Misconfigured, match="Another program answers on"):
            Cluster(data).start()


def test_b25_a_thing_in_the_place_of_the_socket_is_named(data: Path) -> None:
    (data / "postgres" / "socket" / SOCKET).write_text("")
    with pytest.raises(Misconfigured, match="in the way of the database's socket"):
        Cluster(data).start()


def test_a_socket_of_a_server_that_died_is_no_hindrance(data: Path) -> None:
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(data / "postgres" / "socket" / SOCKET))
    with Cluster(data, durable=False) as cluster:
        assert answers(cluster.superuser)


def test_a_socket_directory_that_is_open_to_others_is_refused(data: Path) -> None:
    (data / "postgres" / "socket").chmod(0o755)
    with pytest.raises(Misconfigured, match="closed to others"):
        Cluster(data).start()


def test_a_server_that_somebody_else_started_is_named_and_left_running(
    data: Path, monkeypatch: pytest.MonkeyPatch, cluster_at: Start
) -> None:
    cluster = cluster_at(data)
    monkeypatch.setattr(embedded, "_LEAVE_WITHIN", 0.1)
    (data / "postgres" / "lock").unlink()
    with pytest.raises(Misconfigured, match=f"kill -INT {cluster.pid}"):
        Cluster(data).start()
    assert answers(cluster.superuser)


def test_a_file_in_the_place_of_the_directory_is_named(place: Path) -> None:
    (place / "data").write_text("")
    with pytest.raises(Misconfigured, match=r"not a directory\. Choose another place with --data"):
        Cluster(place / "data").start()


def test_a_file_in_the_place_of_the_cluster_is_named(data: Path) -> None:
    shutil.rmtree(data / "postgres" / "cluster")
    (data / "postgres" / "cluster").write_text("")
    with pytest.raises(Misconfigured, match="not a directory"):
        Cluster(data).start()


def test_an_owner_that_does_not_finish_is_not_waited_for_forever(
    data: Path, monkeypatch: pytest.MonkeyPatch, cluster_at: Start
) -> None:
    cluster = cluster_at(data)
    (data / "postgres" / "cluster" / "postmaster.pid").rename(data / "away")
    monkeypatch.setattr(embedded, "PATIENCE", 0.1)
    with pytest.raises(Unavailable, match="does not finish"):
        Cluster(data).start()
    (data / "away").rename(data / "postgres" / "cluster" / "postmaster.pid")
    assert answers(cluster.superuser)
