"""Sample data, and a beginning without any."""

from collections.abc import Iterator

import pytest

from tests.cli.machine import Machine, machine


@pytest.fixture(scope="module")
def here() -> Iterator[Machine]:
    with machine() as made:
        yield made


def test_after_a_reset_there_is_nothing_and_everything_can_be_planted_again(here: Machine) -> None:
    here.types("seed")
    assert here.types("seed").stdout == "Everything was there already\n"
    reset = here.types("reset", "--yes")
    assert (reset.returncode, reset.stdout) == (0, "The database is empty and up to date\n")
    assert here.types("migrate", "status").returncode == 0
    assert here.types("seed").stdout == "2 people added, 3 assistants added, 10 conversations added\n"


@pytest.mark.parametrize("profile", ["test", "production"])
def test_what_people_work_with_cannot_be_reset(profile: str, here: Machine) -> None:
    here.types("seed")
    refused = here.types("reset", "--yes", COMMONPLACE_PROFILE=profile)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "nothing was changed" in refused.stderr
    assert here.types("seed").stdout == "Everything was there already\n"


def test_who_does_not_answer_has_not_agreed(here: Machine) -> None:
    here.types("seed")
    assert here.types("reset").returncode == 1
    assert here.types("seed").stdout == "Everything was there already\n"
