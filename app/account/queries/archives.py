"""Archives in the database. How far one is, its job knows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]


async def lock_person(user_id: UUID) -> bool:
    """Until the end of this unit of work nobody else begins an archive of this person; false where there is none."""
    sql = "select id from users where id = $1 and is_active for no key update"
    return await db.fetch_one(sql, user_id) is not None


# An archive whose job is dead, or was taken away, will never come.
_STATUS: Final = """
    case when e.status = 'WAITING' and coalesce(j.state, 'DEAD') = 'DEAD' then 'FAILED' else e.status end
"""
_ARCHIVES: Final = f"""
    select e.id, {_STATUS} as status, e.size, e.created_at, e.expires_at, coalesce(j.progress, 0) as progress
    from data_exports e left join jobs j on j.unique_key = 'export:' || e.id
    where e.user_id = $1
"""  # noqa: S608 - nothing but constants


async def archives_of(user_id: UUID) -> Sequence[Row]:
    """The archives of this person, the newest first."""
    return await db.fetch(_ARCHIVES + "order by e.created_at desc, e.id desc", user_id)


async def archive(user_id: UUID, archive_id: UUID) -> Row | None:
    """One of this person's archives."""
    return await db.fetch_one(_ARCHIVES + "and e.id = $2", user_id, archive_id)


async def add(user_id: UUID) -> UUID:
    """An archive that is to be made."""
    archive_id = new_id()
    sql = "insert into data_exports (id, user_id, status, size, created_at) values ($1, $2, 'WAITING', 0, $3)"
    await db.fetch(sql, archive_id, user_id, now())
    return archive_id


async def finish(user_id: UUID, archive_id: UUID, size: int, expires_at: datetime) -> bool:
    """It is there. False where it is no longer wanted."""
    sql = """
        update data_exports set status = 'READY', file = id || '.zip', size = $3, finished_at = $4, expires_at = $5
        where user_id = $1 and id = $2 and status = 'WAITING' returning id
    """
    return await db.fetch_one(sql, user_id, archive_id, size, now(), expires_at) is not None


async def remove(user_id: UUID, archive_id: UUID) -> bool:
    """Forget one."""
    sql = "delete from data_exports where user_id = $1 and id = $2 returning id"
    return await db.fetch_one(sql, user_id, archive_id) is not None


async def remove_old(moment: datetime, failed_before: datetime) -> list[UUID]:
    """Forget those that were there long enough, and those that never came; which these were."""
    sql = """
        delete from data_exports
        where expires_at < $1 or (status = 'WAITING' and created_at < $2) returning id
    """
    return [row["id"] for row in await db.fetch(sql, moment, failed_before)]


async def known(archive_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are somebody's."""
    rows = await db.fetch("select id from data_exports where id = any($1::uuid[])", list(archive_ids))
    return {row["id"] for row in rows}
