"""Bring the tables up to date, at every start: one process at a time, one transaction for each migration.

A migration is a file of Piccolo's. It may define CONCURRENT, a tuple of `CREATE INDEX CONCURRENTLY IF NOT EXISTS …`
statements, which cannot run in a transaction: they run after it, and again until they have succeeded.
"""

import asyncio
import contextlib
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import asyncpg

from app.core import log
from app.core.errors import AppError, Unavailable
from app.core.settings import Settings
from app.database import backup, history, registry, schema
from app.database.address import Address, Addresses
from app.database.bootstrap import grants
from app.database.connection import connected
from app.database.engine import db
from app.database.history import UNFINISHED, Migration
from app.database.registry import MIGRATIONS

_LOCK: Final = 0x6D696772617465  # "migrate"
_ASK_AGAIN: Final = 0.1
_KEPT_DUMPS: Final = 3
_log = log.logger("app.database.migrate")

Progress = Callable[[str], None]
Created = Callable[[Any, str], Awaitable[None]]


class MigrationFailed(AppError):
    """A migration could not be applied; what it began is undone."""

    code = "MIGRATION_FAILED"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    id: str
    description: str
    is_applied: bool


def _quiet(_step: str) -> None:
    """Nobody is watching."""


async def _stays(_connection: Any, _table: str) -> None:
    """On plain PostgreSQL a new table lies where it was made; a distributed engine would be told its place here."""


# What there is to know ----------------------------------------------------------------------------------------------


async def pending(address: Address, folder: Path = MIGRATIONS) -> list[str]:
    """What is still to be done, oldest first."""
    async with connected(address) as connection:
        return [found.id for found in await _pending(connection, folder)]


async def _pending(connection: Any, folder: Path) -> list[Migration]:
    behind = await history.applied(connection)
    return [found for found in history.in_folder(folder) if not behind.get(found.id)]


async def status(there: Addresses, folder: Path = MIGRATIONS) -> list[Step]:
    """Every migration that the folder or the database knows."""
    async with connected(there.owner) as connection:
        behind = await history.applied(connection)
    known = [Step(found.id, found.description, behind.get(found.id, False)) for found in history.in_folder(folder)]
    strange = sorted(set(behind) - {step.id for step in known})
    return known + [Step(name, "of a newer release", is_applied=True) for name in strange]


# Forwards -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run needs to know."""

    there: Addresses
    progress: Progress = _quiet
    folder: Path = MIGRATIONS
    backups: Path | None = None
    created: Created = _stays


async def migrate(there: Addresses, settings: Settings, progress: Progress = _quiet) -> list[str]:
    """Apply what is pending; say what that was."""
    return await forwards(Run(there=there, progress=progress, backups=backups_of(settings)))


def backups_of(settings: Settings) -> Path | None:
    """Where backups go; None for those who back up by other means."""
    return settings.data_dir / "backups" if settings.backup_every_hours else None


async def forwards(run: Run) -> list[str]:
    """The same, told everything."""
    if not await pending(run.there.owner, run.folder):
        return []
    async with alone(run), connected(run.there.owner) as connection:
        await history.create(connection)
        due = await _pending(connection, run.folder)
        if due:
            await _dump_first(connection, run, due[0])
        for migration in due:
            run.progress(f"Migrating: {migration.description or migration.id}")
            await _apply(connection, run, migration)
    return [migration.id for migration in due]


@asynccontextmanager
async def alone(run: Run) -> AsyncIterator[None]:
    """Hold the lock for as long as the block lasts.

    Asked for again and again, never waited for: a waiting statement has a snapshot, and building an index concurrently
    waits for every older snapshot to go, so the two would wait for each other.
    """
    async with connected(run.there.owner) as guard:
        while not await _has_lock(guard):
            run.progress("Another process is migrating the database; waiting for it")
            await asyncio.sleep(_ASK_AGAIN)
        yield  # the connection ends with the block, and its transaction and the lock with it


async def _has_lock(guard: Any) -> bool:
    transaction = guard.transaction()
    await transaction.start()
    if await guard.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
        await guard.execute("set local idle_in_transaction_session_timeout = 0")
        return True
    await transaction.rollback()
    return False


async def _dump_first(connection: Any, run: Run, first: Migration) -> None:
    """An upgrade of data that exists begins with a copy of it."""
    if run.backups is None or not await history.applied(connection) or not await schema.has_rows(connection):
        return
    run.progress("Backing up before the upgrade")
    label = f"before-{first.path.stem}"
    made = await backup.backup(run.there.owner, run.backups, keep=_KEPT_DUMPS, label=label, progress=run.progress)
    _log.info("Backed up to %s before upgrading", made.path)


