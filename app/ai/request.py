"""A question as it travels."""

from base64 import b64encode
from typing import Any, Final

import msgspec

from app.ai.question import Image, Question, Turn

Parts = frozenset[str]
NOTHING: Final[Parts] = frozenset()


def encoded(question: Question, without: Parts = NOTHING) -> bytes:
    """The body of the request, without what this service has declined before."""
    return msgspec.json.encode(
        {
            "model": question.model,
            "messages": [_message(turn) for turn in question.turns],
            "stream": True,
            **_wishes(question, without),
        }
    )


def declinable(question: Question, without: Parts = NOTHING) -> Parts:
    """The parts of that body which a service may do without."""
    return frozenset(_wishes(question, without))


def _wishes(question: Question, without: Parts) -> dict[str, Any]:
    wishes = {
        "stream_options": {"include_usage": True},
        "temperature": question.temperature,
        "max_tokens": question.most_tokens,
        # newer services refuse the old name, older ones do not know the new one
        "max_completion_tokens": question.most_tokens if "max_tokens" in without else None,
    }
    return {name: wish for name, wish in wishes.items() if wish is not None and name not in without}


def _message(turn: Turn) -> dict[str, Any]:
    if not turn.images:
        return {"role": turn.role, "content": turn.text}
    text = [{"type": "text", "text": turn.text}] if turn.text else []
    return {"role": turn.role, "content": [*text, *map(_shown, turn.images)]}


def _shown(image: Image) -> dict[str, Any]:
    url = f"data:{image.media_type};base64,{b64encode(image.data).decode('ascii')}"
    return {"type": "image_url", "image_url": {"url": url}}
