"""What happens after a conversation has begun: a better name for it, by the model that answered."""

from typing import Final

from app.chat.replies import naming
from app.jobs.handlers import Handler, RunningJob


async def name(job: RunningJob) -> None:
    """Find a title for a conversation."""
    await naming.name(job.payload)


JOBS: Final[dict[str, Handler]] = {"chat.name": name}


def schedule_all() -> None:
    """Nothing here goes by the clock."""
