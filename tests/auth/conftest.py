"""What the tests of the front door share."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.auth import jobs
from app.core.settings import Settings, adopt
from app.jobs.worker import register
from tests.auth.post_office import PostOffice, post_office
from tests.jobs.workers import working


@pytest.fixture
async def office(database: object, settings: Settings) -> AsyncIterator[PostOffice]:
    """A mail server, and a worker that hands letters in there."""
    for kind, handler in jobs.JOBS.items():
        register(kind, handler)
    with post_office() as office:
        adopt(replace(settings, smtp_url=f"smtp://127.0.0.1:{office.port}", mail_from="Book <book@example.com>"))
        async with working():
            yield office
