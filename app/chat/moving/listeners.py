"""What happens to the files that a person brought when the person goes."""

from app.chat.moving import service
from app.core.events import PersonErased, subscribe


async def _forget(fact: PersonErased) -> None:
    await service.forget(fact.user_id)


def subscribe_all() -> None:
    """Listen."""
    subscribe(PersonErased, _forget)
