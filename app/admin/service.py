"""The whole instance at a glance, put together from what every floor says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.admin import health, queries
from app.admin.health import Readings
from app.audit import service as audit
from app.audit.service import Entry, Filter
from app.auth import people
from app.auth.people import Profile
from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import Rejected
from app.core.ids import parse_id
from app.core.language import marked, timezone
from app.core.paging import Cursor, Page, page_size
from app.core.settings import settings
from app.database import backup, observed
from app.database import health as database_health
from app.database.engine import atomic
from app.database.observed import Statement
from app.jobs import service as jobs
from app.jobs.queue import later
from app.jobs.schedule import timetable
from app.web.measured import requests

OUTCOMES: Final = ("APPLIED", "IGNORED_OLDER", "DUPLICATE", "FAILED")
_FAULTS: Final = 500
_YEARS: Final = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What this process answered since it began."""

    answered: int
    failed: int
    queries: int
    slow: int
    mean_ms: float
    uptime: float

    @property
    def error_rate(self) -> float:
        """Percent."""
        return 100 * self.failed / self.answered if self.answered else 0.0


@dataclass(frozen=True, slots=True)
class People:
    """How many there are, and how many of them come."""

    active: int
    closed: int
    administrators: int
    joined: int
    day: int
    week: int
    month: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at a glance."""

    readings: Readings
    traffic: Traffic
    people: People
    invitations: int
    failed_deliveries: int
    newest_backup: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook that came, and what became of it."""

    id: UUID
    source: str
    event_type: str
    subject_id: str
    event_time: datetime
    received_at: datetime
    outcome: str
    error: str


@dataclass(frozen=True, slots=True)
class Known:
    """One person, as far as an administrator needs to know."""

    profile: Profile
    devices: int
    tokens: int
    providers: Sequence[str]
    last_seen_at: datetime | None
    erased_on: datetime | None
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Planned:
    """A kind of job that comes by itself."""

    kind: str
    hours: float
    at: str
    next: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in the data directory."""

    name: str
    size: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Inside:
    """The machinery: what the database runs, how it is used, what is slow."""

    readings: Readings
    migration: str
    statements: Sequence[Statement]
    traffic: Traffic
    backups: Sequence[Kept]


async def overview() -> Overview:
    """Everything at a glance."""
    return Overview(
        readings=await health.readings(),
        traffic=traffic(),
        people=People(**{**await queries.people(), **await queries.seen()}),
        invitations=await queries.invitations_open(),
        failed_deliveries=await queries.deliveries_failed(now() - timedelta(days=7)),
        newest_backup=next((each.made_at for each in backups()), None),
    )


async def administrators() -> int:
    """How many there are."""
    return int((await queries.people())["administrators"])


def traffic() -> Traffic:
    """Of this process; with several, each has its own."""
    failed = sum(count for (_, _, status), count in requests.by_status.items() if status >= _FAULTS)
    queried, seconds, slow = observed.totals()
    mean = 1000 * seconds / queried if queried else 0.0
    return Traffic(sum(requests.by_status.values()), failed, queried, slow, mean, health.uptime())


def backups() -> list[Kept]:
    """Those that lie in the data directory, the newest first."""
    directory = settings().data_dir / "backups"
    found = [_kept(path) for kind in ("", "before") for path in backup.kept(directory, kind)]
    return sorted(found, key=lambda each: each.made_at, reverse=True)


def _kept(path: Path) -> Kept:
    stat = path.stat()
    return Kept(path.name, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


async def inside() -> Inside:
    """The machinery."""
    found = await health.readings()
    newest = await database_health.newest() if found.database is not None else ""
    return Inside(found, newest, observed.slowest(50), traffic(), backups())


async def known(user_id: UUID) -> Known:
    """One person. What they wrote is theirs alone."""
    profile = await people.profile(user_id)
    row = await queries.person(user_id)
    entries = await audit.entries(Filter(resource="user", resource_id=str(user_id)), size=10)
    closed = profile.deactivated_at
    erased = closed + timedelta(days=settings().erase_after_days) if closed and not profile.is_active else None
    return Known(profile, **row, erased_on=erased, entries=entries.rows)


async def deliveries(outcome: str, after: Cursor | None) -> Page[Delivery]:
    """Webhooks that came, the newest first."""
    most = page_size(None)
    rows = await queries.deliveries(outcome if outcome in OUTCOMES else "", after, most + 1)
    return Page.of([Delivery(**row) for row in rows], most, lambda row: Cursor(row.received_at, row.id))


def planned() -> list[Planned]:
    """What comes by itself, and when next."""
    return [
        Planned(each.kind, each.hours, each.at.isoformat("minutes") if each.at else "", each.next(now()))
        for each in timetable.listed()
    ]


# The trail ------------------------------------------------------------------------------------------------------------


async def actor(text: str) -> UUID | None:
    """Whom a filter names: by id, or by an address."""
    if not text:
        return None
    if (given := parse_id(text)) is not None:
        return given
    found = await people.listed(text, size=5)
    for person in found.rows:
        if person.email.lower() == text.lower() or len(found.rows) == 1:
            return person.id
    raise Rejected(fields={"actor": marked("Nobody here, or more than one, goes by that. Try the whole address.")})


def day(name: str, text: str) -> datetime | None:
    """The beginning, where the asker is, of a day as a form sends it."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if found.year not in _YEARS:
        raise Rejected(fields={name: marked("Write a day like 2026-11-20.")})
    return datetime.combine(found, time(), ZoneInfo(timezone.get()))


# Jobs -----------------------------------------------------------------------------------------------------------------


async def run_again(asker: Asker, job: UUID) -> None:
    """Give a dead job another chance."""
    async with atomic():
        await jobs.again(job)
        await audit.record(asker, "admin.job_run_again", "job", job)


async def forget_job(asker: Asker, job: UUID) -> None:
    """Delete a job that is not running."""
    async with atomic():
        await jobs.remove(job)
        await audit.record(asker, "admin.job_removed", "job", job)


async def back_up(asker: Asker) -> None:
    """Have a backup made now."""
    async with atomic():
        await later("admin.backup", unique_key=f"admin.backup:{now():%Y%m%dT%H%M}")
        await audit.record(asker, "admin.backup_asked")
