"""A program of Alice's with two models: one that sees pictures, and one that does not."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from litestar.types import ASGIApp

from app.ai import session
from app.core.settings import Settings, adopt
from app.database.address import Address
from tests.cast import Player
from tests.chat.api.asking import Program
from tests.doors import trying
from tests.provider import Upstream, scripted

OFFERED = {
    "data": [
        {"id": "tokens-5", "context_length": 4_000, "capabilities": {"vision": False}},
        {"id": "tokens-6", "context_length": 64_000, "capabilities": {"vision": True}},
        {"id": "tokens-60-every-20ms", "capabilities": {"vision": True}},
    ]
}
BLIND, SEEING, SLOW = "openai/tokens-5", "openai/tokens-6", "openai/tokens-60-every-20ms"


@pytest.fixture
async def upstream(database: Address, settings: Settings) -> AsyncIterator[Upstream]:
    async with scripted(models=OFFERED) as found:
        adopt(replace(settings, openai_api_key="sk-test", openai_base_url=found.url, find_local_models=False))
        yield found
    adopt(settings)
    await session.close()


@pytest.fixture
async def program(app: ASGIApp, upstream: Upstream, alice: Player) -> AsyncIterator[Program]:
    async with trying.browser(app, alice) as client:
        yield Program(client, alice)


@pytest.fixture
async def stranger(app: ASGIApp, upstream: Upstream, charlie: Player) -> AsyncIterator[Program]:
    async with trying.browser(app, charlie) as client:
        yield Program(client, charlie)
