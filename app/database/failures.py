"""What PostgreSQL and its driver raise, told apart and put into the words of the house."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from app.core.errors import AppError, Conflict, Duplicate, ForeignKeyMissing, Rejected, Unavailable
from app.core.language import marked

# Everything that can come out of the driver. InternalClientError belongs to no family.
FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

# A crash of the server surfaces as any of these.
_PASSING: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.CrashShutdownError,
    asyncpg.AdminShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    OSError,
)
PERHAPS_PASSING: Final = (*_PASSING, asyncpg.InterfaceError)
# The driver's complaint about a connection or pool that is closed; any other of its kind is a fault in how we call it.
_GONE: Final = ("closed", "closing", "released back to the pool")
WORTH_REPEATING: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
TOO_LONG: Final = marked("This took too long and was stopped.")

_UNUSABLE_VALUE: Final = (
    asyncpg.DataError,
    asyncpg.CheckViolationError,
    asyncpg.NotNullViolationError,
    asyncpg.ProgramLimitExceededError,
)
_UNWILLING: Final = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCachedStatementError,
)


def is_passing(failure: BaseException) -> bool:
    """Whether the database is away rather than unwilling."""
    if isinstance(failure, asyncpg.InterfaceError):
        return any(sign in str(failure) for sign in _GONE)
    return isinstance(failure, _PASSING)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raise the house's errors in place of the driver's; what is a fault of ours passes through."""
    try:
        yield
    except FAILURES as failure:
        worded = _worded(failure)
        if worded is None:
            raise
        raise worded from failure


def _worded(failure: BaseException) -> AppError | None:
    if is_passing(failure):
        return Unavailable()
    for kind, make in _WORDS.items():
        if isinstance(failure, kind):
            return make()
    return None


_Kinds = type[BaseException] | tuple[type[BaseException], ...]
_WORDS: Final[dict[_Kinds, Callable[[], AppError]]] = {
    asyncpg.UniqueViolationError: Duplicate,
    asyncpg.ForeignKeyViolationError: ForeignKeyMissing,
    WORTH_REPEATING: Conflict,
    _UNUSABLE_VALUE: lambda: Rejected(marked("This contains something that cannot be stored.")),
    asyncpg.QueryCanceledError: lambda: Unavailable(TOO_LONG),
    asyncpg.InsufficientResourcesError: lambda: Unavailable(
        marked("The database has no room left. An administrator has to look after it; what was saved is safe.")
    ),
    _UNWILLING: lambda: Unavailable(marked("The database does not let us in at the moment. Please try again shortly.")),
}
