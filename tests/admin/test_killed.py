"""B1: the server is killed while people use the house: they are told to come back, and it does by itself."""

import asyncio
import os
import signal
from collections import Counter

import httpx2

from app.core import clock
from app.database.address import Address
from app.database.embedded import Cluster
from tests.cast import Player, csrf, sign_in
from tests.line import pool_to

KILLS = 6
VISITORS = 8
ENOUGH = 20  # answers between two kills


async def settled(cluster: Cluster, database: Address) -> None:
    """What was written so far is on the disk; the servers of the tests are not in a hurry with that otherwise."""
    async with pool_to(cluster.superuser.of(database=database.database), 1) as owner:
        await owner.fetch("checkpoint")


async def test_b1_while_the_server_is_killed_nobody_sees_more_than_a_kind_503(
    client: httpx2.AsyncClient, alice: Player, cluster: Cluster, database: Address
) -> None:
    await sign_in(client, alice)
    form = {"_csrf": await csrf(client), "theme": "dark", "language": "", "timezone": "UTC"}
    await settled(cluster, database)
    seen: Counter[int] = Counter()
    impatient: list[httpx2.Response] = []

    async def visit(number: int) -> None:
        while True:
            answer = await (client.post("/preferences", data=form) if number % 2 else client.get("/preferences"))
            seen[answer.status_code] += 1
            if answer.status_code == 503 and not answer.headers.get("retry-after"):
                impatient.append(answer)
            await asyncio.sleep(0.005)

    visitors = [asyncio.create_task(visit(number)) for number in range(VISITORS)]
    recoveries = []
    for _ in range(KILLS):
        await until(seen, ENOUGH)
        pid = cluster.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        start = clock.monotonic()
        while cluster.pid == pid:
            await asyncio.sleep(0.005)
        await until(seen, 1)
        recoveries.append(clock.since(start))
    await until(seen, ENOUGH)
    for visitor in visitors:
        visitor.cancel()
    await asyncio.wait(visitors)
    print(f"B1: {KILLS} kills, answers {dict(seen)}, recovered after at most {max(recoveries):.2f} s")
    assert set(seen) <= {200, 303, 503}
    assert impatient == []
    assert max(recoveries) < 30


async def until(seen: Counter[int], more: int) -> None:
    """Until so many more were answered well."""
    wanted = seen[200] + seen[303] + more
    async with asyncio.timeout(60):
        while seen[200] + seen[303] < wanted:
            await asyncio.sleep(0.005)
