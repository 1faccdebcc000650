"""What looks after the whole instance by the clock."""

from typing import Final

from app.core.settings import settings
from app.database import backup, counters
from app.database.address import Addresses
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every

_there: list[Addresses] = []


def reach(addresses: Addresses) -> None:
    """A backup needs the rights of the owner, which the app itself does not have."""
    _there[:] = [addresses]


async def back_up(_job: RunningJob) -> None:
    """Write a backup beside the others, and let the oldest go."""
    given = settings()
    await backup.backup(_there[0].owner, given.data_dir / "backups", given.backup_keep)


async def sweep(_job: RunningJob) -> None:
    """Forget the counts of windows that are over."""
    await counters.sweep()


JOBS: Final[dict[str, Handler]] = {"admin.backup": back_up, "admin.sweep": sweep}


def schedule_all() -> None:
    """What this slice does by the clock."""
    every("admin.sweep", hours=1)
    if settings().backup_every_hours:
        every("admin.backup", hours=settings().backup_every_hours)
