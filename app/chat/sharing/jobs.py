"""What happens to links by the clock."""

from typing import Final

from app.chat.sharing import service
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every


async def sweep(_job: RunningJob) -> None:
    """Forget the old ones."""
    await service.sweep()


JOBS: Final[dict[str, Handler]] = {"chat.sweep_shares": sweep}


def schedule_all() -> None:
    """Put this slice on the timetable."""
    every("chat.sweep_shares", hours=24)
