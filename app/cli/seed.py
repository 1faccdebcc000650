"""commonplace seed, and --demo: sample data, the same however often it is planted."""

import argparse

from app.auth import registration
from app.cli.running import database, within
from app.core.settings import Settings

PEOPLE = (("test@example.com", "Test User", "DEVELOPER"), ("admin@codementor-ai.com", "Admin User", "ADMIN"))


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser("seed", help="fill in sample data; running it again changes nothing")
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace, settings: Settings) -> int:
    """Plant, and say what there is."""
    with database(settings) as there:
        planted = within(settings, there, plant)
    print(f"{planted} people added" if planted else "Everything was there already")
    return 0


async def plant() -> int:
    """The sample people, where they are missing; how many were."""
    added = [await registration.planted(email, name, role) for email, name, role in PEOPLE]
    return sum(added)