async def _apply(connection: Any, run: Run, migration: Migration) -> None:
    module = migration.module()
    indexes: Sequence[str] = getattr(module, "CONCURRENT", ())
    names = [history.index_name(statement) for statement in indexes]
    if migration.id not in await history.applied(connection):
        with _told(migration):
            await _in_a_transaction(connection, run, migration, module)
    for name, statement in zip(names, indexes, strict=True):
        run.progress(f"Building index {name}")
        with _told(migration):
            await _build(connection, name, statement)
    await history.forget(connection, migration, [UNFINISHED])


async def _in_a_transaction(connection: Any, run: Run, migration: Migration, module: ModuleType) -> None:
    async with _exclusively(connection):
        if migration.id in await history.applied(connection):
            return
        before = set(await schema.tables(connection))
        await _run(connection, module, backwards=False)
        for table in await schema.tables(connection):
            if table not in before:
                await run.created(connection, table)
        await history.note(connection, migration, indexes=bool(getattr(module, "CONCURRENT", ())))
        await grants(connection, run.there.app.user)


@asynccontextmanager
async def _exclusively(connection: Any) -> AsyncIterator[None]:
    """A transaction that no other migration runs beside, whatever became of the lock."""
    async with connection.transaction():
        await connection.execute("set local statement_timeout = 0")
        await connection.execute("set local lock_timeout = '30s'")
        await connection.execute(f"lock table {schema.HISTORY} in share row exclusive mode")
        if await connection.fetchval("select 1 from pg_extension where extname = 'citus'"):
            await connection.execute("set local citus.multi_shard_modify_mode to 'sequential'")
        yield


async def _run(connection: Any, module: ModuleType, *, backwards: bool) -> None:
    """Piccolo's own run of it, on this connection, without what it prints."""
    os.environ.setdefault("PICCOLO_CONF", "app.database.piccolo_conf")  # generated tables look their engine up by it
    manager = await module.forwards()
    unit = db.transaction()
    unit.connection = connection
    token = db.current_transaction.set(unit)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            await manager.run(backwards=backwards)
    finally:
        unit.is_over = True
        db.current_transaction.reset(token)


async def _build(connection: Any, name: str, statement: str) -> None:
    """An index whose building was interrupted is there, but useless: it goes, and is built anew."""
    valid = "select indisvalid from pg_index where indexrelid = to_regclass($1)"
    if await connection.fetchval(valid, f"public.{name}") is False:
        await connection.execute(f"drop index concurrently if exists {name}")
    await connection.execute(statement)


@contextlib.contextmanager
def _told(migration: Migration) -> Any:
    try:
        yield
    except Unavailable:
        raise
    except asyncpg.LockNotAvailableError as busy:
        message = (
            "The migration %(name)s waited 30 s for a table that is in use, and was undone. Stop the other processes "
            "that use this database, then start again."
        )
        raise MigrationFailed(message, name=migration.path.name) from busy
    except (asyncpg.PostgresError, AppError) as failure:
        message = (
            "The migration %(name)s failed and was undone: %(reason)s. What ran before it stays. Correct the cause, "
            "then start again; it continues where it stopped."
        )
        reason = str(failure.__cause__ or failure).rstrip(".")
        raise MigrationFailed(message, name=migration.path.name, reason=reason) from failure


# Backwards ----------------------------------------------------------------------------------------------------------


async def downgrade(run: Run) -> str | None:
    """Undo the newest migration; say which that was."""
    async with alone(run), connected(run.there.owner) as connection:
        newest = _newest(list(await history.applied(connection)), run.folder)
        if newest is None:
            return None
        await _dump_first(connection, run, newest)
        with _told(newest):
            await _undo(connection, newest)
        return newest.id


def _newest(behind: Sequence[str], folder: Path) -> Migration | None:
    if not behind:
        return None
    newest = next((found for found in history.in_folder(folder) if found.id == behind[-1]), None)
    if newest is None:
        message = "The newest migration, %(name)s, is of a newer release. Undo it with that release."
        raise MigrationFailed(message, name=behind[-1])
    return newest


async def _undo(connection: Any, migration: Migration) -> None:
    module = migration.module()
    async with _exclusively(connection):
        for statement in getattr(module, "CONCURRENT", ()):
            await connection.execute(f"drop index if exists {history.index_name(statement)}")
        await _run(connection, module, backwards=True)
        await history.forget(connection, migration, [registry.NAME, UNFINISHED])
