"""What is done about a person's own account when nobody is waiting for it."""

from typing import Final
from uuid import UUID

from app.account import service
from app.core.language import language
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every
from app.preferences import service as preferences


async def make_archive(job: RunningJob) -> None:
    """An archive, in the language of its owner."""
    if job.user_id is not None:
        language.set((await preferences.of(job.user_id)).language or "en")
        await service.make(job.user_id, UUID(job.payload["archive"]), job.progress)


async def sweep(_job: RunningJob) -> None:
    """Archives that were there long enough."""
    await service.sweep()


JOBS: Final[dict[str, Handler]] = {"account.archive": make_archive, "account.sweep": sweep}


def schedule_all() -> None:
    """What this slice does by the clock."""
    every("account.sweep", hours=1)
