"""Payloads in every text that the database holds, past every check of ours."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from piccolo import columns
from piccolo.columns import JSONB, Array, BigInt, Boolean, Bytea, Column, Integer, Text, Timestamptz, Varchar

from app.core.ids import new_id
from app.database.registry import tables

PLANTED: Final = frozenset({
    "users", "oauth_accounts", "login_sessions", "api_tokens", "invitations", "jobs", "webhook_deliveries",
    "audit_logs", "notifications", "data_exports",
})  # fmt: skip
# What only a word of ours can be.
FIXED: Final = {"role": "DEVELOPER", "state": "DEAD", "outcome": "FAILED", "status": "FAILED"}
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
        for name, row in rows:
            places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
            await connection.execute(f"insert into {name} ({', '.join(row)}) values ({places})", *row.values())
        await connection.execute("update users set name = $1 where id = $2", "\"'><img src=x onerror=__pwn=1>", owner)
    finally:
        await connection.close()
    return len(rows)


def _row(found: Any, payload: str, owner: UUID) -> dict[str, Any]:
    return {column._meta.name: _value(column, payload, owner) for column in found}  # noqa: SLF001 - Piccolo's way to ask a column about itself


def _value(column: Column, payload: str, owner: UUID) -> Any:
    name = column._meta.name  # noqa: SLF001 - as above
    if name in FIXED:
        return FIXED[name]
    if isinstance(column, columns.UUID | columns.ForeignKey):
        return new_id() if name == "id" else owner
    if isinstance(column, Varchar | Text):
        is_unique = column._meta.unique or name in ("email", "provider_account_id")  # noqa: SLF001 - as above
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
        (Bytea, new_id().bytes + new_id().bytes),
        (Array, ["read", payload]),
    ]
    if isinstance(column, Timestamptz):
        ended = name in ("revoked_at", "deactivated_at", "accepted_at", "read_at")
        return None if ended else moment + timedelta(days=9 if name == "expires_at" else 0)
    return next(value for kind, value in kinds if isinstance(column, kind))
