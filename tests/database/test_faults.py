"""The server is killed while it is written to: what was acknowledged is there, once, and nobody sees a raw failure."""

import asyncio
import os
import signal
from itertools import count
from pathlib import Path

from app.core import clock
from app.core.errors import Unavailable
from app.database import bootstrap
from app.database.embedded import Cluster
from app.database.engine import Engine
from tests.line import pool_to

KILLS = 20
WRITERS = 8
BETWEEN = 100  # acknowledged writes from one kill to the next


class Writers:
    """Several at once, each of which knows what was acknowledged to it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.numbers = count()
        self.acknowledged: list[int] = []
        self.refused = 0
        self.raw: list[BaseException] = []
        self.news = asyncio.Event()

    async def write(self) -> None:
        """Until cancelled: half of them alone, half in a unit of work."""
        while True:
            number = next(self.numbers)
            try:
                if number % 2:
                    await self.engine.fetch("insert into kept (number) values ($1)", number)
                else:
                    async with self.engine.transaction():
                        await self.engine.fetch("insert into kept (number) values ($1)", number)
            except Unavailable:
                self.refused += 1
                await asyncio.sleep(0.01)
            except Exception as failure:  # noqa: BLE001 - what nobody must ever see
                self.raw.append(failure)
            else:
                self.acknowledged.append(number)
                self.news.set()

    async def more(self, many: int) -> None:
        """Until so many more were acknowledged."""
        wanted = len(self.acknowledged) + many
        while len(self.acknowledged) < wanted:
            self.news.clear()
            async with asyncio.timeout(60):
                await self.news.wait()


async def test_b1_a_killed_server_loses_nothing_that_was_acknowledged(data: Path) -> None:
    with Cluster(data) as cluster:
        await bootstrap.prepare(cluster.superuser, cluster.addresses)
        owner = cluster.superuser.of(database=cluster.addresses.app.database)
        async with pool_to(owner, 5) as engine:
            await engine.fetch("create table kept (number integer not null)")
            writers = Writers(engine)
            tasks = [asyncio.create_task(writers.write()) for _ in range(WRITERS)]
            recoveries = [await killed(cluster, writers) for _ in range(KILLS)]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            rows = [row["number"] for row in await engine.fetch("select number from kept")]
    lost = set(writers.acknowledged) - set(rows)
    print(
        f"B1: {KILLS} kills, {len(writers.acknowledged)} acknowledged writes, lost {len(lost)}, "
        f"twice {len(rows) - len(set(rows))}, refused {writers.refused}, raw failures {len(writers.raw)}, "
        f"recovered after at most {max(recoveries):.2f} s"
    )
    assert writers.raw == []
    assert lost == set()
    assert len(rows) == len(set(rows))
    assert len(writers.acknowledged) >= 1000
    assert max(recoveries) < 30
    assert engine.use() == (0, 0, 0)


async def killed(cluster: Cluster, writers: Writers) -> float:
    """Kill the server under load; seconds until the first write is acknowledged again."""
    await writers.more(BETWEEN)
    pid = cluster.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    start = clock.monotonic()
    while cluster.pid == pid:
        await asyncio.sleep(0.005)
    await writers.more(1)
    return clock.since(start)
