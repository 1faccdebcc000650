"""A row in every table that can hold something of a person, with a mark in every column that can hold one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from app.core.ids import new_id
from app.database.engine import db
from tests.cast import Player

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

# Tables in which nothing is about anybody. Every other one is in the archive, or says there why it is not.
IMPERSONAL = {
    "migration": "what was done to the tables",
    "push_keys": "the key by which push services know this house",
    "providers": "whose models everybody can choose",
    "specializations": "assistants for everybody",
}
# What the columns' types and foreign keys do not say.
CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "users": {"role": "DEVELOPER", "is_active": True, "deactivated_at": None},
    "verification_tokens": {"kind": "EMAIL"},
    "invitations": {"role": "STUDENT", "invited_by": None},
    "user_preferences": {"theme": "dark"},
    "data_exports": {"status": "READY"},
    "jobs": {"state": "DONE"},
    "budgets": {"role": None, "period": "DAY"},
    "webhook_deliveries": {"source": "clerk", "outcome": "APPLIED"},
    "messages": {"role": "USER", "status": "DONE"},
    "message_reactions": {"type": "LIKE"},
    "imports": {"state": "DONE"},
    "import_results": {"outcome": "NEW"},
    "passages": {"kind": "MESSAGE"},
    "attached_files": {"kind": "TEXT"},
}


async def tables() -> dict[str, dict[str, str]]:
    """Every table, with the types of its columns."""
    rows = await db.fetch(
        """
        select c.table_name, c.column_name, c.data_type from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' order by c.ordinal_position
        """
    )
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"]
    return found


async def references() -> set[tuple[str, str]]:
    """Every column with a foreign key to people."""
    rows = await db.fetch(
        """
        select c.relname, a.attname from pg_constraint k join pg_class c on c.oid = k.conrelid
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
        where k.contype = 'f' and k.confrelid = 'users'::regclass
        """
    )
    return {(row["relname"], row["attname"]) for row in rows}


def clerk_id(player: Player) -> str:
    return f"clerk_{player.name.lower()}"


# What others hang on comes first.
PARENTS = ("conversations", "messages", "attached_files")


async def fill(player: Player) -> None:
    """Leave something of this person in every table."""
    linked = await references()
    there = await tables()
    for table in sorted(there.keys() - IMPERSONAL.keys(), key=lambda name: (name not in PARENTS, name)):
        columns = there[table]
        values = {column: _value(player, table, column, kind) for column, kind in columns.items()}
        values |= {column: player.id for column in columns if (table, column) in linked}
        values |= {**_of(player).get(table, {}), **CHOSEN.get(table, {})}
        await (_change if table == "users" else _insert)(table, values)


def _of(player: Player) -> dict[str, dict[str, Any]]:
    """Where a person stands without a foreign key; and one conversation with one message, on which the rest hangs."""
    talk, message, session, file = (uuid5(player.id, name) for name in ("conversation", "message", "session", "file"))
    return {
        "conversations": {"id": talk},
        "login_sessions": {"id": session},
        "push_subscriptions": {"session_id": session},
        "messages": {"id": message, "conversation_id": talk},
        "attached_files": {"id": file},
        "attachments": {"file_id": file, "conversation_id": talk, "message_id": message},
        "message_reactions": {"message_id": message},
        "runs": {"message_id": message},
        "chunks": {"message_id": message},
        "users": {"id": player.id, "email": player.email, "name": player.name, "clerk_id": clerk_id(player)},
        "verification_tokens": {"identifier": player.email},
        "invitations": {"email": player.email},
        "pending_logins": {"linking_user_id": player.id},
        "jobs": {"user_id": player.id, "payload": f'{{"address": "{player.email}"}}'},
        "audit_logs": {"actor_id": player.id, "resource_id": str(player.id), "actor_label": ""},
        "webhook_deliveries": {"subject_id": clerk_id(player)},
        "rate_counts": {"key": f"letter:{player.email}"},
        "passages": {"scope_id": player.id},
        "word_counts": {"scope_id": player.id},
    }


def _value(player: Player, table: str, column: str, kind: str) -> Any:
    mark = f"{player.name.lower()}:{table}.{column}"
    values: Mapping[str, Any] = {
        "uuid": new_id(),
        "text": mark,
        "character varying": mark[:10] if column in ("state", "status", "type", "language") else mark[:12],
        "timestamp with time zone": NOON,
        "boolean": True,
        "smallint": 7,
        "integer": 7,
        "bigint": 7,
        "numeric": Decimal("0.000007"),
        "real": 0.5,
        "tsvector": f"'{mark}':1",
        "jsonb": f'{{"mark": "{mark}"}}',
        "bytea": mark.encode(),
        "ARRAY": [mark],
    }
    return values[kind]


async def _insert(table: str, values: Mapping[str, Any]) -> None:
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    await db.fetch(f"insert into {table} ({', '.join(values)}) values ({places})", *values.values())


async def _change(table: str, values: Mapping[str, Any]) -> None:
    changes = ", ".join(f"{column} = ${place}" for place, column in enumerate(values, start=1))
    await db.fetch(f"update {table} set {changes} where id = ${len(values) + 1}", *values.values(), values["id"])


async def naming(*words: str | UUID) -> dict[str, int]:
    """How many rows of each table have one of these words anywhere."""
    found = {}
    for table in await tables():
        sql = f"select count(*) from {table} t where strpos(lower(to_jsonb(t)::text), lower($1)) > 0"
        found[table] = sum([await db.fetch_value(sql, str(word)) for word in words])
    return {table: count for table, count in found.items() if count}
