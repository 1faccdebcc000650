"""Every format that can be read, and how to tell them apart: by what a conversation holds, never by a name."""

from collections.abc import Callable
from typing import Final

from app.chat.moving.came import CameConversation, Values
from app.chat.moving.formats import chatbotui, chatgpt, claude, librechat, openwebui, ours

_FORMATS: Final = (chatgpt, claude, ours, openwebui, librechat, chatbotui)


def reader_of(value: Values) -> Callable[[Values], CameConversation] | None:
    """Who can read this, if it is a conversation."""
    return next((form.read for form in _FORMATS if form.fits(value)), None)
