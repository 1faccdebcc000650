"""B15: the database stands still while people use the house: they wait a little, and are told to come back."""

import asyncio

import httpx2

from app.core import clock
from app.core.patience import FOR_A_JOB, FOR_A_PERSON
from app.database.embedded import Cluster
from app.database.engine import db
from tests.cast import Player, csrf, sign_in
from tests.database.clusters import stopped


async def test_b15_on_a_server_that_stands_still_nobody_waits_as_long_as_a_job(
    client: httpx2.AsyncClient, alice: Player, cluster: Cluster
) -> None:
    await sign_in(client, alice)
    form = {"_csrf": await csrf(client), "theme": "dark", "language": "", "timezone": "UTC"}
    with stopped(cluster):
        begun = clock.monotonic()
        async with asyncio.timeout(FOR_A_JOB):
            answers = [await client.get("/preferences")]
        first = clock.since(begun)
        while not db.breaker.is_open:
            await asyncio.sleep(0.01)
        answers += [await client.get("/account"), await client.post("/preferences", data=form)]
        answers += [await client.get("/api/me"), await client.get("/health/ready")]
        rest = clock.since(begun) - first
    print(
        f"B15: a stopped server: the first is told after {first:.1f} s of {FOR_A_PERSON:g}, four more in {rest:.1f} s"
    )
    assert [answer.status_code for answer in answers] == [503] * 5
    assert all(answer.headers["retry-after"] for answer in answers[:4])
    while (await client.get("/preferences")).status_code != 200:
        await asyncio.sleep(0.05)
