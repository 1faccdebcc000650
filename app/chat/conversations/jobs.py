"""What happens to conversations by the clock."""

from typing import Final

from app.chat.conversations import service
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every


async def sweep(_job: RunningJob) -> None:
    """Empty the bins, end what was temporary."""
    await service.sweep()


JOBS: Final[dict[str, Handler]] = {"chat.sweep": sweep}


def schedule_all() -> None:
    """Put this slice on the timetable."""
    every("chat.sweep", hours=1)
