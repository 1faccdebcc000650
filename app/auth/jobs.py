"""What is done about people when nobody is waiting for it: letters, and clearing away."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from app import mail
from app.auth import erasure, invitations, letters, links, people
from app.auth.queries import links as queries
from app.core.language import language
from app.jobs.handlers import Handler, RunningJob
from app.jobs.schedule import every


@contextmanager
def _speaking(payload: Mapping[str, Any]) -> Iterator[None]:
    """In the language of whoever caused the letter."""
    before = language.set(payload["language"])
    try:
        yield
    finally:
        language.reset(before)


async def send_link(job: RunningJob) -> None:
    """A link to sign in with."""
    with _speaking(job.payload):
        await links.send(job.payload["address"], job.payload["next"])


async def send_invitation(job: RunningJob) -> None:
    """An invitation."""
    with _speaking(job.payload):
        await invitations.send(UUID(job.payload["invitation"]), job.payload["days"])


async def send_confirmation(job: RunningJob) -> None:
    """A letter to a new address."""
    if job.user_id is not None:
        with _speaking(job.payload):
            await people.send_confirmation(job.user_id, job.payload["address"])


async def tell_old_address(job: RunningJob) -> None:
    """A last letter to the old one."""
    with _speaking(job.payload):
        await mail.send(letters.address_changed(job.payload["old"], job.payload["new"]))


async def sweep(_job: RunningJob) -> None:
    """Forget links and sessions that are over."""
    await queries.sweep()


async def erase(_job: RunningJob) -> None:
    """Let go of those whose accounts were closed long enough ago."""
    await erasure.erase_due()


JOBS: Final[dict[str, Handler]] = {
    "auth.link": send_link,
    "auth.invitation": send_invitation,
    "auth.address": send_confirmation,
    "auth.address_changed": tell_old_address,
    "auth.sweep": sweep,
    "auth.erase": erase,
}


def schedule_all() -> None:
    """What this slice does by the clock."""
    every("auth.sweep", at="03:10")
    every("auth.erase", hours=1)
