"""One connection outside the pool, for those who set things up: every way it can fail is one sentence with a remedy."""

import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import asyncpg

from app.core.errors import AppError, Misconfigured, Unavailable
from app.database.address import Address

WITHIN: Final = 10.0


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[Any]:
    """A connection that ends with the block."""
    with in_plain_words(address):
        connection = await asyncpg.connect(**address.asyncpg(), timeout=WITHIN)
    try:
        yield connection
    finally:
        await _closed(connection)


async def _closed(connection: Any) -> None:
    try:
        await connection.close(timeout=2)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


@contextmanager
def in_plain_words(address: Address) -> Iterator[None]:
    """Turn what connecting can raise into a sentence that says what to do."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError) as why:
        raise _worded(why, address) from why


def _worded(failure: Exception, address: Address) -> AppError:
    kind, message = next((kind, message) for types, kind, message in _WORDS if isinstance(failure, types))
    if "rejected SSL" in str(failure):
        message = _NO_TLS
    return kind(
        message,
        where=address.where,
        host=address.host,
        user=address.user,
        database=address.database,
        reason=str(failure).rstrip("."),
    )


_NO_TLS: Final = (
    "PostgreSQL at %(where)s does not speak TLS. Switch TLS on there, or do without it: DATABASE_TLS=off. "
    "Then passwords and data cross the network in the open."
)
_REFUSED: Final = (
    "PostgreSQL at %(where)s refuses the password of user %(user)s. Correct it in DATABASE_URL or DATABASE_REFUSED."
)
_NOT_LET_IN: Final = (
    "PostgreSQL at %(where)s does not let user %(user)s in: %(reason)s. Check the name of the user, and that "
    "pg_hba.conf there allows this host."
)
_NO_DATABASE: Final = (
    "There is no database %(database)s at %(where)s. Make it there with: CREATE DATABASE %(database)s OWNER %(user)s."
)
_NOT_ALLOWED: Final = (
    "User %(user)s may not connect to database %(database)s at %(where)s. Allow it there with: "
    "GRANT CONNECT ON DATABASE %(database)s TO %(user)s."
)
_TOO_MANY: Final = (
    "PostgreSQL at %(where)s has no connection left. Lower COMMONPLACE_POOL_MAX or COMMONPLACE_WORKERS, or raise "
    "max_connections there."
)
_NOT_NOW: Final = "PostgreSQL at %(where)s is starting or stopping. Try again in a moment."
_NOT_TRUSTED: Final = (
    "The certificate of PostgreSQL at %(where)s is not trusted: %(reason)s. Name its authority in DATABASE_URL with "
    "?sslrootcert=FILE and use the host name of the certificate, or do without TLS: DATABASE_TLS=off."
)
_BAD_TLS: Final = (
    "TLS with PostgreSQL at %(where)s fails: %(reason)s. Correct it there, or do without: DATABASE_TLS=off."
)
_NO_HOST: Final = "There is no host named %(host)s. Correct DATABASE_URL or DATABASE_HOST."
_SILENT: Final = (
    "PostgreSQL at %(where)s does not answer within 10 seconds. Check DATABASE_URL, and that no firewall is between."
)
_CLOSED: Final = "This user may not reach the socket in %(where)s. Run as the user that it belongs to."
_NOBODY: Final = "Nothing answers at %(where)s. Start PostgreSQL there, or correct DATABASE_URL."
_OTHER: Final = "PostgreSQL at %(where)s refuses the connection: %(reason)s. Check DATABASE_URL."

# The first that fits counts: several of these are kinds of OSError.
_WORDS: Final[tuple[tuple[type[Exception], type[AppError], str], ...]] = (
    (asyncpg.InvalidPasswordError, Misconfigured, _REFUSED),
    (asyncpg.InvalidAuthorizationSpecificationError, Misconfigured, _NOT_LET_IN),
    (asyncpg.InvalidCatalogNameError, Misconfigured, _NO_DATABASE),
    (asyncpg.InsufficientPrivilegeError, Misconfigured, _NOT_ALLOWED),
    (asyncpg.TooManyConnectionsError, Unavailable, _TOO_MANY),
    (asyncpg.CannotConnectNowError, Unavailable, _NOT_NOW),
    (ssl.SSLCertVerificationError, Misconfigured, _NOT_TRUSTED),
    (ssl.SSLError, Misconfigured, _BAD_TLS),
    (socket.gaierror, Misconfigured, _NO_HOST),
    (TimeoutError, Unavailable, _SILENT),
    (PermissionError, Misconfigured, _CLOSED),
    (OSError, Unavailable, _NOBODY),
    (Exception, Misconfigured, _OTHER),
)
