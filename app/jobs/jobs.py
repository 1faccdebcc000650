"""The queue's own housekeeping."""

from typing import Final

from app.jobs import queries
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every, timetable

_KEPT_HOURS: Final = {"DONE": 24, "DEAD": 24 * 90}


async def sweep(_job: RunningJob) -> None:
    """Forget what was done a day ago, and what nobody ran again for three months.

    The present slot of a schedule stays, however long it is: its row is what keeps it from being enqueued twice.
    """
    for state, hours in _KEPT_HOURS.items():
        while await queries.sweep(state, hours, timetable.keys()):
            pass


JOBS: Final[dict[str, Handler]] = {"jobs.sweep": sweep}


def schedule_all() -> None:
    """What this slice does by the clock."""
    every("jobs.sweep", hours=1)
