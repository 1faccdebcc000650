"""What happens to files by the clock."""

from typing import Final

from app.chat.attachments import service
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every


async def sweep(_job: RunningJob) -> None:
    """Remove files that belong to nothing."""
    await service.sweep()


JOBS: Final[dict[str, Handler]] = {"chat.sweep_attachments": sweep}


def schedule_all() -> None:
    """Put this slice on the timetable."""
    every("chat.sweep_attachments", hours=1)
