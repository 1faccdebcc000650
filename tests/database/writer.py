"""An application that is about to be killed: it owns a database and says which rows were acknowledged."""

import asyncio
import sys
from itertools import count
from pathlib import Path

import asyncpg

from app.database.embedded import Cluster


async def write(cluster: Cluster) -> None:
    connection = await asyncpg.connect(**cluster.superuser.asyncpg())
    await connection.execute("create table if not exists written (id int primary key)")
    for number in count():
        await connection.execute("insert into written values ($1)", number)
        print(number, flush=True)


if __name__ == "__main__":
    with Cluster(Path(sys.argv[1])) as owned:
        print(owned.pid, flush=True)
        asyncio.run(write(owned))
