"""What must be there before the first migration: roles, the database, the extension, and a server that is new enough.

On the embedded server we make all of it. On somebody's own server nothing is made but the extension: there we look, and
say what is missing.
"""

from typing import Any, Final

import asyncpg

from app.core.errors import Misconfigured
from app.database.address import Address, Addresses
from app.database.connection import connected

OLDEST_POSTGRESQL: Final = 15
OLDEST_VECTOR: Final = (0, 7)
APPEND_ONLY: Final = ("audit_logs",)
READ_ONLY: Final = ("migration",)
_LOCK: Final = 0x636F6D6D6F6E  # "common"

# The embedded server ------------------------------------------------------------------------------------------------

_IS_COMPLETE: Final = """
    select coalesce(
               (select installed_version = default_version from pg_available_extensions where name = 'vector'), false
           )
       and has_schema_privilege($1, 'public', 'usage')
       and not has_database_privilege('public', current_database(), 'connect')
"""


async def prepare(superuser: Address, addresses: Addresses) -> None:
    """Make the roles, the database and the extension where they are missing. Two at once do it once."""
    if await _is_complete(superuser, addresses):
        return
    async with connected(superuser) as guard, guard.transaction():
        await guard.execute("select pg_advisory_xact_lock($1)", _LOCK)
        async with connected(superuser) as connection:
            await _make_roles(connection, addresses)
            await _make_database(connection, addresses)
        async with connected(superuser.of(database=addresses.app.database)) as connection:
            await _fit_out(connection, addresses)


async def _is_complete(superuser: Address, addresses: Addresses) -> bool:
    """Asked at every start, so in one query."""
    try:
        connection = await asyncpg.connect(**superuser.of(database=addresses.app.database).asyncpg())
    except asyncpg.InvalidCatalogNameError:
        return False
    try:
        return bool(await connection.fetchval(_IS_COMPLETE, addresses.app.user))
    except asyncpg.UndefinedObjectError:  # the role
        return False
    finally:
        await connection.close()


async def _make_roles(connection: Any, addresses: Addresses) -> None:
    for role in (addresses.owner.user, addresses.app.user):
        if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
            await connection.execute(f"create role {quoted(role)} login nosuperuser nocreatedb nocreaterole")
    # A unit of work that hangs must not hold its locks for ever. Here and not at connecting: a pooler allows only this.
    app = quoted(addresses.app.user)
    await connection.execute(f"alter role {app} set idle_in_transaction_session_timeout = '60s'")
    await connection.execute(f"alter role {app} set statement_timeout = '60s'")


async def _make_database(connection: Any, addresses: Addresses) -> None:
    name, owner = addresses.app.database, addresses.owner.user
    if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
        await connection.execute(f"create database {quoted(name)} owner {quoted(owner)}")


async def _fit_out(connection: Any, addresses: Addresses) -> None:
    database, app = quoted(addresses.app.database), quoted(addresses.app.user)
    await connection.execute("create extension if not exists vector")
    await connection.execute("alter extension vector update")
    await connection.execute(f"grant connect on database {database} to {app}")
    await connection.execute(f"grant usage on schema public to {app}")
    await connection.execute(f"revoke all on database {database} from public")


# Somebody's own server ------------------------------------------------------------------------------------------------


async def check(addresses: Addresses) -> None:
    """Look whether this server will do; raise the one sentence that says what is missing."""
    async with connected(addresses.owner) as connection:
        _check_version(connection.get_server_version())
        await _check_writable(connection, addresses.owner)
        await _check_vector(connection, addresses.owner)
    if addresses.app != addresses.owner:
        async with connected(addresses.app) as connection:
            await connection.fetchval("select 1")


def _check_version(found: Any) -> None:
    """Refuse a server that is too old."""
    if found.major < OLDEST_POSTGRESQL:
        message = "This server is PostgreSQL %(found)s, but %(oldest)s or newer is needed. Upgrade it, or use another."
        raise Misconfigured(message, found=found.major, oldest=OLDEST_POSTGRESQL)


async def _check_writable(connection: Any, address: Address) -> None:
    if await connection.fetchval("select pg_is_in_recovery()"):
        message = "%(where)s is a read-only copy. Name the primary server in DATABASE_URL."
        raise Misconfigured(message, where=address.where)
    if not await connection.fetchval("select has_schema_privilege('public', 'create')"):
        message = (
            "User %(user)s may not make tables in database %(database)s. Allow it there with: "
            "GRANT ALL ON SCHEMA public TO %(user)s."
        )
        raise Misconfigured(message, user=address.user, database=address.database)


async def _check_vector(connection: Any, address: Address) -> None:
    installed = await connection.fetchval("select extversion from pg_extension where extname = 'vector'")
    if installed is None:
        await _make_vector(connection, address)
    else:
        _check_vector_version(installed, address)


async def _make_vector(connection: Any, address: Address) -> None:
    offered = await connection.fetchval("select default_version from pg_available_extensions where name = 'vector'")
    if offered is None:
        major = connection.get_server_version().major
        message = (
            "The extension pgvector is not installed at %(where)s. Install it there, on Debian: "
            "apt install postgresql-%(major)s-pgvector."
        )
        raise Misconfigured(message, where=address.where, major=major)
    _check_vector_version(offered, address)
    try:
        await connection.execute("create extension if not exists vector")
    except asyncpg.InsufficientPrivilegeError as refused:
        message = (
            "User %(user)s may not make the extension pgvector. Have an administrator run this in database "
            "%(database)s: CREATE EXTENSION vector."
        )
        raise Misconfigured(message, user=address.user, database=address.database) from refused


def _check_vector_version(version: str, address: Address) -> None:
    """Refuse an extension that is too old."""
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VECTOR:
        message = (
            "pgvector at %(where)s is %(found)s, but 0.7 or newer is needed. Install a newer one there, then run in "
            "database %(database)s: ALTER EXTENSION vector UPDATE."
        )
        raise Misconfigured(message, where=address.where, found=version, database=address.database)


# Both -----------------------------------------------------------------------------------------------------------------


# Not "all tables in schema": extensions of the server's administrator may have put theirs there too.
_OURS: Final = """
    select string_agg(format('%I.%I', relnamespace::regnamespace, relname), ', ') from pg_class
    where relnamespace = 'public'::regnamespace and relkind = any($1::"char"[]) and relowner = current_user::regrole
"""
_GRANTED: Final = {
    ("r", "p"): "grant select, insert, update, delete on table {names} to {role}",
    ("v", "m"): "grant select on table {names} to {role}",
    ("S",): "grant usage, select on sequence {names} to {role}",
}


async def grants(connection: Any, app: str) -> None:
    """Let the application read and write rows, and only add to what is append-only. For the owner, after migrating."""
    if app == await connection.fetchval("select current_user"):
        return
    role = quoted(app)
    await connection.execute(f"grant usage on schema public to {role}")
    for kinds, statement in _GRANTED.items():
        if names := await connection.fetchval(_OURS, [kind.encode() for kind in kinds]):
            await connection.execute(statement.format(names=names, role=role))
    for table in APPEND_ONLY:
        await _revoke(connection, "update, delete, truncate", table, role)
    for table in READ_ONLY:
        await _revoke(connection, "insert, update, delete, truncate", table, role)


async def _revoke(connection: Any, what: str, table: str, role: str) -> None:
    if await connection.fetchval("select to_regclass($1)", f"public.{table}"):
        await connection.execute(f"revoke {what} on {quoted(table)} from {role}")


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"{}"'.format(name.replace('"', '""'))
