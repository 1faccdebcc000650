"""The guard of the disk: saving rests before the database finds it full, and goes on by itself."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest

from app.admin import disk
from app.core.settings import Settings
from app.database.health import Disk
from app.jobs import queue, worker
from app.jobs.handlers import RunningJob
from app.web.readonly import saving
from tests.cast import Player, csrf

GB = 1024**3
MB = 1024**2
SignIn = Callable[[httpx2.AsyncClient, Player], Awaitable[str]]
SCENE = Path(__file__).with_name("full_disk.py")


@pytest.fixture(autouse=True)
def resumed() -> Iterator[None]:
    yield
    saving.set(rests=False)


@pytest.mark.parametrize(
    ("free", "total", "is_low"),
    [
        (501 * MB, 100 * GB, False),
        (499 * MB, 100 * GB, True),
        (201 * MB, 4000 * MB, False),
        (199 * MB, 4000 * MB, True),
        (65 * MB, 200 * MB, False),
        (63 * MB, 200 * MB, True),
    ],
)
def test_b17_what_is_little_depends_on_the_disk(free: int, total: int, *, is_low: bool) -> None:
    assert Disk(free, total).is_low is is_low


def test_b17_saving_rests_and_goes_on_by_itself() -> None:
    seen = []
    for free in (600, 499, 520, 551):
        disk.look(partial(Disk, free * MB, 100 * GB))
        seen.append(saving.rests)
    assert seen == [False, True, True, False]


def test_b17_the_nearer_the_end_the_more_often_it_looks() -> None:
    assert disk.look(partial(Disk, 50 * GB, 100 * GB)) == disk.SELDOM
    assert disk.look(partial(Disk, GB, 100 * GB)) == disk.OFTEN


async def test_b17_a_database_elsewhere_is_not_ours_to_guard(settings: Settings) -> None:
    watching = asyncio.create_task(disk.watch(Settings(data_dir=settings.data_dir, database_url="postgresql://a@b/c")))
    done, _ = await asyncio.wait({watching}, timeout=10)
    assert done == {watching}


async def test_b17_while_saving_rests_everything_can_be_read_and_nothing_written(
    client: httpx2.AsyncClient, alice: Player, sign_in: SignIn
) -> None:
    await sign_in(client, alice)
    token = await csrf(client)
    saving.set(rests=True)
    page = await client.get("/preferences")
    refused = await client.post("/preferences", data={"_csrf": token, "theme": "dark"})
    program = await client.patch("/api/preferences", json={"theme": "dark"})
    assert page.status_code == 200
    assert "You can read everything" in page.text
    assert refused.status_code == program.status_code == 503
    assert refused.headers["retry-after"] == program.headers["retry-after"] == "30"
    assert "<h1>No room to write just now</h1>\n  <p>Saving rests for the moment" in refused.text
    assert "data-retry" not in refused.text  # to come back by itself would send the form again
    assert program.json()["code"] == "READ_ONLY"
    saving.set(rests=False)
    assert 'name="theme" value="system" checked' in (await client.get("/preferences")).text
    assert "You can read everything" not in (await client.get("/preferences")).text


async def test_b17_leaving_is_always_possible(client: httpx2.AsyncClient, alice: Player, sign_in: SignIn) -> None:
    await sign_in(client, alice)
    token = await csrf(client)
    saving.set(rests=True)
    left = await client.post("/sign-out", data={"_csrf": token})
    assert left.status_code in (200, 303)
    assert (await client.get("/preferences")).status_code == 303


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
async def test_b17_on_a_disk_that_fills_up_the_database_never_stops() -> None:
    command = ["unshare", "--mount", sys.executable, str(SCENE)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=Path(__file__).parents[2]
    )
    said = (await process.communicate())[0].decode()
    print(said)
    assert process.returncode == 0, said
    assert "PANIC 0" in said
    assert "lost 0" in said


async def test_b17_while_saving_rests_no_job_begins(database: object) -> None:
    saving.set(rests=True)
    begun = asyncio.Event()

    async def note(_job: RunningJob) -> None:
        begun.set()

    worker.register("tests.disk", note)
    await queue.later("tests.disk")
    stop = asyncio.Event()
    working = asyncio.create_task(worker.work(stop))
    await asyncio.sleep(0.3)
    assert not begun.is_set()
    saving.set(rests=False)
    queue.wake()
    async with asyncio.timeout(10):
        await begun.wait()
    stop.set()
    await working
