"""What the record of deliveries does when somebody goes."""

from app.core.events import PersonErased, subscribe
from app.webhooks import service


async def _forget(fact: PersonErased) -> None:
    await service.forget(fact.user_id)


def subscribe_all() -> None:
    """Listen."""
    subscribe(PersonErased, _forget)
