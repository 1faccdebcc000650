"""B1, B2: whoever brings a file is killed without warning, again and again; in the end all of it is there, once."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.chat.moving import files, jobs, service
from app.core.settings import Settings
from app.database.address import Address
from app.database.engine import db
from app.jobs.worker import register
from tests.cast import Player
from tests.chat.moving.bringing import counted, given, many
from tests.chat.moving.exported import file
from tests.jobs.workers import working

KILLED = 4
TALKS, MESSAGES = 250, 40


@contextmanager
def _mover(address: Address, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    where = [address.host, address.user, address.database, str(settings.data_dir), "1.5"]
    command = [sys.executable, "-m", "tests.chat.moving.mover", *where]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def _killed_at(address: Address, settings: Settings, player: Player, messages: int) -> None:
    with _mover(address, settings) as process:
        async with asyncio.timeout(60):
            while await counted("messages", player) < messages:
                await asyncio.sleep(0.02)
        process.kill()


async def test_b1_an_import_whose_worker_is_killed_is_finished_by_others_and_nothing_comes_twice(
    database: Address, settings: Settings, alice: Player, tmp_path: Path
) -> None:
    import_id = await given(alice, file(tmp_path, many(TALKS, MESSAGES)))
    for number in range(KILLED):
        await _killed_at(database, settings, alice, 1 + number * 1_500)
    before = await counted("messages", alice)
    register("chat.import", jobs.bring)
    async with working(lease=3), asyncio.timeout(60):
        while (await service.one(alice.id, import_id)).is_running:
            await asyncio.sleep(0.05)
    done = await service.one(alice.id, import_id)
    twice = await db.fetch(
        "select 1 from messages where user_id = $1 group by conversation_id, origin_id having count(*) > 1", alice.id
    )
    print(f"\nB1: killed {KILLED} times, {before} messages then, {done.counts.messages} in the end, {len(twice)} twice")
    assert before < TALKS * MESSAGES
    assert done.counts == service.Counts(new=TALKS, messages=TALKS * MESSAGES)
    assert (twice, await counted("messages", alice), files.lying()) == ([], TALKS * MESSAGES, {})
