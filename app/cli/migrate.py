"""commonplace migrate: bring the database's tables up to date, or say how they stand."""

import argparse
import asyncio

from app.cli.running import reachable
from app.cli.telling import Progress
from app.core.settings import Settings
from app.database import difference, migrate


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command and those under it."""
    parser = commands.add_parser("migrate", help="apply new migrations; `status` and `new` tell and write them")
    parser.set_defaults(run=run)
    under = parser.add_subparsers(metavar="[status | new]")
    under.add_parser("status", help="which migrations are applied").set_defaults(run=status)
    new = under.add_parser("new", help="write a migration from the difference between tables and history")
    new.add_argument("why", help="what it does, in a few words")
    new.set_defaults(run=write)


def run(_args: argparse.Namespace, settings: Settings) -> int:
    """Apply what is pending."""
    with reachable(settings) as there:
        progress = Progress(quiet_for=0)
        applied = asyncio.run(migrate.migrate(there, settings, progress))
        progress.done()
    print(f"{len(applied)} applied" if applied else "Everything is up to date")
    return 0


def status(_args: argparse.Namespace, settings: Settings) -> int:
    """One line a migration; 1 where some are pending."""
    with reachable(settings) as there:
        every = asyncio.run(migrate.status(there))
    for each in every:
        print(f"{'applied' if each.is_applied else 'pending'}  {each.id}  {each.description}")
    return 0 if all(each.is_applied for each in every) else 1


def write(args: argparse.Namespace, _settings: Settings) -> int:
    """Write a migration file. It takes no database: the tables are compared with what the history makes."""
    file = asyncio.run(difference.new(args.why))
    print(file or "The tables are as the history says: nothing to write")
    return 0
