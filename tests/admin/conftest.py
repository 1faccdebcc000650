"""What holds for every test of the administration."""

import pytest

from app.admin import health


@pytest.fixture(autouse=True)
def fresh() -> None:
    """No reading of an earlier test."""
    health.latest.forget()
