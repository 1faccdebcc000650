"""What happens to files that were brought, when nobody is waiting for it."""

from typing import Final
from uuid import UUID

from app.chat.moving import arriving, service
from app.core.language import language
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every
from app.preferences import service as preferences


async def bring(job: RunningJob) -> None:
    """A file, in the language of whoever brought it."""
    if job.user_id is not None:
        language.set((await preferences.of(job.user_id)).language or "en")
        await _brought(job, job.user_id, UUID(job.payload["import"]))


async def _brought(job: RunningJob, user_id: UUID, import_id: UUID) -> None:
    try:
        await arriving.bring(user_id, import_id, job.progress)
    except arriving.NotHere:
        if job.attempt < service.TRIES and await service.is_wanted(user_id, import_id):
            raise
        await arriving.give_up(user_id, import_id)


async def sweep(_job: RunningJob) -> None:
    """Files that nobody waits for."""
    await service.sweep()


JOBS: Final[dict[str, Handler]] = {"chat.import": bring, "chat.sweep_imports": sweep}


def schedule_all() -> None:
    """Put this slice on the timetable."""
    every("chat.sweep_imports", hours=1)
