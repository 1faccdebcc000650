"""What administrators may know of everybody: how many, since when, how often. Never what somebody wrote."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.paging import Cursor
from app.database.engine import db

Row = Mapping[str, Any]
_PEOPLE: Final = """
    select count(*) filter (where is_active) as active,
           count(*) filter (where not is_active) as closed,
           count(*) filter (where is_active and role = 'ADMIN') as administrators,
           count(*) filter (where created_at > $1) as joined
    from users
"""
_SEEN: Final = """
    select count(distinct user_id) filter (where last_seen_at > $1) as day,
           count(distinct user_id) filter (where last_seen_at > $2) as week,
           count(distinct user_id) as month
    from login_sessions where last_seen_at > $3
"""
_PERSON: Final = """
    select (select count(*) from login_sessions
            where user_id = $1 and revoked_at is null and expires_at > $2) as devices,
           (select max(last_seen_at) from login_sessions where user_id = $1) as last_seen_at,
           (select count(*) from api_tokens
            where user_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)) as tokens,
           (select coalesce(array_agg(provider order by created_at), '{}') from oauth_accounts
            where user_id = $1) as providers
"""
_DELIVERIES: Final = """
    select id, source, event_type, subject_id, event_time, received_at, outcome, coalesce(error, '') as error
    from webhook_deliveries
    where ($1 = '' or outcome = $1)
      and ($2::timestamptz is null or (received_at, id) < ($2, $3::uuid))
    order by received_at desc, id desc
    limit $4
"""


async def people() -> Row:
    """How many there are, and how many of them are new in 30 days."""
    return await _only(_PEOPLE, now() - timedelta(days=30))


async def seen() -> Row:
    """How many people were here within a day, a week, a month."""
    moment = now()
    return await _only(_SEEN, *(moment - timedelta(days=days) for days in (1, 7, 30)))


async def person(user_id: UUID) -> Row:
    """How this person comes in, and how often that is open to them."""
    return await _only(_PERSON, user_id, now())


async def _only(sql: str, *values: Any) -> Row:
    rows: list[Row] = list(await db.fetch(sql, *values))
    return rows[0]


async def deliveries(outcome: str, after: Cursor | None, most: int) -> list[Row]:
    """What others told us, the newest first."""
    return list(await db.fetch(_DELIVERIES, outcome, after and after.at, after and after.id, most))


async def deliveries_failed(since: datetime) -> int:
    """How many deliveries could not be applied."""
    sql = "select count(*) from webhook_deliveries where outcome = 'FAILED' and received_at > $1"
    return int(await db.fetch_value(sql, since))


async def invitations_open() -> int:
    """How many invitations can still be accepted."""
    sql = """
        select count(*) from invitations
        where accepted_at is null and revoked_at is null and expires_at > $1
    """
    return int(await db.fetch_value(sql, now()))
