"""The one way to PostgreSQL: a pool with time-outs, retries of what is safe to repeat, and a breaker.

Piccolo's queries run through it as they are; plain SQL runs through `fetch`. Both see the same unit of work.
"""

import asyncio
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
from app.core.secrets import jitter
from app.database.address import Address
from app.database.breaker import Breaker
from app.database.failures import in_our_words, is_passing
from app.database.observed import measured
from app.database.transaction import Transaction, found

Result = TypeVar("Result")
ACQUIRE_WITHIN: Final = 3.0
ANSWER_WITHIN: Final = 30.0
RETRY_FOR: Final = 1.5


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
                command_timeout=ANSWER_WITHIN,
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
        with measured(sql), in_our_words():
            if unit is not None:
                return await unit.connection.fetch(sql, *values)
            return await self._alone(sql, values)

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
        """A connection of the pool. Nothing was sent yet, so this is always safe to try again."""
        return await self._persisting(self._acquire, is_safe=True)

    async def _acquire(self) -> Any:
        if self.pool is None:
            raise Unavailable
        start = clock.monotonic()
        try:
            return await self.pool.acquire(timeout=ACQUIRE_WITHIN)
        except TimeoutError as late:
            if clock.since(start) >= ACQUIRE_WITHIN * 0.9 and self.use()[0] >= self.pool.get_max_size():
                message = marked("Too much is going on at once. Please try again in a moment.")
                raise Unavailable(message, retry_after=2) from late
            raise

    async def _alone(self, sql: str, values: Sequence[Any]) -> Any:
        return await self._persisting(lambda: self._once(sql, values), is_safe=_only_reads(sql))

    async def _once(self, sql: str, values: Sequence[Any]) -> Any:
        connection = await self._persisting(self._acquire, is_safe=True)
        pool = self.pool
        try:
            return await connection.fetch(sql, *values)
        finally:
            if pool is not None:
                await pool.release(connection)

    async def _persisting(self, attempt: Callable[[], Awaitable[Result]], *, is_safe: bool) -> Result:
        """Try again while the database may be restarting; open the breaker when it stays away."""
        self.breaker.check()
        start, pause = clock.monotonic(), 0.02
        while True:
            try:
                return await attempt()
            except Exception as failure:
                if not is_passing(failure) or not is_safe:
                    raise
                if clock.since(start) > RETRY_FOR:
                    self.breaker.open()
                    raise
            self.breaker.check()
            await asyncio.sleep(pause + jitter(pause))
            pause *= 2

    async def _probe(self) -> None:
        with in_our_words():
            connection = await asyncpg.connect(**self.config, timeout=2)
            try:
                await connection.fetchval("select 1")
            finally:
                await connection.close(timeout=2)


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
