"""What Piccolo's own engine does wrong, and ours does right. Each of these fails on the stock class; the day that one
does not, the repair can go."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from piccolo.columns import Text
from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString
from piccolo.table import Table, create_db_tables, drop_db_tables

from app.database.address import Address
from app.database.embedded import Cluster
from app.database.engine import Engine
from app.database.transaction import SharedTransaction
from app.database.vector import Vector
from tests.line import Line, line_to, pool_to

Open = Callable[[Address], AbstractAsyncContextManager[Any]]


@asynccontextmanager
async def stock(address: Address) -> AsyncIterator[PostgresEngine]:
    engine = await asyncio.to_thread(PostgresEngine, address.asyncpg())  # its constructor waits for the server
    await engine.start_connection_pool(min_size=0, max_size=3)
    assert engine.pool is not None
    try:
        yield engine
    finally:
        engine.pool.terminate()


repaired = pytest.mark.parametrize(
    "opened", [pool_to, pytest.param(stock, marks=pytest.mark.xfail(strict=True, reason="what our engine repairs"))]
)


scratch = Engine()


class Note(Table, tablename="scratch_notes", db=scratch):
    text = Text()


@pytest.fixture
def straight(prepared: Address, cluster: Cluster) -> Address:
    """The database, for one who may do everything in it."""
    return cluster.superuser.of(database=prepared.database)


@pytest.fixture
async def line(straight: Address) -> AsyncIterator[Line]:
    async with line_to(straight.host) as line:
        yield line


@pytest.fixture
def address(line: Line, straight: Address) -> Address:
    return replace(straight, host=line.host)


@pytest.fixture
async def notes(straight: Address) -> AsyncIterator[None]:
    await scratch.open(straight, 1, 0)
    await create_db_tables(Note, if_not_exists=True)
    yield
    await drop_db_tables(Note)
    await scratch.close()


async def answers(engine: PostgresEngine) -> int:
    """How many rows there are, in a time that a healthy pool never needs."""
    async with asyncio.timeout(2):
        found = await engine.run_ddl("select count(*) as count from scratch_notes")
    return int(found[0]["count"])


async def write(engine: PostgresEngine, text: str) -> None:
    await engine.run_ddl(f"insert into scratch_notes (text) values ('{text}')")


async def quietly(work: Awaitable[Any]) -> object:
    return (await asyncio.gather(work, return_exceptions=True))[0]


async def gathering(engine: PostgresEngine) -> None:
    async with engine.transaction():
        await asyncio.gather(*[engine.run_ddl("select pg_sleep(0.01)") for _ in range(3)])


@repaired
async def test_gathering_inside_a_transaction_costs_no_connection(notes: None, address: Address, opened: Open) -> None:
    async with opened(address) as engine:
        for _ in range(4):
            async with asyncio.timeout(2):
                await asyncio.create_task(quietly(gathering(engine)))
        assert await answers(engine) == 0


async def test_gathering_inside_a_transaction_is_named_as_our_own_fault(notes: None, address: Address) -> None:
    async with pool_to(address) as engine:
        assert isinstance(await quietly(gathering(engine)), SharedTransaction)


async def half(engine: PostgresEngine, line: Line) -> None:
    async with engine.transaction():
        await write(engine, "half")
        line.cut(1)
        raise KeyError


@repaired
async def test_a_rollback_that_cannot_be_done_hides_nothing_and_keeps_nothing(
    notes: None, address: Address, line: Line, opened: Open
) -> None:
    async with opened(address) as engine:
        assert isinstance(await quietly(half(engine, line)), KeyError)
        assert await answers(engine) == 0


@repaired
async def test_a_task_that_outlives_the_transaction_it_was_started_in_has_its_own_connection(
    notes: None, address: Address, opened: Open
) -> None:
    over = asyncio.Event()

    async def afterwards() -> int:
        await over.wait()
        return await answers(engine)

    async with opened(address) as engine:
        async with engine.transaction():
            await write(engine, "kept")
            task = asyncio.create_task(afterwards())
        over.set()
        assert await task == 1


@repaired
async def test_what_fails_inside_can_be_caught_outside_without_keeping_its_half(
    notes: None, address: Address, opened: Open
) -> None:
    async with opened(address) as engine:
        async with engine.transaction():
            await write(engine, "outer")
            with contextlib.suppress(KeyError):
                async with engine.transaction():
                    await write(engine, "inner")
                    raise KeyError
        assert await answers(engine) == 1


@repaired
async def test_an_engine_connects_when_it_is_told_to_and_not_before(straight: Address, opened: Open) -> None:
    async with line_to(straight.host) as other:
        elsewhere = replace(straight, host=other.host)
        await asyncio.to_thread(Engine if opened is pool_to else lambda: PostgresEngine(elsewhere.asyncpg()))
        assert other.connections == 0


@repaired
async def test_a_read_survives_the_cut_of_its_connection(
    notes: None, address: Address, line: Line, opened: Open
) -> None:
    async with opened(address) as engine:
        await answers(engine)
        line.cut(1)
        assert await answers(engine) == 0


@repaired
async def test_a_read_waits_for_a_database_that_restarts(
    notes: None, address: Address, line: Line, opened: Open
) -> None:
    async with opened(address) as engine:
        await answers(engine)
        line.away_for(0.3)
        assert await answers(engine) == 0


class Meaning(Table, tablename="scratch_meanings", db=scratch):
    vector = Vector(3)


@repaired
async def test_every_connection_knows_vectors(notes: None, address: Address, opened: Open) -> None:
    await scratch.run_ddl("create table scratch_meanings (vector vector(3))")
    try:
        async with opened(address) as engine:
            values = QueryString("insert into scratch_meanings values ({})", [1.0, 2.0, 3.5])
            await engine.run_querystring(values)
            rows = await engine.run_ddl("select vector from scratch_meanings")
            assert rows[0]["vector"].to_list() == [1.0, 2.0, 3.5]
    finally:
        await scratch.run_ddl("drop table scratch_meanings")


async def test_a_table_with_vectors_is_made_written_and_read(notes: None) -> None:
    await create_db_tables(Meaning)
    await Meaning.insert(Meaning(vector=[1.0, 2.0, 3.5])).run()
    assert (await Meaning.select(Meaning.vector))[0]["vector"].to_list() == [1.0, 2.0, 3.5]
    await drop_db_tables(Meaning)


def test_a_vector_column_says_its_size() -> None:
    assert Meaning.vector.column_type == "VECTOR(3)"
