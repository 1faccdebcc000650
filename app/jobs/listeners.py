"""What the queue does when somebody goes."""

from app.core.events import PersonErased, subscribe
from app.jobs import service


async def _forget(fact: PersonErased) -> None:
    await service.forget_person(fact.user_id)


def subscribe_all() -> None:
    """Listen."""
    subscribe(PersonErased, _forget)
