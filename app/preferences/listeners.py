"""What becomes a preference without a visit to the page."""

from app.core.events import OnboardingDone, subscribe
from app.core.language import LANGUAGES
from app.preferences import service


async def _keep_language(fact: OnboardingDone) -> None:
    if fact.language in LANGUAGES:
        await service.change(fact.user_id, language=fact.language)


def subscribe_all() -> None:
    """Listen."""
    subscribe(OnboardingDone, _keep_language)
