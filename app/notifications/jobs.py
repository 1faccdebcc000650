"""What happens to notifications by the clock."""

from typing import Final

from app.core.clock import now
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every
from app.notifications import push, service


async def sweep(_job: RunningJob) -> None:
    """Forget the old ones."""
    await service.forget_old(now())


async def tell(job: RunningJob) -> None:
    """Tell one device something."""
    if job.user_id is not None:
        await push.deliver(job.user_id, job.payload)


JOBS: Final[dict[str, Handler]] = {"notifications.push": tell, "notifications.sweep": sweep}


def schedule_all() -> None:
    """Put this slice on the timetable."""
    every("notifications.sweep", hours=24)
