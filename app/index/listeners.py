"""What happens to the passages of a person who goes."""

from app.core.events import PersonErased, subscribe
from app.index import service


async def _forget(fact: PersonErased) -> None:
    await service.forget(fact.user_id)


def subscribe_all() -> None:
    """Listen."""
    subscribe(PersonErased, _forget)
