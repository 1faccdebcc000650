"""What runs when. Each schedule is cut into slots of time, and each slot is enqueued once, whoever comes first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from app.core.clock import now
from app.jobs.queue import later

_WARM_UP: Final = timedelta(minutes=1)
_ON_TIME: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A kind of job that is enqueued every so many hours, or every day at a time (UTC)."""

    kind: str
    hours: float = 0
    at: time | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)

    def slot(self, moment: datetime) -> datetime:
        """When the slot began that this moment is in."""
        if self.at is not None:
            today = datetime.combine(moment.date(), self.at, moment.tzinfo)
            return today if today <= moment else today - timedelta(days=1)
        length = self.hours * 3600
        return datetime.fromtimestamp(moment.timestamp() // length * length, moment.tzinfo)

    def next(self, moment: datetime) -> datetime:
        """When the next slot begins."""
        return self.slot(moment) + (timedelta(hours=self.hours) if self.at is None else timedelta(days=1))

    def key(self, moment: datetime) -> str:
        """What makes this slot's job the only one."""
        return f"schedule:{self.kind}:{self.slot(moment).isoformat()}"


class Timetable:
    """Every schedule of the house."""

    def __init__(self) -> None:
        self._schedules: dict[str, Schedule] = {}
        self._told: set[str] = set()

    def every(self, kind: str, *, hours: float = 0, at: str = "", payload: Mapping[str, Any] | None = None) -> None:
        """Enqueue a job of this kind every so many hours, or each day at a time like 03:30 (UTC)."""
        if (hours > 0) == bool(at):
            message = f"The schedule of {kind} needs either hours or a time of day"
            raise ValueError(message)
        self._schedules[kind] = Schedule(kind, hours, time.fromisoformat(at) if at else None, payload or {})

    def listed(self) -> list[Schedule]:
        """All of them, by name."""
        return [schedule for _, schedule in sorted(self._schedules.items())]

    def keys(self) -> list[str]:
        """The keys of the slots that we are in."""
        return [schedule.key(now()) for schedule in self._schedules.values()]

    async def enqueue(self) -> None:
        """Enqueue every slot that has begun, if nobody has yet."""
        moment = now()
        due = {schedule.key(moment): schedule for schedule in self._schedules.values()}
        for key in due.keys() - self._told:
            await later(due[key].kind, due[key].payload, unique_key=key, run_after=_start(due[key], moment))
        self._told = set(due)


def _start(schedule: Schedule, moment: datetime) -> datetime | None:
    """At once; but a slot that began while nobody was here waits until the house is warm."""
    return None if moment - schedule.slot(moment) < _ON_TIME else moment + _WARM_UP


timetable: Final = Timetable()
every: Final = timetable.every
