"""A worker in a process of its own, which can be killed.

    python -m tests.jobs.victim DIRECTORY USER DATABASE KIND LEASE

It prints a line when a job begins. A job whose payload says so never ends by itself.
"""

import asyncio
import sys
from pathlib import Path

from app.core import settings
from app.core.clock import now, timedelta
from app.database import counters
from app.database.address import Address
from app.database.engine import db
from app.jobs.handlers import RunningJob, register
from app.jobs.schedule import Timetable
from app.jobs.worker import Worker


async def handler(job: RunningJob) -> None:
    await counters.hit(f"begun:{job.id}", now() + timedelta(days=1))
    sys.stdout.write(f"{job.id}\n")
    sys.stdout.flush()
    if job.payload.get("endless") and job.attempt == 1:
        await asyncio.Event().wait()
    await counters.hit(f"done:{job.id}", now() + timedelta(days=1))


async def main(directory: str, user: str, database: str, kind: str, lease: str) -> None:
    given = {"COMMONPLACE_PROFILE": "test", "COMMONPLACE_SECRET": "a-secret-of-the-tests-that-is-long-enough"}
    adopted = settings.adopt(settings.read(given, dotenv=Path("/nowhere"), data_dir=Path("/nowhere")))
    await db.open(Address(host=directory, user=user, database=database, tls="off"), *adopted.pool)
    register(kind, handler)
    await Worker(4, float(lease), Timetable()).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
