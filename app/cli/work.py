"""commonplace work: background jobs alone, for a machine that serves nothing."""

import argparse
import asyncio
import signal

from app.admin import disk
from app.cli.running import database, open_database
from app.core.settings import Settings
from app.database.address import Addresses
from app.jobs import worker


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser("work", help="run background jobs alone (with COMMONPLACE_JOBS=apart)")
    parser.add_argument("--slots", type=int, default=4, help="jobs at a time (4)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Work until told to end."""
    with database(settings) as there:
        asyncio.run(_work(settings, there, args.slots))
    return 0


async def _work(settings: Settings, there: Addresses, slots: int) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with open_database(settings, there):
        print(f"Working, {slots} jobs at a time. End with Ctrl+C", flush=True)
        watching = asyncio.create_task(disk.watch(settings))
        await worker.work(stop, slots)
        watching.cancel()
