"""What happens to messages later."""

from typing import Final
from uuid import UUID

from app.chat.messages import service
from app.jobs.handlers import Handler, RunningJob


async def index(job: RunningJob) -> None:
    """Make all of a conversation findable."""
    await service.index_all(UUID(job.payload["user"]), UUID(job.payload["conversation"]))


JOBS: Final[dict[str, Handler]] = {"chat.index": index}


def schedule_all() -> None:
    """Nothing here goes by the clock."""
