"""Backups: one file that holds everything but the master secret, checked when it is made, with a note beside it."""

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import asyncpg

from app import __version__
from app.core import clock
from app.core.errors import AppError, Misconfigured, Unavailable
from app.database import history, schema
from app.database.address import Address, Addresses
from app.database.binaries import Binaries, for_dumps
from app.database.bootstrap import grants, quoted
from app.database.connection import connected

PREFIX: Final = "commonplace"
NOT_INSIDE: Final = (
    "The master secret is not inside. Without it, what was encrypted (keys, tokens of providers) cannot be read again: "
    "keep a copy of it apart from the backups."
)
_NAME: Final = re.compile(rf"{PREFIX}-\d{{8}}T\d{{12}}Z(?:-(?P<label>[a-z0-9_-]+))?\.dump")
_ABANDONED: Final = 24 * 3600  # seconds after which nobody can still be writing
_SPARE: Final = 200 * 1024 * 1024
_TABLE: Final = re.compile(
    r'dumping contents of table "?(?:public\.)?([^"]+)"?|processing data for table "public\.([^"]+)"'
)

Progress = Callable[[str], None]


class BackupFailed(AppError):
    """A backup could not be made, read or brought back."""

    code = "BACKUP_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What stands beside a backup, to know it by and to check it against."""

    app: str
    made_at: str
    postgresql: int
    migration: str
    tables: dict[str, int]
    bytes: int
    sha256: str
    secret: str = NOT_INSIDE


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup."""

    path: Path
    note: Note


def _quiet(_step: str) -> None:
    """Nobody is watching."""


# Making -------------------------------------------------------------------------------------------------------------


async def backup(
    address: Address, directory: Path, keep: int, *, label: str = "", progress: Progress = _quiet
) -> Backup:
    """Write a backup; of those with the same label keep this many. It appears whole, or not at all."""
    _make(directory)
    stamp = f"{clock.now():%Y%m%dT%H%M%S%f}Z"
    path = directory / f"{PREFIX}-{stamp}{f'-{label}' if label else ''}.dump"
    draft = path.with_suffix(".part")
    try:
        async with connected(address) as connection:
            note = await _dump(connection, address, draft, progress)
        path.with_suffix(".json").write_text(json.dumps(asdict(note), indent=1))
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    _forget(directory, label, keep)
    return Backup(path, note)


def _make(directory: Path) -> None:
    try:
        if not directory.is_dir():
            directory.mkdir(parents=True)
            directory.chmod(0o700)
    except OSError as refused:
        message = "Backups cannot be kept in %(path)s: %(reason)s."
        raise BackupFailed(message, path=directory, reason=refused.strerror) from refused


async def _dump(connection: Any, address: Address, draft: Path, progress: Progress) -> Note:
    major = connection.get_server_version().major
    tools = for_dumps(major, tls=address.is_encrypted)
    await _check_room(connection, draft.parent)
    async with _moment(connection) as snapshot:
        tables = await schema.counts(connection)
        newest = list(await history.applied(connection))[-1:]
        arguments = ["--format=custom", "--verbose", f"--snapshot={snapshot}", f"--file={draft}"]
        await run_tool(tools, "pg_dump", arguments, address, _said("Backing up", len(tables), progress))
    await _check_readable(tools, draft, len(tables))
    return Note(
        app=__version__,
        made_at=clock.now().isoformat(timespec="seconds"),
        postgresql=major,
        migration=newest[0] if newest else "",
        tables=tables,
        **await asyncio.to_thread(_measured, draft),
    )


@contextlib.asynccontextmanager
async def _moment(connection: Any) -> AsyncIterator[str]:
    """One moment that the figures and the dump both see, whatever is written meanwhile."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("set local idle_in_transaction_session_timeout = 0")
        await connection.execute("set local statement_timeout = 0")
        yield await connection.fetchval("select pg_export_snapshot()")


