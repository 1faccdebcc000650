"""What every test of webhooks needs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core import settings as settings_module
from app.core.settings import Settings
from tests.webhooks.clerk_events import SECRET


@pytest.fixture
def secret(database: object, settings: Settings) -> Iterator[str]:
    """The operator has set the signing secret."""
    settings_module.adopt(replace(settings, clerk_webhook_secret=SECRET))
    yield SECRET
    settings_module.adopt(settings)
