"""commonplace seed, and --demo: sample data, the same however often it is planted."""

import argparse

from app.auth import people, registration
from app.auth.registration import Newcomer
from app.cli.running import database, within
from app.core.asker import Role
from app.core.settings import Settings

PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("test@example.com", "Test User", "DEVELOPER"),
    ("admin@codementor-ai.com", "Admin User", "ADMIN"),
)


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
    missing = [each for each in PEOPLE if await people.at_address(each[0]) is None]
    for address, name, role in missing:
        await registration.join(Newcomer(address=address, name=name, is_verified=True, how="seed"), role)
    return len(missing)
