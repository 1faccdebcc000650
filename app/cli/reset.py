"""commonplace reset: begin again with an empty database. For development alone, and it asks first."""

import argparse
import asyncio
import sys

from app.cli.running import reachable
from app.cli.telling import confirmed
from app.core.errors import Misconfigured
from app.core.settings import Settings
from app.database import migrate
from app.database.address import Addresses
from app.database.connection import connected
from app.database.schema import drop_everything


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser("reset", help="empty the database (development only; asks first)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Drop every table and migrate from the beginning."""
    if settings.profile != "development":
        message = "reset works in development only. This is %(profile)s; nothing was changed."
        raise Misconfigured(message, profile=settings.profile)
    if not args.yes and not confirmed(f"Everything in {settings.data_dir} or DATABASE_URL will be gone. Go on?"):
        print("Nothing was changed. Answer yes, or say --yes.", file=sys.stderr)
        return 1
    with reachable(settings) as there:
        asyncio.run(_emptied(there))
        asyncio.run(migrate.migrate(there, settings))
    print("The database is empty and up to date")
    return 0


async def _emptied(there: Addresses) -> None:
    async with connected(there.owner) as connection:
        await drop_everything(connection)
