"""Somebody's own PostgreSQL, reached by a URL whose password is full of signs that mean something in a URL."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from app.database.binaries import bundled
from tests.bench.house import house, scratch
from tests.database.servers import Server, running

COMMAND = str(Path(sys.executable).with_name("commonplace"))
PASSWORD = "p@ss/w:rd"
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with a role that owns its database and is no superuser."""
    with running(bundled()) as server:
        asyncio.run(_prepared(server))
        yield server


async def _prepared(server: Server) -> None:
    connection = await asyncpg.connect(**server.address().asyncpg())
    await connection.execute(f"create role commonplace login password '{PASSWORD}'")
    await connection.execute("create database commonplace owner commonplace")
    await connection.close()
    connection = await asyncpg.connect(**server.address(database="commonplace").asyncpg())
    await connection.execute("create extension vector")
    await connection.close()


@pytest.fixture(scope="module")
def variables(server: Server) -> dict[str, str]:
    """What its operator sets."""
    return {
        "DATABASE_URL": f"postgresql://commonplace:{PASSWORD}@127.0.0.1:{server.port}/commonplace",
        "DATABASE_TLS": "off",
        "COMMONPLACE_SECRET": "a secret that every host shares".replace(" ", "-") + "-0123456789",
        "COMMONPLACE_PROFILE": "production",
    }


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


@pytest.fixture
def command(place: Path, variables: dict[str, str]) -> Command:
    """Run it there."""

    def run(*words: str, **others: str) -> "subprocess.CompletedProcess[str]":
        given = os.environ | variables | others
        arguments = [COMMAND, "--data", str(place / "data"), *words]
        return subprocess.run(arguments, env=given, cwd=place, capture_output=True, text=True, timeout=120, check=False)

    return run


def test_it_migrates_is_planted_and_backed_up(command: Command) -> None:
    assert command("migrate").returncode == 0
    assert command("seed").returncode == 0
    made = command("backup")
    assert made.returncode == 0, made.stderr
    assert Path(made.stdout.splitlines()[0]).is_file()


def test_it_is_served_by_two_workers(place: Path, variables: dict[str, str]) -> None:
    with house(place / "data", "--workers", "2", **variables) as here:
        here.sign_in()
        assert {here.ask("/preferences")[0] for _ in range(10)} == {200}
    assert not (place / "data" / "postgres").exists()


def test_a_wrong_password_is_one_sentence(command: Command, variables: dict[str, str]) -> None:
    run = command("migrate", DATABASE_URL=variables["DATABASE_URL"].replace(PASSWORD, "wrong"))
    assert run.returncode == 1
    assert len(run.stderr.strip().splitlines()) == 1
    assert PASSWORD not in run.stderr


def test_the_parts_of_an_address_do_as_well(command: Command, server: Server) -> None:
    parts = {"HOST": "127.0.0.1", "PORT": str(server.port), "USER": "commonplace", "PASSWORD": PASSWORD}
    given = {f"DATABASE_{name}": value for name, value in parts.items()}
    assert command("migrate", DATABASE_URL="", **given).returncode == 0


def test_without_a_secret_it_does_not_start(command: Command) -> None:
    run = command("migrate", COMMONPLACE_SECRET="")
    assert run.returncode == 1
    assert "COMMONPLACE_SECRET must be set" in run.stderr
