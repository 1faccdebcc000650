"""B15: a server that is not killed but stopped takes what it is sent, and never says a word."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack

import pytest

from app.core import clock
from app.core.errors import Unavailable
from app.database.address import Address
from app.database.embedded import Cluster
from app.database.engine import Engine
from tests.database.clusters import stopped
from tests.line import impatient, pool_to

ENOUGH_S = 20  # for whatever has to end; a job's patience is longer


@pytest.fixture
async def engine(database: Address, cluster: Cluster) -> AsyncIterator[Engine]:
    async with pool_to(cluster.superuser.of(database=database.database), 2) as engine:
        await engine.fetch("create table kept (number integer)")
        yield engine
        await engine.fetch("drop table kept")


async def read(engine: Engine) -> None:
    await engine.fetch("select number from kept")


async def write(engine: Engine) -> None:
    await engine.fetch("insert into kept values (1)")


async def unit(engine: Engine) -> None:
    async with engine.transaction():
        await write(engine)


async def back(engine: Engine) -> None:
    """Until it is known that the server is."""
    async with asyncio.timeout(60):
        while engine.breaker.is_open:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("ask", [read, write, unit])
async def test_b15_whoever_asks_a_server_that_was_stopped_is_told(
    ask: Callable[[Engine], Awaitable[None]], engine: Engine, cluster: Cluster
) -> None:
    await read(engine)
    with stopped(cluster), impatient():
        begun = clock.monotonic()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(ask(engine), ENOUGH_S)
        print(f"B15: {ask.__name__} of a stopped server was settled after {clock.since(begun):.1f} s")
        assert engine.use()[0] == 0
    await back(engine)
    await read(engine)


async def test_b15_a_unit_of_work_whose_server_is_stopped_in_its_midst_ends_and_leaves_nothing(
    engine: Engine, cluster: Cluster
) -> None:
    with ExitStack() as still, impatient():
        begun = clock.monotonic()
        with pytest.raises(Unavailable):
            async with asyncio.timeout(ENOUGH_S), engine.transaction():
                await write(engine)
                still.enter_context(stopped(cluster))
                await write(engine)
        print(f"B15: a unit of work of a stopped server was settled after {clock.since(begun):.1f} s")
        assert engine.use()[0] == 0
    await back(engine)
    assert await engine.fetch("select number from kept") == []


@pytest.mark.long
async def test_b15_a_commit_that_is_never_answered_ends_as_late_as_a_job(engine: Engine, cluster: Cluster) -> None:
    with ExitStack() as still, impatient():
        begun = clock.monotonic()
        with pytest.raises(Unavailable):
            async with engine.transaction():
                await write(engine)
                still.enter_context(stopped(cluster))
        print(f"B15: a commit of a stopped server was settled after {clock.since(begun):.1f} s")
        assert engine.use()[0] == 0
    await back(engine)
    await read(engine)
