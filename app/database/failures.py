"""What PostgreSQL and its driver raise, told apart and put into the words of the house."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from app.core.errors import AppError, Conflict, Duplicate, ForeignKeyMissing, Rejected, Unavailable
from app.core.language import marked

# A crash of the server surfaces as any of these; InternalClientError belongs to no family but means the same.
_PASSING: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.CrashShutdownError,
    asyncpg.AdminShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
_UNUSABLE_VALUE: Final = (
    asyncpg.DataError,
    asyncpg.CheckViolationError,
    asyncpg.NotNullViolationError,
    asyncpg.ProgramLimitExceededError,
)
WORTH_REPEATING: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


def is_passing(failure: BaseException) -> bool:
    """Whether the database is away rather than unwilling."""
    if isinstance(failure, asyncpg.InterfaceError):
        return "clos" in str(failure)  # a closed connection or pool; every other one is a fault in how we call it
    return isinstance(failure, _PASSING)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raise the house's errors in place of the driver's; what is a fault of ours passes through."""
    try:
        yield
    except Exception as failure:
        worded = _worded(failure)
        if worded is None:
            raise
        raise worded from failure


def _worded(failure: Exception) -> AppError | None:
    if is_passing(failure):
        return Unavailable()
    for kind, make in _WORDS.items():
        if isinstance(failure, kind):
            return make()
    return None


_WORDS: Final = {
    asyncpg.UniqueViolationError: Duplicate,
    asyncpg.ForeignKeyViolationError: ForeignKeyMissing,
    WORTH_REPEATING: Conflict,
    _UNUSABLE_VALUE: lambda: Rejected(marked("This contains something that cannot be stored.")),
    asyncpg.QueryCanceledError: lambda: Unavailable(marked("This took too long and was stopped.")),
}