async def _check_room(connection: Any, directory: Path) -> None:
    """A dump is a fraction of the database; a full disk would stop the database itself."""
    size = await connection.fetchval("select pg_database_size(current_database())")
    free = shutil.disk_usage(directory).free
    if free < size // 2 + _SPARE:
        message = "There is too little room for a backup in %(path)s: %(free)d MB are free. Make room, then try again."
        raise BackupFailed(message, path=directory, free=free // 1024**2)


async def _check_readable(tools: Binaries, draft: Path, tables: int) -> None:
    """Read it back: its list of contents names the data of every table."""
    listed = await run_tool(tools, "pg_restore", ["--list", str(draft)])
    found = listed.count(" TABLE DATA ")
    if found < tables:
        message = "The backup has the data of %(found)s tables in place of %(wanted)s. It was not kept; try again."
        raise BackupFailed(message, found=found, wanted=tables)
    with draft.open("rb+") as written:
        os.fchmod(written.fileno(), 0o600)
        os.fsync(written.fileno())


def _measured(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": _digest(path)}


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _forget(directory: Path, label: str, keep: int) -> None:
    """Remove the oldest of those that belong together; every dump before an upgrade belongs with the others."""
    for path in directory.glob(f"{PREFIX}-*.part"):
        if clock.now().timestamp() - path.stat().st_mtime > _ABANDONED:
            path.unlink(missing_ok=True)
    kind = label.partition("-")[0]
    for path in kept(directory, kind)[keep:]:
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)


def kept(directory: Path, kind: str = "") -> list[Path]:
    """The backups of one kind, newest first."""
    found = ((path, _NAME.fullmatch(path.name)) for path in directory.glob(f"{PREFIX}-*.dump"))
    return sorted(
        (path for path, name in found if name and (name["label"] or "").partition("-")[0] == kind), reverse=True
    )


# Reading ------------------------------------------------------------------------------------------------------------


def read(path: Path) -> Backup:
    """A backup and its note; refused where the file is not the one that was written."""
    try:
        note = Note(**json.loads(path.with_suffix(".json").read_text()))
        digest = _digest(path)
    except FileNotFoundError as missing:
        raise BackupFailed("There is no %(path)s.", path=missing.filename) from missing
    except (OSError, ValueError, TypeError) as unreadable:
        raise BackupFailed("%(path)s cannot be read. Take another backup.", path=path) from unreadable
    if digest != note.sha256:
        raise BackupFailed("%(path)s is damaged: it is not what was written. Take another backup.", path=path)
    return Backup(path, note)


# Bringing back ------------------------------------------------------------------------------------------------------


async def restore(path: Path, there: Addresses, *, progress: Progress = _quiet) -> Note:
    """Bring a backup back into a database without rows; all of it or nothing. Migrate afterwards."""
    owner = there.owner
    found = await asyncio.to_thread(read, path)
    async with connected(owner) as connection:
        if await schema.has_rows(connection):
            message = (
                "The database %(database)s has rows. A backup is restored into an empty one: name another, or "
                "begin with another directory by --data."
            )
            raise BackupFailed(message, database=owner.database)
        await schema.drop_everything(connection)
        await _bring_back(connection, found, owner, progress)
        await _compare(connection, found.note)
        await grants(connection, there.app.user)
    return found.note


async def verify(path: Path, there: Addresses, *, progress: Progress = _quiet) -> Note:
    """Bring a backup back into a database made for that, compare, and drop it."""
    maker = there.maker or there.owner
    scratch = f"{PREFIX}_verify_{os.getpid()}_{clock.now():%H%M%S%f}"
    async with connected(maker) as connection:
        await _make_scratch(connection, scratch, there.owner)
        try:
            async with connected(maker.of(database=scratch)) as inside:
                await inside.execute("create extension if not exists vector")
            return await restore(path, replace(there, owner=there.owner.of(database=scratch)), progress=progress)
        finally:
            await connection.execute(f"drop database {scratch} with (force)")


async def _make_scratch(connection: Any, name: str, owner: Address) -> None:
    try:
        await connection.execute(f"create database {name} owner {quoted(owner.user)} template template0")
    except asyncpg.InsufficientPrivilegeError as refused:
        message = (
            "User %(user)s may not make a database to try the backup in. Allow it there with: ALTER ROLE %(user)s "
            "CREATEDB."
        )
        raise Misconfigured(message, user=owner.user) from refused


async def _bring_back(connection: Any, found: Backup, owner: Address, progress: Progress) -> None:
    """Extensions are there already, and making them takes more power than an owner has."""
    tools = for_dumps(connection.get_server_version().major, tls=owner.is_encrypted)
    listed = await run_tool(tools, "pg_restore", ["--list", str(found.path)])
    contents = found.path.with_suffix(f".{os.getpid()}.list")
    contents.write_text("\n".join(line for line in listed.splitlines() if " EXTENSION " not in line))
    said = _said("Restoring", len(found.note.tables), progress)
    arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--verbose"]
    try:
        into = [f"--use-list={contents}", f"--dbname={owner.database}", str(found.path)]
        await run_tool(tools, "pg_restore", [*arguments, *into], owner, said)
    finally:
        contents.unlink()


async def _compare(connection: Any, note: Note) -> None:
    rows = await schema.counts(connection)
    if rows != note.tables:
        different = sorted(name for name in rows.keys() | note.tables.keys() if rows.get(name) != note.tables.get(name))
        message = "After restoring, these tables differ from the backup: %(tables)s. Take another backup."
        raise BackupFailed(message, tables=", ".join(different))


# PostgreSQL's tools -------------------------------------------------------------------------------------------------


def _said(doing: str, total: int, progress: Progress) -> Callable[[str], None]:
    """Progress, read from what a tool says while it works."""
    seen: list[str] = []

    def hear(line: str) -> None:
        table = _TABLE.search(line)
        if table:
            seen.append(table[1] or table[2])
            progress(f"{doing} {seen[-1]} ({len(seen)} of {total})")

    return hear


async def run_tool(
    tools: Binaries,
    name: str,
    arguments: list[str],
    address: Address | None = None,
    hear: Callable[[str], None] = _quiet,
) -> str:
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"} | (address.libpq_environment() if address else {})
    process = await asyncio.create_subprocess_exec(
        tools[name], *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        told, complaints = await asyncio.gather(_whole(process.stdout), _heard(process.stderr, hear))
        code = await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()  # where we are being cancelled; otherwise it has ended
    if code:
        raise _worded(name, complaints)
    return told


async def _whole(stream: Any) -> str:
    content: bytes = await stream.read()
    return content.decode(errors="replace")


async def _heard(stream: Any, hear: Callable[[str], None]) -> list[str]:
    """Pass on each line; keep those that complain."""
    complaints = []
    async for raw in stream:
        line = raw.decode(errors="replace").strip()
        hear(line)
        if "error:" in line or "FATAL:" in line:
            complaints.append(line.partition("error:")[2].strip() or line)
    return complaints


def _worded(name: str, complaints: list[str]) -> AppError:
    reason = complaints[0].rstrip(".") if complaints else "it gave no reason"
    if "No space left" in reason:
        return BackupFailed("The disk is full: %(reason)s. Make room, then try again.", reason=reason)
    if "connection to server" in reason:
        return Unavailable("%(name)s could not reach the database: %(reason)s.", name=name, reason=reason)
    if "unsupported version" in reason:
        message = "The backup was made by newer programs than these: %(reason)s. Install that PostgreSQL's client."
        return Misconfigured(message, reason=reason)
    return BackupFailed("%(name)s failed: %(reason)s.", name=name, reason=reason)
