"""Payloads in every text that the database holds, past every check of ours."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from piccolo import columns
from piccolo.columns import JSONB, Array, BigInt, Boolean, Bytea, Column, Integer, Numeric, Text, Timestamptz, Varchar

from app.chat.attachments.tables import AttachedFile, Attachment
from app.chat.conversations.tables import Conversation, Draft, Folder
from app.chat.messages.tables import Message
from app.chat.sharing.tables import Share
from app.core.ids import new_id
from app.core.secrets import hashed
from app.database.registry import tables

PLANTED: Final = frozenset({
    "users", "oauth_accounts", "login_sessions", "api_tokens", "invitations", "jobs", "webhook_deliveries",
    "audit_logs", "notifications", "data_exports", "providers", "own_providers", "specializations",
})  # fmt: skip
# What only a word of ours can be.
TALKS: Final = 20  # messages of one conversation: a page shows twice as many at once
SHARED: Final = "shared-{number}"  # the token of each conversation's link
FIXED: Final = {"role": "DEVELOPER", "state": "DEAD", "outcome": "FAILED", "status": "FAILED"}
UNIQUE: Final = frozenset({"email", "provider_account_id", "slug", "origin_id", "idempotency_key"})
_number: Final = count()


def socket_in(data: Path) -> str:
    """The directory of the socket of the database that lives here."""
    return str(next(data.rglob(".s.PGSQL.*")).parent)


async def plant(socket: str, payloads: list[str]) -> int:
    """One row for each payload in each table that a page shows; how many rows."""
    connection = await asyncpg.connect(host=socket, user="postgres", database="commonplace")
    try:
        owner = await connection.fetchval("select id from users limit 1")
        rows = [
            (table._meta.tablename, _row(table._meta.columns, payload, owner))  # noqa: SLF001 - Piccolo's way to ask a table about itself
            for table in tables()
            if table._meta.tablename in PLANTED  # noqa: SLF001 - likewise
            for payload in payloads
        ]
        rows += list(_said(payloads, owner))
        for name, row in rows:
            places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
            await connection.execute(f"insert into {name} ({', '.join(row)}) values ({places})", *row.values())
        await connection.execute("update users set name = $1 where id = $2", "\"'><img src=x onerror=__pwn=1>", owner)
    finally:
        await connection.close()
    return len(rows)


def _said(payloads: Sequence[str], owner: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same in conversations, and in all that hangs on them: on every shelf, and as what was said."""
    moment = datetime.now(UTC)
    for payload in payloads:
        yield _of(Folder, payload, owner)
        for shelf in ("active_at", "archived_at", "deleted_at"):
            yield _of(Conversation, payload, owner, **{shelf: moment})
    for number, start in enumerate(range(0, len(payloads), TALKS)):
        yield from _talk(payloads[start : start + TALKS], owner, SHARED.format(number=number))


def _talk(payloads: Sequence[str], owner: UUID, token: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """One conversation in which somebody says these and a model repeats each."""
    talk, said = new_id(), [new_id() for _ in range(2 * len(payloads))]
    yield _of(Conversation, payloads[0], owner, id=talk, leaf_id=said[-1], pinned_at=datetime.now(UTC))
    yield _of(Draft, payloads[0], owner, place=talk)
    for place, message in enumerate(said):
        payload, role = payloads[place // 2], ("USER", "ASSISTANT")[place % 2]
        noted = {"instructions": payload, "messages": [str(each) for each in said[:place]], "left_out": 1}
        told = json.dumps({**noted, "files": [{"name": payload, "told": 1, "of": 2}]})
        where = {"conversation_id": talk, "parent_id": said[place - 1] if place else talk, "depth": place}
        yield _of(Message, payload, owner, id=message, role=role, status="DONE", html=None, told=told, **where)
        if role == "USER":
            file = new_id()
            yield _of(
                AttachedFile, payload, owner, id=file, kind="TEXT", media_type="text/plain", data=payload.encode()
            )
            yield _of(Attachment, payload, owner, file_id=file, conversation_id=talk, message_id=message)
    yield _of(Share, "", owner, conversation_id=talk, upto_id=said[-1], token_sha256=hashed(token))


def _of(table: Any, payload: str, owner: UUID, **given: Any) -> tuple[str, dict[str, Any]]:
    meta = table._meta  # noqa: SLF001 - as above
    nowhere = {column._meta.name: None for column in meta.columns if column._meta.null}  # noqa: SLF001 - as above
    written = {name: value for name, value in _row(meta.columns, payload, owner).items() if isinstance(value, str)}
    always = {"temporary": False} if table is Conversation else {}
    return meta.tablename, {**_row(meta.columns, payload, owner), **nowhere, **written, **always, **given}


def _row(found: Any, payload: str, owner: UUID) -> dict[str, Any]:
    return {column._meta.name: _value(column, payload, owner) for column in found}  # noqa: SLF001 - Piccolo's way to ask a column about itself


def _value(column: Column, payload: str, owner: UUID) -> Any:
    name = column._meta.name  # noqa: SLF001 - as above
    if name in FIXED:
        return FIXED[name]
    if isinstance(column, columns.UUID | columns.ForeignKey):
        return new_id() if name == "id" else owner
    if isinstance(column, Varchar | Text):
        is_unique = column._meta.unique or name in UNIQUE  # noqa: SLF001 - as above
        unique = f"{payload}{next(_number)}" if is_unique else payload
        if name == "text":
            unique = unique.replace("%", "")  # a sentence of ours, with places; what fills them is tried too
        return unique[-(getattr(column, "length", None) or 4000) :]
    return _plain(column, name, payload)


def _plain(column: Column, name: str, payload: str) -> Any:
    moment = datetime.now(UTC)
    kinds: list[tuple[type[Column], Any]] = [
        (JSONB, json.dumps({"x": payload, payload: payload, "done": True, "purpose": payload})),
        (Boolean, True),
        (BigInt, 1),
        (Integer, 1),
        (Numeric, 1),
        (Bytea, new_id().bytes + new_id().bytes),
        (Array, ["read", payload]),
    ]
    if isinstance(column, Timestamptz):
        ended = name in ("revoked_at", "deactivated_at", "accepted_at", "read_at")
        return None if ended else moment + timedelta(days=9 if name == "expires_at" else 0)
    return next(value for kind, value in kinds if isinstance(column, kind))
