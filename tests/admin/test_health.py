"""What machines ask: alive, ready, how is it going."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx2
import pytest

from app.admin import health as health_module
from app.auth import tokens
from app.core import clock
from app.core import settings as settings_module
from app.core.asker import Asker
from app.core.settings import Settings
from app.database.address import Address
from app.database.embedded import Cluster
from app.database.engine import db
from tests.cast import Player
from tests.line import Line, pool_to

SignIn = Callable[[httpx2.AsyncClient, Player], Awaitable[str]]


async def until_ready(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while (await client.get("/health/ready")).status_code != 200:
            health_module.latest.forget()
            await asyncio.sleep(0.02)


async def test_alive_says_so_without_asking_anybody(client: httpx2.AsyncClient, line: Line) -> None:
    line.away()
    client.cookies.set("session", "whatever")
    answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_ready_tells_what_an_operator_needs(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    told = answer.json()
    assert answer.status_code == 200
    assert told["status"] == "ready"
    assert told["database"]["state"] == "there"
    assert told["database"]["version"].startswith("18.")
    assert told["database"]["pgvector"]
    assert told["migrations"] == {"at_head": True, "pending": 0}
    assert told["pool"]["most"] == 5
    assert told["disk"]["free_bytes"] > 0
    assert told["jobs"] == {"waiting": 0, "running": 0, "dead": 0, "oldest_waiting_s": 0}
    assert answer.headers["cache-control"] == "no-store"


async def test_however_often_it_is_asked_the_database_is_asked_once_a_second(
    client: httpx2.AsyncClient, line: Line
) -> None:
    await client.get("/health/ready")
    before = line.calls
    await asyncio.gather(*[client.get("/health/ready") for _ in range(50)])
    assert line.calls <= before + 5


async def test_a_migration_that_is_missing_makes_it_unready(
    client: httpx2.AsyncClient, cluster: Cluster, database: Address
) -> None:
    async with pool_to(cluster.superuser.of(database=database.database), 1) as owner:
        rows = await owner.fetch("delete from migration where id = (select max(id) from migration) returning *")
        try:
            answer = await client.get("/health/ready")
        finally:
            await owner.fetch("insert into migration values ($1, $2, $3, $4)", *rows[0].values())
    assert answer.status_code == 503
    assert answer.json()["migrations"] == {"at_head": False, "pending": 1}


async def test_b15_ready_answers_while_the_pool_is_held(client: httpx2.AsyncClient) -> None:
    most = db.use()[2] or 5
    holding = [asyncio.create_task(db.fetch("select pg_sleep(2)")) for _ in range(most)]
    while db.use()[0] < most:
        await asyncio.sleep(0.01)
    health_module.latest.forget()
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["database"] == {"state": "busy"}
    await asyncio.gather(*holding)
    await until_ready(client)


async def test_b15_pages_say_503_while_the_pool_is_held_and_come_back_when_it_is_free(
    client: httpx2.AsyncClient, alice: Player, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database.engine.ACQUIRE_WITHIN", 0.3)
    await sign_in(client, alice)
    holding = [asyncio.create_task(db.fetch("select pg_sleep(2)")) for _ in range(db.use()[2])]
    while db.use()[0] < db.use()[2]:
        await asyncio.sleep(0.01)
    answers = await asyncio.gather(*[client.get("/preferences") for _ in range(200)])
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"2"}
    assert all("text/html" in answer.headers["content-type"] for answer in answers)
    await asyncio.gather(*holding)
    start = clock.monotonic()
    assert (await client.get("/preferences")).status_code == 200
    took = clock.since(start)
    print(f"B15: 200 of 200 requests got 503, recovered {took * 1000:.0f} ms after the pool was free")
    assert took < 2


async def test_b1_while_the_database_is_away_people_get_a_kind_page_and_programs_a_problem(
    client: httpx2.AsyncClient, alice: Player, sign_in: SignIn, line: Line
) -> None:
    await sign_in(client, alice)
    assert (await client.get("/preferences")).status_code == 200
    line.away()
    slow = await client.get("/preferences")
    start = clock.monotonic()
    page = await client.get("/preferences")
    program = await client.get("/api/preferences")
    ready = await client.get("/health/ready")
    took = clock.since(start) / 3
    assert {answer.status_code for answer in (slow, page, program, ready)} == {503}
    assert all(answer.headers["retry-after"] for answer in (slow, page, program, ready))
    assert "expected back" in page.text
    assert not re.search(r"asyncpg|Traceback|/tmp|line-", page.text + program.text + ready.text)
    assert program.json()["code"] == "UNAVAILABLE"
    assert ready.json()["database"] == {"state": "away"}
    print(f"B1: told within {took * 1000:.1f} ms while the breaker is open")
    assert took < 0.1
    await line.back()
    await until_ready(client)
    assert (await client.get("/preferences")).status_code == 200


# Metrics -------------------------------------------------------------------------------------------------------------


async def test_a29_metrics_are_not_there_unless_they_are_asked_for(
    client: httpx2.AsyncClient, root: Player, sign_in: SignIn
) -> None:
    await sign_in(client, root)
    assert (await client.get("/metrics")).status_code == 404


async def test_a29_metrics_for_administrators_are_for_nobody_else(
    client: httpx2.AsyncClient, root: Player, alice: Player, sign_in: SignIn, settings: Settings
) -> None:
    settings_module.adopt(replace(settings, metrics="admin"))
    assert (await client.get("/metrics")).status_code == 404
    await sign_in(client, alice)
    assert (await client.get("/metrics")).status_code == 404
    await sign_in(client, root)
    assert (await client.get("/metrics")).status_code == 200


@pytest.mark.parametrize(("scope", "status"), [("admin", 200), ("read", 404)])
async def test_a29_a_token_reads_metrics_only_with_the_scope_for_it(
    client: httpx2.AsyncClient, root: Player, settings: Settings, scope: str, status: int
) -> None:
    settings_module.adopt(replace(settings, metrics="admin"))
    made = await tokens.create(Asker(root.id, root.name, root.email, "ADMIN"), "prometheus", [scope])
    answer = await client.get("/metrics", headers={"authorization": f"Bearer {made.secret}"})
    assert answer.status_code == status


async def test_open_metrics_are_in_the_words_of_prometheus(
    client: httpx2.AsyncClient, alice: Player, sign_in: SignIn, settings: Settings
) -> None:
    settings_module.adopt(replace(settings, metrics="open"))
    await sign_in(client, alice)
    await client.get("/preferences")
    await client.get(f"/nowhere/{alice.id}")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    line = re.compile(r'commonplace_[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [-+0-9.e]+')
    samples = [text for text in answer.text.splitlines() if not text.startswith("#")]
    assert [text for text in samples if not line.fullmatch(text)] == []
    names = set(re.findall(r"^# TYPE commonplace_(\w+)", answer.text, re.MULTILINE))
    assert {"requests_total", "request_seconds", "pool_connections", "queries_total", "queries_slow_total"} <= names
    assert {"jobs", "process_memory_bytes", "process_cpu_seconds_total", "process_open_files"} <= names
    assert {"disk_free_bytes", "database_up", "migrations_pending"} <= names
    assert 'route="/preferences",method="GET",status="200"' in answer.text
    assert 'route="none",method="GET",status="404"' in answer.text
    assert str(alice.id) not in answer.text


async def test_the_buckets_of_a_route_add_up(client: httpx2.AsyncClient, settings: Settings) -> None:
    settings_module.adopt(replace(settings, metrics="open"))
    await client.get("/health/live")
    text = (await client.get("/metrics")).text
    of_live = [text for text in text.splitlines() if 'route="/health/live"' in text]
    values = [float(text.rpartition(" ")[2]) for text in of_live if "_bucket" in text]
    assert values == sorted(values)
    count = next(float(text.rpartition(" ")[2]) for text in of_live if "seconds_count" in text)
    assert values[-1] == count


async def test_metrics_answer_while_the_database_is_away(
    client: httpx2.AsyncClient, settings: Settings, line: Line
) -> None:
    settings_module.adopt(replace(settings, metrics="open"))
    line.away()
    text = (await client.get("/metrics")).text
    assert "commonplace_database_up 0" in text
    assert "commonplace_jobs{" not in text
