"""A script: a cluster on a disk of 400 MB that fills up while it is written to, with the guard at work.

Run inside a mount namespace of its own; what is mounted here nobody else sees.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.admin import disk
from app.core.errors import Unavailable
from app.core.settings import Settings
from app.database import bootstrap, health
from app.database.embedded import Cluster
from app.database.engine import Engine
from app.web.readonly import saving

SIZE = "400m"
ROW = "x" * 8000


async def until(engine: Engine, written: list[int], *, rests: bool) -> None:
    """Write as fast as it goes, where that is allowed, until saving rests or goes on."""
    async with asyncio.timeout(120):
        while saving.rests is not rests:
            if saving.rests:
                await asyncio.sleep(0.05)
                continue
            try:
                await engine.fetch("insert into filled (number, text) values ($1, $2)", len(written), ROW)
                written.append(len(written))
            except Unavailable as failure:
                print("refused by the database:", failure)


async def scene(cluster: Cluster, settings: Settings) -> None:
    """Fill it, rest, make room, go on."""
    await bootstrap.prepare(cluster.superuser, cluster.addresses)
    engine = Engine()
    await engine.open(cluster.superuser.of(database="commonplace"), 2, 0)
    await engine.fetch("create table filled (number integer, text text)")
    await engine.fetch("alter table filled alter column text set storage external")
    guard = asyncio.create_task(disk.watch(settings))
    written: list[int] = []
    ballast = settings.data_dir / "ballast"
    ballast.write_bytes(os.urandom(1024) * 1024 * (health.disk(settings.data_dir).free // 1024**2 - 110))
    await until(engine, written, rests=True)
    free = health.disk(settings.data_dir).free // 1024**2
    print(f"B17: rested with {free} MB free after {len(written)} rows")
    rested_at = len(written)
    ballast.unlink()
    await until(engine, written, rests=False)
    await engine.fetch("insert into filled (number, text) values ($1, $2)", len(written), ROW)
    kept = await engine.fetch_value("select count(distinct number) from filled")
    print(f"B17: acknowledged {rested_at + 1}, lost {rested_at + 1 - kept}")
    guard.cancel()
    await engine.close()


def main() -> None:
    """On a small disk of its own."""
    with tempfile.TemporaryDirectory(prefix="small-disk-", dir="/tmp") as place:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0755", "tmpfs", place], check=True)
        data = Path(place) / "data"
        try:
            with Cluster(data) as cluster:
                asyncio.run(scene(cluster, Settings(data_dir=data)))
                log = cluster.directory.log.read_text()
            print(f"B17: PANIC {log.count('PANIC')}")
        finally:
            subprocess.run(["umount", place], check=True)


main()
