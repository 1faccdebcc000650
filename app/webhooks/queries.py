"""Deliveries, and the people that they are about. Whoever calls holds the lock of the subject."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]
SOURCE: Final = "clerk"


async def lock_subject(subject: str) -> None:
    """Until the end of this unit of work nobody else applies an event of this subject."""
    await db.fetch("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{SOURCE}:{subject}")


# Deliveries -----------------------------------------------------------------------------------------------------------


async def outcome_of(delivery_id: str) -> str | None:
    """What became of this delivery when it came before."""
    sql = "select outcome from webhook_deliveries where source = $1 and delivery_id = $2"
    found: str | None = await db.fetch_value(sql, SOURCE, delivery_id)
    return found


async def record(values: Row, outcome: str, error: str | None) -> None:
    """Write down what became of a delivery; one that failed before is written over."""
    await db.fetch(
        """
        insert into webhook_deliveries
            (id, source, delivery_id, event_type, subject_id, event_time, received_at, outcome, error)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (source, delivery_id)
        do update set outcome = excluded.outcome, error = excluded.error, received_at = excluded.received_at
        """,
        new_id(),
        SOURCE,
        *(values[name] for name in ("delivery_id", "event_type", "subject_id", "event_time")),
        now(),
        outcome,
        error,
    )


async def newest(subject: str) -> Row | None:
    """The newest event about this subject's profile that was applied."""
    return await db.fetch_one(
        """
        select event_time, event_type, delivery_id from webhook_deliveries
        where source = $1 and subject_id = $2 and outcome = 'APPLIED' and event_type <> 'user.deleted'
        order by event_time desc, event_type collate "C" desc, delivery_id collate "C" desc limit 1
        """,
        SOURCE,
        subject,
    )


async def tombstone(subject: str) -> datetime | None:
    """When this subject was deleted at the source, if it was."""
    sql = """
        select event_time from webhook_deliveries
        where source = $1 and subject_id = $2 and outcome = 'APPLIED' and event_type = 'user.deleted' limit 1
    """
    found: datetime | None = await db.fetch_value(sql, SOURCE, subject)
    return found


async def is_known(subject: str) -> bool:
    """Whether there is any delivery under this name."""
    sql = "select exists (select from webhook_deliveries where source = $1 and subject_id = $2)"
    return bool(await db.fetch_value(sql, SOURCE, subject))


async def remove_of(subject: str) -> None:
    """Delete all deliveries about this subject."""
    await db.fetch("delete from webhook_deliveries where source = $1 and subject_id = $2", SOURCE, subject)


async def forget_before(moment: datetime) -> int:
    """Delete what came before, but keep what says that somebody is gone; how many that were."""
    sql = """
        delete from webhook_deliveries
        where received_at < $1 and event_type not in ('user.deleted', 'person.erased') returning id
    """
    return len(await db.fetch(sql, moment))


# People ---------------------------------------------------------------------------------------------------------------


async def person_of(subject: str) -> Row | None:
    """The person who is linked to this subject."""
    return await db.fetch_one("select id, is_active, clerk_event_at from users where clerk_id = $1", subject)


async def subject_of(user_id: UUID) -> str | None:
    """The other way round."""
    found: str | None = await db.fetch_value("select clerk_id from users where id = $1", user_id)
    return found


async def link(email: str, subject: str) -> UUID | None:
    """Link the active person who has this address and no link yet.

    They must have shown that it is theirs: else whoever claims another's address would have the claim confirmed here.
    """
    sql = """
        update users set clerk_id = $2, updated_at = $3
        where lower(email) = lower($1) and is_active and clerk_id is null and email_verified_at is not null returning id
    """
    found: UUID | None = await db.fetch_value(sql, email, subject, now())
    return found


_PROFILE: Final = ("email", "email_verified_at", "name", "first_name", "last_name", "avatar_url", "clerk_event_at")


async def follow(user_id: UUID, values: Row) -> None:
    """Write a person's profile, whether or not the account is open."""
    await db.fetch(
        """
        update users
        set email = coalesce($2, email), email_verified_at = case when $2 is null then email_verified_at else $3 end,
            name = $4, first_name = $5, last_name = $6, avatar_url = $7, clerk_event_at = $8, updated_at = $9
        where id = $1
        """,
        user_id,
        *(values[name] for name in _PROFILE),
        now(),
    )


async def add_closed(subject: str, values: Row, closed_at: datetime) -> UUID:
    """A person whose account was over before we heard of its beginning."""
    user_id = new_id()
    await db.fetch(
        """
        insert into users (id, clerk_id, email, email_verified_at, name, first_name, last_name, avatar_url,
                           clerk_event_at, role, is_active, deactivated_at, onboarding, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'DEVELOPER', false, $10, '{}', $11, $11)
        """,
        user_id,
        subject,
        *(values[name] for name in _PROFILE),
        closed_at,
        now(),
    )
    await db.fetch(
        "insert into user_stats (user_id, total_xp, current_level, streak_count) values ($1, 0, 1, 0)", user_id
    )
    return user_id
