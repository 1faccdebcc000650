"""One unit of work: all of it happens, or none. Units nest, and an inner one can fail alone."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import asyncpg
from piccolo.engine.postgres import PostgresTransaction

from app.core.errors import Conflict
from app.core.patience import TO_LET_GO, patience
from app.core.secrets import jitter
from app.database.failures import FAILURES, WORTH_REPEATING, in_our_words

Result = TypeVar("Result")
_MOST_TRIES = 4


class SharedTransaction(RuntimeError):
    """A fault of ours: a task was started inside a unit of work that belongs to another task."""


class Transaction(PostgresTransaction):
    """Piccolo's transaction, without its leaks.

    The stock class never gives its connection back when ROLLBACK fails, lets a nested block commit what it should
    have undone, and is inherited by tasks that outlive it.
    """

    # Piccolo declares none of these with a type.
    engine: Any
    connection: Any
    context: Any

    def __init__(self, engine: Any, allow_nested: bool = True) -> None:  # noqa: FBT001, FBT002 - Piccolo's signature
        super().__init__(engine, allow_nested)
        self._parent = found(engine)
        self.owner = asyncio.current_task()
        self.is_over = False
        self.afterwards: list[Callable[[], None]] = []
        self._inner: asyncpg.transaction.Transaction | None = None
        self._promised = 0  # how many calls were waiting for the commit when a nested unit began

    async def __aenter__(self) -> Self:
        with in_our_words():
            if isinstance(self._parent, Transaction):
                self.connection, self.afterwards = self._parent.connection, self._parent.afterwards
                self._promised = len(self.afterwards)
                self._inner = self.connection.transaction()
                await _started(self._inner)
                return self
            await self.engine.persisting(self._begin)
        self.context = self.engine.current_transaction.set(self)
        return self

    async def _begin(self) -> None:
        self.connection = await self.engine.acquired()
        self.transaction = self.connection.transaction()
        try:
            await _started(self.transaction)
        except BaseException:
            await self._give_back(broken=True)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if self._parent is not None:
            if failure is not None:
                del self.afterwards[self._promised :]
            await self._end(self._inner, failure)
            return False
        self.is_over = True
        self.engine.current_transaction.reset(self.context)
        broken = True
        try:
            await self._end(self.transaction, failure)
            broken = False
        finally:
            await self._give_back(broken=broken)
        if failure is None:
            for call in self.afterwards:
                call()
        return False

    async def _end(self, transaction: Any, failure: BaseException | None) -> None:
        """Commit or roll back; what made us roll back matters more than a rollback that fails."""
        if failure is None:
            with in_our_words():
                await transaction.commit()  # as patient as a job: given up, nobody would know whether it happened
            return
        try:
            async with asyncio.timeout(TO_LET_GO):
                await transaction.rollback()
        except FAILURES:
            self._break_off()

    async def _give_back(self, *, broken: bool) -> None:
        if broken:
            self._break_off()
        if self.engine.pool is not None:
            await self.engine.pool.release(self.connection)

    def _break_off(self) -> None:
        """Let PostgreSQL roll back by hanging up. A connection that died has gone back to the pool by itself."""
        with contextlib.suppress(asyncpg.InterfaceError):
            self.connection.terminate()


async def _started(transaction: Any) -> None:
    async with asyncio.timeout(patience.get()):
        await transaction.start()


def found(engine: Any) -> Transaction | None:
    """The unit of work that this task is in, if any.

    A task started inside one inherits it by context. Where that one has ended, it does not count; where it is still
    open, two tasks would speak on one connection at a time, so it is refused loudly.
    """
    current: Transaction | None = engine.current_transaction.get()
    if current is None or current.is_over:
        return None
    if current.owner is not asyncio.current_task():
        message = "A task was started inside atomic(). Start it after the commit, or with a context of its own."
        raise SharedTransaction(message)
    return current


async def repeated(work: Callable[[], Awaitable[Result]], tries: int = _MOST_TRIES) -> Result:
    """Do a whole unit of work again when it lost against another one. `work` opens its own atomic()."""
    for attempt in range(1, tries):
        try:
            return await work()
        except Conflict as lost:
            if not isinstance(lost.__cause__, WORTH_REPEATING):
                raise
        await asyncio.sleep(jitter(0.01 * 2**attempt))
    return await work()
