"""What a command says while it works."""

import io
import sys
from typing import Any

import pytest

from app.cli.telling import Progress, confirmed
from app.core import clock


class Terminal(io.StringIO):
    """A screen, or a keyboard on which this was typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as the test sets it."""
    time = [0.0]
    monkeypatch.setattr(clock, "since", lambda _start: time[0])
    return time


def _shown(monkeypatch: pytest.MonkeyPatch, screen: Any) -> Any:
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_what_is_quick_is_not_worth_a_word(at: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _shown(monkeypatch, Terminal())
    progress = Progress()
    progress("Making a database")
    progress.done()
    assert screen.getvalue() == ""


def test_what_takes_longer_is_told_on_one_line_that_goes_away(at: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _shown(monkeypatch, Terminal())
    progress = Progress()
    at[0] = 1.5
    progress("Making a database")
    progress("Making a database")
    progress("Applying migrations")
    progress.done()
    clear = "\r\x1b[K"
    assert screen.getvalue() == f"{clear}Making a database …{clear}Applying migrations …{clear}"


def test_where_nobody_looks_each_step_is_a_line_without_signs(at: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _shown(monkeypatch, io.StringIO())
    progress = Progress(quiet_for=0)
    progress("One")
    progress("Two")
    progress.done()
    assert screen.getvalue() == "One …\nTwo …\n"


@pytest.mark.parametrize(
    ("typed", "is_yes"),
    [("yes\n", True), ("YES \n", True), ("y\n", False), ("\n", False), ("", False), ("no\n", False)],
)
def test_only_a_typed_yes_is_one(typed: str, monkeypatch: pytest.MonkeyPatch, *, is_yes: bool) -> None:
    screen = _shown(monkeypatch, Terminal())
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert confirmed("Go on?") is is_yes
    assert screen.getvalue() == "Go on? [yes/no] "


def test_a_script_is_not_asked_and_has_not_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _shown(monkeypatch, io.StringIO())
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert not confirmed("Go on?")
    assert screen.getvalue() == ""
