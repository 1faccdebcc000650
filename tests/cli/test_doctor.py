"""commonplace doctor: what is wrong, and what to do about it."""

import asyncio
import json
import secrets
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ai.upstream import listing, scripted
from tests.cli.machine import Machine, machine

NAMES = {"secret", "disk", "database", "extension", "migrations", "pool", "people", "jobs", "backups"} | {
    "sign-in",
    "mail",
    "models",
}
SECRET = secrets.token_urlsafe(32)


@pytest.fixture(scope="module")
def here() -> Iterator[Machine]:
    with machine() as there:
        assert there.types("user", "list").returncode == 0  # migrates, and makes the secret
        yield there


def findings(here: Machine, **variables: str) -> dict[str, Any]:
    told = json.loads(here.types("doctor", "--json", **variables).stdout)
    return {check["name"]: check for check in told["checks"]}


def test_it_looks_at_everything(here: Machine) -> None:
    run = here.types("doctor")
    assert run.returncode == 0
    assert {line.split()[1] for line in run.stdout.splitlines() if line[:4].strip()} == NAMES
    assert "http://127.0.0.1:8080/help/sign-in" in run.stdout


def test_for_programs_it_says_the_same(here: Machine) -> None:
    told = json.loads(here.types("doctor", "--json").stdout)
    assert told["ok"] is True
    assert {check["name"] for check in told["checks"]} == NAMES
    assert all(check["remedy"] for check in told["checks"] if check["state"] != "ok")
    assert set(told["checks"][0]) == {"name", "state", "found", "remedy", "help"}


def test_a_new_database_is_no_fault(here: Machine) -> None:
    with machine() as new:
        run = new.types("doctor")
        assert run.returncode == 0
        assert "the database is new" in run.stdout


def test_a_database_that_is_not_there_is_a_fault_with_a_remedy(here: Machine) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql://somebody:hidden-4711@127.0.0.1:{free.getsockname()[1]}/house"
    run = here.types("doctor", DATABASE_URL=url, DATABASE_TLS="off", COMMONPLACE_SECRET=SECRET)
    assert run.returncode == 1
    assert "FAIL  database" in run.stdout
    assert "/help/troubleshooting" in run.stdout
    assert "hidden-4711" not in run.stdout + run.stderr
    assert "Traceback" not in run.stderr


def test_a_mail_server_that_does_not_answer_is_a_fault(here: Machine) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"smtp://somebody:hidden-4711@127.0.0.1:{free.getsockname()[1]}"
    found = findings(here, COMMONPLACE_SMTP_URL=url)["mail"]
    assert found["state"] == "fail"
    assert "COMMONPLACE_SMTP_URL" in found["remedy"]
    assert "hidden-4711" not in str(found)


def test_an_issuer_that_does_not_answer_is_a_fault(here: Machine) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{free.getsockname()[1]}"
    given = {"ISSUER": issuer, "CLIENT_ID": "x", "CLIENT_SECRET": "y"}
    found = findings(here, **{f"COMMONPLACE_OIDC_{name}": value for name, value in given.items()})["sign-in"]
    assert found["state"] == "fail"
    assert found["remedy"]


async def test_a_provider_of_models_is_asked_what_it_has(here: Machine) -> None:
    async with scripted(models=listing("gpt-4o", "gpt-5")) as upstream:
        address = upstream.endpoint.base_url
        given = {"OPENAI_BASE_URL": address, "OPENAI_API_KEY": "sk-hidden-4711"}
        run = await asyncio.to_thread(here.types, "doctor", **given)
    assert "ok    models      OpenAI has 2 model(s)" in run.stdout
    assert run.stderr == ""
    assert "4711" not in run.stdout


def test_a_provider_of_models_that_does_not_answer_is_told(here: Machine) -> None:
    found = findings(here, OPENAI_BASE_URL="http://127.0.0.1:9/v1")["models"]
    assert (found["state"], found["found"], found["help"]) == ("warn", "OpenAI does not work", "models")
    assert "Is it running?" in found["remedy"]


def test_a_secret_that_others_can_read_is_a_fault(here: Machine) -> None:
    (here.data / "secret").chmod(0o644)
    try:
        found = findings(here)["secret"]
    finally:
        (here.data / "secret").chmod(0o600)
    assert found["state"] == "fail"
    assert "chmod 600" in found["remedy"]


def test_more_connections_than_there_are_is_a_fault(here: Machine) -> None:
    found = findings(here, COMMONPLACE_POOL_MAX="50", COMMONPLACE_WORKERS="4")["pool"]
    assert found["state"] == "fail"
    assert found["help"] == "tuning"


def test_what_is_merely_not_set_up_is_told_as_such(here: Machine) -> None:
    found = findings(here)
    assert {name for name, check in found.items() if check["state"] == "warn"} == {
        "people",
        "backups",
        "sign-in",
        "mail",
    }
