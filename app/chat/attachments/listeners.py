"""What happens to the files of a person who goes: the rows go with the person's, and the directory is looked at."""

from app.core.events import PersonErased, subscribe
from app.jobs.queue import later


async def _forget(_fact: PersonErased) -> None:
    await later("chat.sweep_attachments")


def subscribe_all() -> None:
    """Listen."""
    subscribe(PersonErased, _forget)
