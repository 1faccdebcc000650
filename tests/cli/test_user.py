"""commonplace user: people, from the terminal."""

import re
from collections.abc import Iterator

import pytest

from tests.cli.machine import Machine, machine

LINK = re.compile(r"http://127\.0\.0\.1:8080/sign-in/link/[\w-]{43}")


@pytest.fixture(scope="module")
def here() -> Iterator[Machine]:
    with machine() as there:
        yield there


@pytest.fixture
def eve(here: Machine, request: pytest.FixtureRequest) -> str:
    """Somebody with an account, new for each test."""
    address = f"eve-{abs(hash(request.node.name))}@example.com"
    assert here.types("user", "add", address, "--name", "Eve").returncode == 0
    return address


def line_of(here: Machine, address: str) -> str:
    return next(line for line in here.types("user", "list").stdout.splitlines() if address in line)


def test_somebody_new_gets_a_link_and_is_listed(here: Machine) -> None:
    run = here.types("user", "add", "root@example.com", "--role", "ADMIN", "--name", "Root")
    assert run.returncode == 0
    assert LINK.search(run.stdout)
    assert "ADMIN" in line_of(here, "root@example.com")


def test_an_address_is_taken_once(here: Machine, eve: str) -> None:
    run = here.types("user", "add", eve.upper())
    assert run.returncode == 1
    assert "There is an account with this address already." in run.stderr


def test_a_list_can_be_searched(here: Machine, eve: str) -> None:
    assert len(here.types("user", "list", eve).stdout.splitlines()) == 1
    assert here.types("user", "list", "nobody-is-called-this").stdout.strip() == "Nobody"


def test_somebody_is_promoted_and_demoted(here: Machine, eve: str) -> None:
    here.types("user", "add", "boss@example.com", "--role", "ADMIN")
    assert here.types("user", "promote", eve).stdout.strip() == f"{eve} is ADMIN now"
    assert "ADMIN" in line_of(here, eve)
    assert here.types("user", "demote", eve, "--role", "STUDENT").stdout.strip() == f"{eve} is STUDENT now"


def test_somebody_is_closed_and_opened_again(here: Machine, eve: str) -> None:
    assert here.types("user", "deactivate", eve).returncode == 0
    assert line_of(here, eve).endswith("closed")
    assert here.types("user", "link", eve).returncode == 1
    assert here.types("user", "reactivate", eve).stdout.strip() == f"{eve} is open again"
    assert not line_of(here, eve).endswith("closed")


def test_a_link_is_printed_and_nothing_else(here: Machine, eve: str) -> None:
    first, second = (here.types("user", "link", eve).stdout.strip() for _ in range(2))
    assert LINK.fullmatch(first)
    assert LINK.fullmatch(second)
    assert first != second


@pytest.mark.parametrize("what", ["promote", "demote", "deactivate", "reactivate", "link"])
def test_somebody_who_is_not_here_is_told_with_a_way_on(here: Machine, what: str) -> None:
    run = here.types("user", what, "nobody@example.com")
    assert run.returncode == 1
    assert "commonplace user list shows everybody." in run.stderr
    assert "Traceback" not in run.stderr


def test_an_id_does_as_well_as_an_address(here: Machine, eve: str) -> None:
    person_id = line_of(here, eve).split()[0]
    assert here.types("user", "deactivate", person_id).returncode == 0
    assert here.types("user", "reactivate", person_id).returncode == 0
    assert here.types("user", "link", "01a1fb4b-9bee-7816-9b6e-c6ae79c6f7e1").returncode == 1


def test_without_a_word_it_says_what_there_is(here: Machine) -> None:
    run = here.types("user")
    assert run.returncode == 2
    assert "WHAT" in run.stderr
