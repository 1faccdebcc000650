"""The pool is as large as the settings say: on our side, and as the server counts it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.asgi import connected
from app.core.settings import POOLS, read
from app.database import connection
from app.database.address import Address
from app.database.embedded import Cluster
from app.database.engine import db

COUNT = "select count(*) from pg_stat_activity where usename = 'commonplace'"


@pytest.fixture
async def superuser(prepared: Address, cluster: Cluster) -> AsyncIterator[Any]:
    """Who counts; the pool of the run stands aside meanwhile."""
    await db.close()
    async with connection.connected(cluster.superuser) as superuser:
        yield superuser


async def opened(superuser: Any, cluster: Cluster, **variables: str) -> tuple[int, int]:
    """How many connections are there when all are wanted, and how many when none is."""
    settings = read(variables, dotenv=Path("/nowhere"))
    async with connected(settings, cluster.addresses):
        assert db.pool is not None
        least = await superuser.fetchval(COUNT)
        held = [await db.acquired() for _ in range(settings.pool[0])]
        most = await superuser.fetchval(COUNT)
        assert db.use() == (most, most, most)
        for one in held:
            await db.pool.release(one)
    return most, least


@pytest.mark.parametrize("profile", POOLS)
async def test_a_profile_opens_its_pool(profile: str, superuser: Any, cluster: Cluster) -> None:
    assert await opened(superuser, cluster, COMMONPLACE_PROFILE=profile) == POOLS[profile]


async def test_a_pool_that_is_set_is_opened(superuser: Any, cluster: Cluster) -> None:
    assert await opened(superuser, cluster, COMMONPLACE_POOL_MAX="4", COMMONPLACE_POOL_MIN="3") == (4, 3)
