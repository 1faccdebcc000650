"""What a test leaves behind that asked somebody else than the scripted upstream: nothing."""

from collections.abc import AsyncIterator

import pytest

from app.ai import session


@pytest.fixture
async def hung_up() -> AsyncIterator[None]:
    yield
    await session.close()
