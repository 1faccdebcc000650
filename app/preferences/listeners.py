"""What becomes a preference without a visit to the page."""

from app.core.events import ModelChosen, OnboardingDone, subscribe
from app.core.language import LANGUAGES
from app.preferences import service


async def _keep_language(fact: OnboardingDone) -> None:
    if fact.language in LANGUAGES:
        await service.change(fact.user_id, language=fact.language)


async def _keep_model(fact: ModelChosen) -> None:
    await service.change(fact.user_id, default_model=fact.path or None)


def subscribe_all() -> None:
    """Listen."""
    subscribe(ModelChosen, _keep_model)
    subscribe(OnboardingDone, _keep_language)
