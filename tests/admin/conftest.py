"""What holds for every test of the administration."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from app.admin import health
from app.core import settings as settings_module
from app.core.settings import Settings
from app.database.address import Address
from app.database.engine import db
from tests.cast import Player, sign_in
from tests.line import Line, line_to


@pytest.fixture(autouse=True)
def fresh() -> None:
    """No reading of an earlier test."""
    health.latest.forget()


@pytest.fixture
async def line(prepared: Address, settings: Settings, database: Address) -> AsyncIterator[Line]:
    """The app's own pool, on a line that can be cut."""
    await db.close()
    async with line_to(prepared.host) as line:
        await db.open(replace(prepared, host=line.host), *settings.pool)
        try:
            yield line
        finally:
            await db.close()
            await db.open(prepared, *settings.pool)


@pytest.fixture
async def office(client: httpx2.AsyncClient, root: Player) -> httpx2.AsyncClient:
    """The administrator's browser."""
    await sign_in(client, root)
    return client


@pytest.fixture
def by_invitation(database: object, settings: Settings) -> None:
    settings_module.adopt(replace(settings, registration="invitation"))
