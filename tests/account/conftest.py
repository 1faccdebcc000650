"""What every test of the account needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.settings import Settings


@pytest.fixture(autouse=True)
def _no_archives_left(settings: Settings) -> Iterator[None]:
    """The data directory is one for the whole run."""
    yield
    for file in Path(settings.data_dir, "exports").glob("*"):
        file.unlink()
