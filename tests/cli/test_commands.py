"""The command as a person types it: a process, on a machine of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench.house import House, house

Command = Callable[..., "subprocess.CompletedProcess[str]"]
COMMAND = str(Path(sys.executable).with_name("commonplace"))


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A machine on which nothing was set up yet."""
    with tempfile.TemporaryDirectory(prefix="commonplace-cli-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def command(home: Path) -> Command:
    """Run it there."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COMMONPLACE_", "DATABASE_"))}

    def run(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        arguments = [COMMAND, "--data", str(home / "data"), *words]
        return subprocess.run(
            arguments, capture_output=True, text=True, cwd=home, env=clean | variables, timeout=120, check=False
        )

    return run


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[House]:
    """A server beside it, with data of its own."""
    with house(home / "running") as here:
        yield here


def test_it_tells_its_commands(command: Command) -> None:
    told = command("--help").stdout
    words = ("serve", "work", "migrate", "seed", "reset", "doctor", "user", "backup", "restore", "studio")
    assert [word for word in words if not re.search(rf"^\s+{word}\s", told, re.MULTILINE)] == []


@pytest.mark.parametrize("word", ["serve", "work", "migrate", "seed", "reset", "doctor", "user", "backup", "restore"])
def test_every_command_has_help(word: str, command: Command) -> None:
    assert command(word, "--help").returncode == 0


def test_an_unknown_command_is_refused_with_the_known_ones(command: Command) -> None:
    run = command("sevre")
    assert run.returncode == 2
    assert "serve" in run.stderr


def test_a_wrong_setting_stops_it_with_a_sentence(command: Command) -> None:
    run = command("migrate", COMMONPLACE_PROFILE="prod")
    assert run.returncode == 1
    assert run.stderr.strip() == (
        "commonplace: COMMONPLACE_PROFILE is 'prod', but it must be one of development, test, production."
    )


def test_a_port_that_is_taken_is_told_before_anything_starts(command: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = command("--port", str(taken.getsockname()[1]))
    assert run.returncode == 1
    assert "is taken" in run.stderr


def test_sample_data_is_planted_once(command: Command) -> None:
    command("seed")
    assert command("seed").stdout.strip() == "Everything was there already"


def test_migrations_are_told_and_pending_ones_are_an_exit_code(command: Command) -> None:
    command("migrate")
    run = command("migrate", "status")
    assert run.returncode == 0
    assert {line.split()[0] for line in run.stdout.splitlines()} == {"applied"}


def test_no_migration_is_pending_for_the_tables(command: Command) -> None:
    assert "nothing to write" in command("migrate", "new", "anything").stdout


def test_reset_asks_first(command: Command) -> None:
    run = command("reset")
    assert run.returncode == 1
    assert "Nothing was changed" in run.stderr


def test_reset_is_for_development_alone(command: Command) -> None:
    run = command("reset", "--yes", COMMONPLACE_PROFILE="production")
    assert run.returncode == 1
    assert "development only" in run.stderr


def test_a_backup_says_what_is_not_in_it_and_can_be_restored(command: Command) -> None:
    command("seed")
    made = command("backup").stdout.splitlines()
    assert "master secret is not inside" in made[1]
    assert "as written down" in command("restore", "--verify", made[0]).stdout


def test_the_link_begins_with_this_machine_and_its_port(running: House) -> None:
    assert running.link.startswith(f"http://127.0.0.1:{running.port}/")


def test_the_link_signs_in_the_first_person_once(running: House) -> None:
    running.sign_in()
    assert running.ask("/preferences")[0] == 200
    path = "/" + running.link.split("/", 3)[3]
    assert running.ask(path)[0] == 404


def test_the_secret_is_for_its_owner_alone(running: House, home: Path) -> None:
    assert (home / "running" / "secret").stat().st_mode & 0o777 == 0o600


def test_b03_a_server_that_is_told_to_end_ends_with_zero(home: Path) -> None:
    with house(home / "ending") as here:
        here.process.send_signal(signal.SIGTERM)
        assert here.process.wait(15) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", here.port), 1)


def test_several_workers_share_one_port_and_one_database(home: Path) -> None:
    with house(home / "shared", "--workers", "2") as here:
        assert {here.ask("/sign-in")[0] for _ in range(20)} == {200}
