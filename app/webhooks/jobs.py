"""The record of deliveries, kept short."""

from typing import Final

from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every
from app.webhooks import service


async def sweep(_job: RunningJob) -> None:
    """Forget what came three months ago."""
    await service.sweep()


JOBS: Final[dict[str, Handler]] = {"webhooks.sweep": sweep}


def schedule_all() -> None:
    """What this slice does by the clock."""
    every("webhooks.sweep", hours=24)
