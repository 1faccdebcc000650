"""Each test begins with nothing brought along."""

import shutil

import pytest

from app.core.settings import Settings


@pytest.fixture(autouse=True)
def _no_files(settings: Settings) -> None:
    shutil.rmtree(settings.data_dir / "imports", ignore_errors=True)
