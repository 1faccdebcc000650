"""The end of an account, some time after it was closed: every row goes, and what else was kept goes with its row.

The audit trail stays, as it must; it holds the person's id, which means nothing once there is no such person, and no
name or address (`audit.service.record` keeps people by id alone).
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from app.audit import service as audit
from app.auth.people import Actor
from app.auth.queries import erasure as queries
from app.auth.queries import people
from app.core.clock import now
from app.core.errors import AppError, Conflict, NotFound
from app.core.events import PersonErased, publish
from app.core.language import marked
from app.core.log import logger
from app.core.settings import settings
from app.database.engine import atomic

ACTOR: Final = "retention"
MOST: Final = 500  # at one time; the others the hour after
_log = logger(__name__)


async def erase(actor: Actor, person_id: UUID) -> None:
    """Erase somebody whose account is closed, without waiting for the day."""
    await _erased(actor, person_id, timedelta(0))


async def erase_due() -> int:
    """Erase everybody whose day has come; how many. One who cannot be erased does not keep the others."""
    wait = timedelta(days=settings().erase_after_days)
    due = await queries.closed_before(now() - wait, MOST)
    failed = 0
    for person_id in due:
        try:
            await _erased(ACTOR, person_id, wait)
        except NotFound:
            continue  # opened again a moment ago
        except AppError as refused:
            failed += 1
            _log.warning("%s could not be erased: %s", person_id, refused.name)
    if failed:
        raise Conflict(marked("%(count)s people could not be erased; the log says why."), count=failed)
    return len(due)


async def _erased(actor: Actor, person_id: UUID, wait: timedelta) -> None:
    async with atomic():
        person = await queries.lock_closed(person_id, now() - wait if wait else None)
        if person is None:
            raise NotFound
        await publish(PersonErased(person_id))
        is_free = await people.person_at(person["email"]) is None
        await queries.forget(person_id, person["email"] if is_free else "")
        await queries.remove(person_id)
        await audit.record(actor, "auth.erased", "user", person_id)
