"""The engine: one way to PostgreSQL. It says in words what went wrong, and does nothing twice without being sure."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextvars import Context
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from app.core import clock
from app.core import settings as settings_module
from app.core.errors import AppError, Conflict, Duplicate, ForeignKeyMissing, Rejected, Unavailable
from app.database import engine as engine_module
from app.database import observed
from app.database.address import Address
from app.database.embedded import Cluster
from app.database.engine import Engine
from app.database.failures import TOO_LONG
from app.database.transaction import repeated
from tests.line import Line, impatient, line_to, pool_to

MOST = 3


@pytest.fixture
def straight(database: Address, cluster: Cluster) -> Address:
    """The database, for one who may do everything in it."""
    return cluster.superuser.of(database=database.database)


@pytest.fixture
async def line(straight: Address) -> AsyncIterator[Line]:
    async with line_to(straight.host) as line:
        yield line


@pytest.fixture
async def engine(line: Line, straight: Address) -> AsyncIterator[Engine]:
    """An engine on the line, and a table to write to."""
    through = replace(straight, host=line.host)
    async with pool_to(straight, 1) as owner, pool_to(through, MOST) as engine:
        await owner.fetch("create table scratch (text text primary key, of text references scratch (text))")
        yield engine
        await owner.fetch("drop table scratch")


async def write(engine: Engine, text: str) -> None:
    await engine.fetch("insert into scratch (text) values ($1)", text)


async def written(engine: Engine) -> list[str]:
    return [row["text"] for row in await engine.fetch("select text from scratch order by text")]


async def failure_of(engine: Engine, sql: str, *values: object) -> AppError:
    with pytest.raises(AppError) as caught:
        await engine.fetch(sql, *values)
    return caught.value


async def until_closed(engine: Engine) -> None:
    async with asyncio.timeout(10):
        while engine.breaker.is_open:
            await asyncio.sleep(0.01)


# In our words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "values", "kind"),
    [
        ("insert into scratch (text) values ('a'), ('a')", (), Duplicate),
        ("insert into scratch (text, of) values ('a', 'nobody')", (), ForeignKeyMissing),
        ("insert into scratch (of) values (null)", (), Rejected),
        ("select $1::text", ("a\x00b",), Rejected),
        ("select $1::text", ("\ud83d",), Rejected),
        ("select $1::jsonb", ('"\\u0000"',), Rejected),
        ("select $1::jsonb", ('"\\ud83d"',), Rejected),
        ("select $1::integer", (2**31,), Rejected),
        ("select $1::uuid", ("no id",), Rejected),
        ("select 'a' like $1", ("%\\",), Rejected),
        ("select to_tsvector('simple', $1)", (" ".join(f"word{n:06}" for n in range(200_000)),), Rejected),
        ("select $1::vector", ([float("nan")],), Rejected),
        ("do $$ begin raise exception 'x' using errcode = 'disk_full'; end $$", (), Unavailable),
        ("do $$ begin raise exception 'x' using errcode = 'invalid_catalog_name'; end $$", (), Unavailable),
        ("do $$ begin raise exception 'x' using errcode = 'query_canceled'; end $$", (), Unavailable),
        ("do $$ begin raise exception 'x' using errcode = 'deadlock_detected'; end $$", (), Conflict),
    ],
)
async def test_what_postgresql_refuses_comes_out_in_our_words(
    engine: Engine, sql: str, values: tuple[object, ...], kind: type[AppError]
) -> None:
    assert type(await failure_of(engine, sql, *values)) is kind
    async with engine.transaction():
        assert type(await failure_of(engine, sql, *values)) is kind
    assert not engine.breaker.is_open


async def test_a_fault_in_our_own_sql_is_not_dressed_up(engine: Engine) -> None:
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await engine.fetch("selekt 1")


async def test_b12_a_word_too_long_for_an_index_is_refused_kindly(engine: Engine) -> None:
    assert isinstance(await failure_of(engine, "insert into scratch (text) values ($1)", str(uuid4()) * 9000), Rejected)


# What is repeated and what is not ------------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", [False, True])
async def test_b27_a_write_whose_answer_is_lost_is_not_written_twice(
    engine: Engine, line: Line, *, answered: bool
) -> None:
    await write(engine, "first")
    line.cut(1, answered=answered)
    with pytest.raises(Unavailable):
        await write(engine, "second")
    assert await written(engine) == (["first", "second"] if answered else ["first"])


async def test_a_unit_of_work_begins_again_where_nothing_was_done_yet(engine: Engine, line: Line) -> None:
    await write(engine, "first")
    line.cut(1)
    async with engine.transaction():
        await write(engine, "second")
    assert await written(engine) == ["first", "second"]


@pytest.mark.parametrize("answered", [False, True])
async def test_b27_wherever_a_unit_of_work_is_cut_it_happened_whole_or_not_at_all(
    engine: Engine, line: Line, *, answered: bool
) -> None:
    tried = 0
    for nth in range(1, 20):
        before = await written(engine)
        line.cut(nth, answered=answered)
        texts = [f"{nth:02}-{part}" for part in "abc"]
        try:
            async with engine.transaction():
                for text in texts:
                    await write(engine, text)
        except Unavailable:
            tried += 1
        assert await written(engine) in (before, sorted(before + texts))
        if line.is_whole:
            break
    assert tried >= 4
    assert engine.use()[0] == 0
    print(f"B27: {tried} cuts of one unit of work, half-states 0, connections leaked 0")


async def test_work_that_lost_against_another_is_done_again(engine: Engine) -> None:
    tries = []

    async def work() -> int:
        tries.append(1)
        async with engine.transaction():
            if len(tries) < 3:
                await engine.fetch("do $$ begin raise exception 'x' using errcode = 'serialization_failure'; end $$")
        return len(tries)

    assert await repeated(work) == 3


async def test_work_that_always_loses_ends_as_a_conflict(engine: Engine) -> None:
    async def work() -> None:
        await engine.fetch("do $$ begin raise exception 'x' using errcode = 'serialization_failure'; end $$")

    with pytest.raises(Conflict):
        await repeated(work, tries=2)


async def test_a_conflict_of_another_kind_is_not_tried_again() -> None:
    tries = []

    async def work() -> None:
        tries.append(1)
        raise Duplicate

    with pytest.raises(Duplicate):
        await repeated(work)
    assert len(tries) == 1


# Units of work -------------------------------------------------------------------------------------------------------


async def test_units_nest_and_each_can_fail_alone(engine: Engine) -> None:
    async with engine.transaction():
        await write(engine, "outer")
        async with engine.transaction():
            await write(engine, "middle")
            with pytest.raises(Duplicate):
                async with engine.transaction():
                    await write(engine, "inner")
                    await write(engine, "outer")
    assert await written(engine) == ["middle", "outer"]


async def test_what_waits_for_the_commit_is_called_after_it(engine: Engine) -> None:
    called: list[str] = []
    async with engine.transaction():
        engine.after_commit(lambda: called.append("outer"))
        async with engine.transaction():
            engine.after_commit(lambda: called.append("inner"))
        assert called == []
    assert called == ["outer", "inner"]


async def test_what_waits_for_a_commit_that_never_comes_is_not_called(engine: Engine) -> None:
    called: list[str] = []
    async with engine.transaction():
        with pytest.raises(Duplicate):
            async with engine.transaction():
                engine.after_commit(lambda: called.append("inner"))
                raise Duplicate
        engine.after_commit(lambda: called.append("outer"))
    assert called == ["outer"]
    with pytest.raises(Duplicate):
        async with engine.transaction():
            engine.after_commit(lambda: called.append("never"))
            raise Duplicate
    assert called == ["outer"]


async def test_outside_of_a_unit_nothing_waits(engine: Engine) -> None:
    called: list[str] = []
    engine.after_commit(lambda: called.append("now"))
    assert called == ["now"]


async def test_a_cancelled_task_leaves_no_row_and_no_connection(engine: Engine) -> None:
    async def work() -> None:
        async with engine.transaction():
            await write(engine, "half")
            await engine.fetch("select pg_sleep(60)")

    task = asyncio.create_task(work())
    while engine.use()[0] == 0:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert await written(engine) == []
    assert engine.use()[0] == 0


async def test_a_killed_backend_ends_its_unit_and_nothing_else(engine: Engine, straight: Address) -> None:
    async with pool_to(straight, 1) as other:
        with pytest.raises(Unavailable):
            async with engine.transaction():
                await write(engine, "half")
                pid = await engine.fetch_value("select pg_backend_pid()")
                await other.fetch("select pg_terminate_backend($1, 5000)", pid)
                await write(engine, "other half")
    assert await written(engine) == []
    assert engine.use()[0] == 0


# Away, full, slow ----------------------------------------------------------------------------------------------------


async def test_b15_while_the_database_is_away_everybody_is_told_at_once(engine: Engine, line: Line) -> None:
    await written(engine)
    line.away()
    with pytest.raises(Unavailable):
        await written(engine)
    assert engine.breaker.is_open
    start = clock.monotonic()
    for _ in range(100):
        with pytest.raises(Unavailable):
            await write(engine, "never")
        with pytest.raises(Unavailable):
            async with engine.transaction():
                await write(engine, "never")
    took = clock.since(start) / 200
    print(f"B15: fails within {took * 1000:.2f} ms while the breaker is open")
    assert took < 0.1
    await line.back()
    await until_closed(engine)
    assert await written(engine) == []


async def test_a_slow_statement_is_stopped_and_harms_nobody_else(engine: Engine) -> None:
    with impatient():
        failure = await failure_of(engine, "select pg_sleep(60)")
    assert failure.msgid == TOO_LONG
    assert await engine.fetch_value("select 1") == 1
    assert not engine.breaker.is_open


async def test_a_database_that_hangs_opens_the_breaker(
    engine: Engine, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "PROBE_WITHIN", 0.2)
    await engine.fetch("select 1")
    line.is_thawed.clear()
    with impatient():
        assert isinstance(await failure_of(engine, "select 1"), Unavailable)
    async with asyncio.timeout(10):
        while not engine.breaker.is_open:
            await asyncio.sleep(0.01)
    line.is_thawed.set()
    await until_closed(engine)
    assert await engine.fetch_value("select 1") == 1


async def test_b15_a_full_pool_is_told_as_such_and_recovers(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "ACQUIRE_WITHIN", 0.3)
    holding = [asyncio.create_task(engine.fetch("select pg_sleep(1.5)")) for _ in range(MOST)]
    while engine.use()[0] < MOST:
        await asyncio.sleep(0.01)
    waiting = await asyncio.gather(*[engine.fetch("select 1") for _ in range(200)], return_exceptions=True)
    told = [failure for failure in waiting if isinstance(failure, Unavailable) and failure.retry_after == 2]
    assert len(told) == 200
    assert not engine.breaker.is_open
    await asyncio.gather(*holding)
    start = clock.monotonic()
    assert await engine.fetch_value("select 1") == 1
    took = clock.since(start)
    print(f"B15: 200 of 200 told to come back, recovered {took * 1000:.0f} ms after the pool was free")
    assert took < 2


async def test_a_server_without_room_for_another_connection_does_not_stop_those_that_are_in(straight: Address) -> None:
    async with pool_to(straight, 1) as owner:
        await owner.fetch("create role guest login connection limit 1 in role commonplace")
        try:
            guest = straight.of(user="guest")
            async with pool_to(guest, 2) as crowded, crowded.transaction():
                alone = asyncio.create_task(crowded.fetch("select 1"), context=Context())
                await asyncio.wait([alone])
                assert isinstance(alone.exception(), Unavailable)
                assert not crowded.breaker.is_open
                assert await crowded.fetch_value("select 1") == 1
        finally:
            await owner.fetch("drop role guest")


async def test_after_the_end_there_is_no_database(engine: Engine, straight: Address) -> None:
    async with pool_to(straight) as closed:
        await closed.close()
        assert isinstance(await failure_of(closed, "select 1"), Unavailable)
        assert closed.use() == (0, 0, 0)


# Observed ------------------------------------------------------------------------------------------------------------


async def test_statements_are_counted_and_the_slow_ones_apart(engine: Engine) -> None:
    count, seconds, slow = observed.totals()
    sql = "select pg_sleep(0.15) as nap_of_the_tests"
    await engine.fetch(sql)
    assert observed.totals()[0] == count + 1
    assert observed.totals()[1] > seconds + 0.1
    assert observed.totals()[2] == slow + 1
    found = next(each for each in observed.slowest(500) if each.sql == sql)
    assert (found.count, found.slow) == (1, 1)
    assert found.longest == found.mean == found.total


async def test_a24_a_logged_query_shows_what_its_values_are_like_and_not_what_they_are(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    settings_module.adopt(replace(settings_module.settings(), log_queries=True))
    with caplog.at_level(logging.INFO):
        await engine.fetch("select $1::text, $2::bytea, $3::integer", "canary-4711", b"canary-4711", 4711)
    assert "ms select $1::text, $2::bytea, $3::integer [str of 11, bytes of 11, int]" in caplog.text
    assert "4711" not in caplog.text


def test_figures_of_statements_do_not_grow_without_end() -> None:
    runs = observed.MOST_STATEMENTS + 10
    for number in range(runs):
        with observed.measured("select often"):
            pass
        with observed.measured(f"select {number}"):
            pass
    kept = {each.sql: each.count for each in observed.slowest(10_000)}
    assert len(kept) <= observed.MOST_STATEMENTS
    assert kept["select often"] == runs
