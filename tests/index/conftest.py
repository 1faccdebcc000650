"""What the tests of the index share."""

from contextlib import contextmanager
from typing import Any

import pytest

from app.database import engine
from app.database.observed import measured


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the database while the test runs."""
    sent: list[str] = []

    @contextmanager
    def noted(sql: str, values: Any = ()) -> Any:
        sent.append(sql)
        with measured(sql, values):
            yield

    monkeypatch.setattr(engine, "measured", noted)
    return sent
