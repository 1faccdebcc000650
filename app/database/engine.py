"""The one way to PostgreSQL: a pool with time-outs, retries of what is safe to repeat, and a breaker.

Piccolo's queries run through it as they are; plain SQL runs through `fetch`. Both see the same unit of work.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import asyncpg
from pgvector.asyncpg import register_vector
from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString

from app.core import clock
from app.core.errors import Unavailable
from app.core.language import marked
from app.core.patience import FOR_A_JOB, TO_LET_GO, patience
from app.core.secrets import jitter
from app.database.address import Address
from app.database.breaker import Breaker
from app.database.failures import FAILURES, PERHAPS_PASSING, TOO_LONG, in_our_words, is_passing
from app.database.observed import measured
from app.database.transaction import Transaction, found

Result = TypeVar("Result")
ACQUIRE_WITHIN: Final = 3.0
PROBE_WITHIN: Final = 2.0
RETRY_FOR: Final = 1.5
SHORTEST_PAUSE: Final = 0.02
LONGEST_PAUSE: Final = 0.2


class Engine(PostgresEngine):
    """Piccolo's engine, repaired: it connects when told to, never leaks a connection, and knows when to give up."""

    def __init__(self) -> None:
        super().__init__(config={}, extensions=())
        self.breaker = Breaker(self._probe)
        self.address: Address | None = None

    async def check_version(self) -> None:
        """Not at import: the stock class connects in its constructor."""

    async def prep_database(self) -> None:
        """Extensions are made by the migrations' role, not here."""

    async def open(self, address: Address, most: int, least: int) -> None:
        """Connect."""
        self.address = address
        self.config = address.asyncpg()
        with in_our_words():
            self.pool = await asyncpg.create_pool(
                **self.config,
                min_size=least,
                max_size=most,
                command_timeout=FOR_A_JOB,
                timeout=ACQUIRE_WITHIN,
                init=_prepared,
                reset=_untouched,
            )

    async def close(self) -> None:
        """Let go of every connection, at once where they do not end by themselves."""
        await self.breaker.close()
        pool, self.pool = self.pool, None
        if pool is not None:
            try:
                async with asyncio.timeout(2):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    # What Piccolo calls -------------------------------------------------------------------------------------------

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:  # noqa: FBT001, FBT002, ARG002 - Piccolo's signature
        sql, values = querystring.compile_string(engine_type=self.engine_type)
        return await self.fetch(sql, *values)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:  # noqa: FBT001, FBT002, ARG002 - Piccolo's signature
        return await self.fetch(ddl)

    def transaction(self, allow_nested: bool = True) -> Transaction:  # noqa: FBT001, FBT002 - Piccolo's signature
        return Transaction(self, allow_nested)

    # What the house calls -----------------------------------------------------------------------------------------

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """The rows of one statement, with `$1` for the first value."""
        unit = found(self)
        with measured(sql, values), in_our_words():
            rows: list[asyncpg.Record] = await (
                self._alone(sql, values) if unit is None else self._answered(unit.connection, sql, values)
            )
        return rows

    async def fetch_one(self, sql: str, *values: Any) -> asyncpg.Record | None:
        """The first row, if there is one."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, if there is one."""
        row = await self.fetch_one(sql, *values)
        return None if row is None else row[0]

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call this once the present unit of work is committed; at once where there is none."""
        unit = found(self)
        if unit is None:
            call()
        else:
            unit.afterwards.append(call)

    def use(self) -> tuple[int, int, int]:
        """Connections in use, open, and allowed."""
        if self.pool is None:
            return 0, 0, 0
        size = self.pool.get_size()
        return size - self.pool.get_idle_size(), size, self.pool.get_max_size()

    # How ----------------------------------------------------------------------------------------------------------

    async def acquired(self) -> Any:
        """A connection of the pool."""
        if self.pool is None:
            raise Unavailable
        start = clock.monotonic()
        try:
            return await self.pool.acquire(timeout=ACQUIRE_WITHIN)
        except TimeoutError as late:
            if clock.since(start) < ACQUIRE_WITHIN * 0.9 or self.use()[0] < self.pool.get_max_size():
                raise
            self.breaker.doubt()
            message = marked("Too much is going on at once. Please try again in a moment.")
            raise Unavailable(message, retry_after=2) from late

    async def persisting(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """Try again while the database may be restarting; open the breaker when it stays away.

        Only for what may happen twice: a read, or whatever ends before anything was asked.
        """
        start, pause = clock.monotonic(), SHORTEST_PAUSE
        while True:
            self.breaker.check()
            try:
                return await attempt()
            except PERHAPS_PASSING as failure:
                if not is_passing(failure):
                    raise
                if clock.since(start) > RETRY_FOR:
                    self._give_up(failure)
                    raise
            await asyncio.sleep(pause + jitter(pause))
            pause = min(pause * 2, LONGEST_PAUSE)

    def _give_up(self, failure: Exception) -> None:
        """A server that is full is there all the same: those who have a connection can go on. So may a slow one be."""
        if isinstance(failure, TimeoutError):
            self.breaker.doubt()
        elif not isinstance(failure, asyncpg.TooManyConnectionsError):
            self.breaker.open()

    async def _alone(self, sql: str, values: Sequence[Any]) -> Any:
        if _only_reads(sql):
            return await self.persisting(lambda: self._once(sql, values))
        return await self._then_release(await self.persisting(self.acquired), sql, values)

    async def _once(self, sql: str, values: Sequence[Any]) -> Any:
        return await self._then_release(await self.acquired(), sql, values)

    async def _then_release(self, connection: Any, sql: str, values: Sequence[Any]) -> Any:
        pool = self.pool
        try:
            return await self._answered(connection, sql, values)
        finally:
            if pool is not None:
                with contextlib.suppress(TimeoutError):  # a statement that could not even be cancelled
                    await pool.release(connection, timeout=TO_LET_GO)

    async def _answered(self, connection: Any, sql: str, values: Sequence[Any]) -> Any:
        """A statement that takes too long says nothing about the others, but may be a sign."""
        try:
            return await connection.fetch(sql, *values, timeout=patience.get())
        except TimeoutError as late:
            self.breaker.doubt()
            raise Unavailable(TOO_LONG) from late

    async def _probe(self) -> bool:
        try:
            connection = await asyncpg.connect(**self.config, timeout=PROBE_WITHIN, command_timeout=PROBE_WITHIN)
            try:
                await connection.fetchval("select 1")
            finally:
                await connection.close(timeout=PROBE_WITHIN)
        except asyncpg.TooManyConnectionsError:
            return True
        except FAILURES:
            return False
        return True


def _only_reads(sql: str) -> bool:
    return sql.lstrip().lower().startswith("select")


async def _prepared(connection: asyncpg.Connection) -> None:
    await register_vector(connection)


async def _untouched(_connection: asyncpg.Connection) -> None:
    """Nothing to reset between users of a connection: settings and locks are only ever local to a transaction."""


db: Final = Engine()


@asynccontextmanager
async def atomic() -> AsyncIterator[None]:
    """One unit of work. Nested, it is a savepoint: what fails inside can be caught outside."""
    async with db.transaction():
        yield


@asynccontextmanager
async def unit() -> AsyncIterator[None]:
    """The unit of work that the caller is in, or a new one. What fails inside fails with all of it."""
    if found(db) is None:
        async with db.transaction():
            yield
    else:
        yield
