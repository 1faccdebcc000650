"""What happens after a reply: a better name for its conversation, and word of it to who is away."""

from typing import Final

from app.chat.replies import naming, telling
from app.jobs.handlers import Handler, RunningJob


async def name(job: RunningJob) -> None:
    """Find a title for a conversation."""
    await naming.name(job.payload)


async def tell(job: RunningJob) -> None:
    """Tell somebody's devices of a long reply."""
    if job.user_id is not None:
        await telling.tell(job.user_id, job.payload)


JOBS: Final[dict[str, Handler]] = {"chat.name": name, "chat.tell": tell}


def schedule_all() -> None:
    """Nothing here goes by the clock."""
