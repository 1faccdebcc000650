"""A worker in a process of its own that reads what was brought along, and can be killed.

python -m tests.chat.moving.mover DIRECTORY USER DATABASE DATA LEASE
"""

import asyncio
import sys
from pathlib import Path

from app.chat.moving import jobs
from app.core import settings
from app.core.secrets import Vault
from app.database.address import Address
from app.database.engine import db
from app.jobs.handlers import register
from app.jobs.schedule import Timetable
from app.jobs.worker import Worker
from app.providers import keys


async def main(directory: str, user: str, database: str, data: str, lease: str) -> None:
    secret = "a-secret-of-the-tests-that-is-long-enough"
    given = {"COMMONPLACE_PROFILE": "test", "COMMONPLACE_SECRET": secret, "COMMONPLACE_FIND_LOCAL_MODELS": "no"}
    adopted = settings.adopt(settings.read(given, dotenv=Path("/nowhere"), data_dir=Path(data)))
    keys.seal_with(Vault([secret]))
    await db.open(Address(host=directory, user=user, database=database, tls="off"), *adopted.pool)
    register("chat.import", jobs.bring)
    await Worker(1, float(lease), Timetable()).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
