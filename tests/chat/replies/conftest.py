"""A model that follows a script, and a process that writes its replies down, for the tests of replies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.ai import breaker, session
from app.chat.replies import service, settling
from app.chat.replies.desk import open_for_replies
from app.core import settings as settings_module
from app.core.asker import Asker
from app.core.settings import Settings
from app.database.address import Address
from app.providers.offers import shelf
from tests.cast import Player
from tests.chat.replies.talking import SCRIPTS
from tests.provider import Upstream, scripted


@pytest.fixture
async def upstream(database: Address, settings: Settings) -> AsyncIterator[Upstream]:
    """The model's side; each script in `SCRIPTS` is a model that it has."""
    listed = {"data": [{"id": script} for script in SCRIPTS]}
    async with scripted(models=listed) as upstream:
        given = replace(settings, openai_base_url=upstream.url, openai_api_key="sk-test", find_local_models=False)
        settings_module.adopt(given)
        yield upstream
        await session.close()
        shelf._offers.clear()  # noqa: SLF001 - the next one may stand at the same port
        breaker._breakers.clear()  # noqa: SLF001 - as a new process begins


@pytest.fixture
async def desk(upstream: Upstream) -> AsyncIterator[asyncio.Event]:
    """Replies are written in this process, until the event is set or the test ends."""
    ending = asyncio.Event()

    async def end() -> None:
        await ending.wait()

    async with open_for_replies(settling.settle_lost, service.answer_waiting, end):
        yield ending


@pytest.fixture
def asker(alice: Player) -> Asker:
    return Asker(alice.id, alice.name, alice.email, "DEVELOPER")
