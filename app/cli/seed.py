"""commonplace seed, and --demo: sample data, the same however often it is planted."""

import argparse

from app.auth import people, registration
from app.auth.registration import Newcomer
from app.chat.messages import planting
from app.cli.running import database, within
from app.cli.samples import samples
from app.core.asker import Role
from app.core.settings import Settings
from app.providers import assistants
from app.providers.assistants import Draft
from app.providers.service import PREFERRED

PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("test@example.com", "Test User", "DEVELOPER"),
    ("admin@codementor-ai.com", "Admin User", "ADMIN"),
)
ASSISTANTS = (
    Draft(
        "Plain words",
        "Rewrites a text so that everybody understands it",
        PREFERRED[0],
        "Rewrite what you are given in plain words: short sentences, no jargon, nothing left out. Keep its language and"
        " its tone. Answer with the new text alone; if something is ambiguous, ask one question afterwards.",
    ),
    Draft(
        "Second pair of eyes",
        "Reads code, and says what would hurt later",
        PREFERRED[0],
        "You review code. Name what is wrong, in the order of the harm that it would do: first what loses data or lets"
        " strangers in, then what breaks, then what confuses. For each, quote the line and show the smallest change"
        " that helps. Say nothing about taste. If all is well, say so in one sentence.",
    ),
    Draft(
        "Patient teacher",
        "Explains one step at a time, and asks whether it was clear",
        PREFERRED[0],
        "You teach. Explain one idea at a time, in at most five sentences, with an example from daily life. Then ask"
        " one small question that shows whether it was understood, and wait for the answer before you go on.",
    ),
)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser("seed", help="fill in sample data; running it again changes nothing")
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace, settings: Settings) -> int:
    """Plant, and say what there is."""
    with database(settings) as there:
        planted = within(settings, there, plant)
    print(", ".join(f"{count} {what}" for what, count in planted.items() if count) or "Everything was there already")
    return 0


async def plant() -> dict[str, int]:
    """Whatever is missing of it; how much of each kind was."""
    return {
        "people added": await _people(),
        "assistants added": sum([await assistants.plant(draft) for draft in ASSISTANTS]),
        "conversations added": sum([await _talk(address, sample) for address, sample in samples()]),
    }


async def _people() -> int:
    missing = [each for each in PEOPLE if await people.at_address(each[0]) is None]
    for address, name, role in missing:
        await registration.join(Newcomer(address=address, name=name, is_verified=True, how="seed"), role)
    return len(missing)


async def _talk(address: str, sample: planting.Sample) -> bool:
    person = await people.at_address(address)
    return person is not None and await planting.plant(person.id, sample)
