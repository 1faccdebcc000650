"""How long to wait, what to say, whom to ask."""

import pytest

from app.jobs.worker import pause_after, told
from tests.jobs.workers import noting


def test_each_pause_is_longer_and_never_longer_than_an_hour_and_a_half() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, 12)]
    assert all(10 * 4**n <= pause <= 15 * 4**n for n, pause in enumerate(pauses[:5]))
    assert all(3600 <= pause <= 5400 for pause in pauses[5:])


def test_two_jobs_that_failed_together_do_not_come_back_together() -> None:
    assert len({pause_after(3) for _ in range(20)}) > 10


def test_a24_the_reason_has_one_line_and_no_secret() -> None:
    text = told(ValueError("token=abc123 in \x1b[31m\ud800 the first line\nand a second with more"))
    assert text == "ValueError: token=… in \\x1b[31m? the first line"


def test_two_handlers_for_one_kind_are_a_mistake(kind: str) -> None:
    noting(kind)
    with pytest.raises(ValueError, match="Two handlers"):
        noting(kind)
