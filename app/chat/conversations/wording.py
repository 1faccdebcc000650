"""What may be written about a conversation or a folder: instructions for the models in it, and which model that is."""

from typing import Final
from uuid import UUID

from app.core.errors import NotFound, Rejected
from app.core.language import marked
from app.core.text import is_clean
from app.providers import service as models
from app.providers.catalogue import ModelGone

LONGEST_INSTRUCTIONS: Final = 8_000
# Where a conversation was held before it came here, as those places are called in every language.
PLACES: Final = {
    "chatgpt": "ChatGPT",
    "claude": "Claude",
    "openwebui": "Open WebUI",
    "librechat": "LibreChat",
    "chatbotui": "Chatbot UI",
    "commonplace": "Commonplace",
}


def told(text: str) -> str:
    """Instructions as they are kept: the line ends of forms become those of text."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_INSTRUCTIONS or not is_clean(text):
        raise Rejected(fields={"instructions": marked("This is too long.")})
    return text


async def known_model(person: UUID, path: str | None, field: str = "model") -> str | None:
    """The path of a model that this person can ask; none where nothing is chosen."""
    if not path:
        return None
    try:
        await models.choice(person, path)
    except NotFound:
        raise Rejected(fields={field: ModelGone.sentence}) from None
    return path
