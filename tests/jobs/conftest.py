"""What every test of the queue needs."""

from uuid import uuid4

import pytest


@pytest.fixture
def kind() -> str:
    """A kind of job that no other test knows."""
    return f"test.{uuid4().hex[:12]}"
