"""Every statement on the audit trail: it is written and read, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.core.clock import now
from app.core.ids import new_id
from app.core.paging import Cursor
from app.database.engine import db


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail. `actor` is the person's present name, or what acted in place of a person."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor: str
    action: str
    resource: str
    resource_id: str
    details: Mapping[str, Any]
    ip_prefix: str
    request_id: str


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be written."""

    actor_id: UUID | None
    actor_label: str
    action: str
    resource: str
    resource_id: str
    details: Mapping[str, Any]
    ip_prefix: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are wanted; what is empty does not matter. `action` may be the beginning of one: `auth.`."""

    action: str = ""
    actor_id: UUID | None = None
    resource: str = ""
    resource_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


_INSERT = """
    insert into audit_logs
        (id, at, actor_id, actor_label, action, resource, resource_id, details, ip_prefix, request_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
# A name is looked up rather than kept: the trail cannot be changed, and a name has to go when its person goes.
_FOUND = """
    select log.id, at, actor_id, coalesce(nullif(actor_label, ''), users.name, '') as actor,
           action, resource, resource_id, details, coalesce(ip_prefix, '') as ip_prefix, request_id
    from audit_logs as log left join users on users.id = log.actor_id
    where ($1 = '' or starts_with(action, $1))
      and ($2::uuid is null or actor_id = $2)
      and ($3 = '' or resource = $3)
      and ($4 = '' or resource_id = $4)
      and ($5::timestamptz is null or at >= $5)
      and ($6::timestamptz is null or at < $6)
      and ($7::timestamptz is null or (at, log.id) < ($7, $8::uuid))
    order by at desc, log.id desc
    limit $9
"""
# From one action to the next along the index (whose order is that of bytes): `distinct` would read the whole trail.
_ACTIONS = """
    with recursive known as (
        (select action from audit_logs order by action using ~<~ limit 1)
        union all
        select (select action from audit_logs where action ~>~ known.action order by action using ~<~ limit 1)
        from known where known.action is not null
    )
    select action from known where action is not null
"""


async def insert(entry: NewEntry) -> None:
    """One more line."""
    details = msgspec.json.encode(entry.details).decode()
    who = (entry.actor_id, entry.actor_label)
    what = (entry.action, entry.resource, entry.resource_id, details)
    await db.fetch(_INSERT, new_id(), now(), *who, *what, entry.ip_prefix, entry.request_id)


async def found(wanted: Filter, after: Cursor | None, most: int) -> list[Entry]:
    """The lines that are wanted, newest first."""
    whose = (wanted.action, wanted.actor_id, wanted.resource, wanted.resource_id)
    rows = await db.fetch(_FOUND, *whose, wanted.since, wanted.until, after and after.at, after and after.id, most)
    return [Entry(**{**row, "details": msgspec.json.decode(row["details"])}) for row in rows]


async def actions() -> list[str]:
    """Every kind of thing that was ever done."""
    return [row["action"] for row in await db.fetch(_ACTIONS)]
