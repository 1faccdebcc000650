"""What a model is told: instructions, as much of the past as fits, and what the person says now, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.ai.question import Image, Turn
from app.chat.replies.queries.turns import Said

CHARACTERS_A_TOKEN: Final = 3.6  # on the careful side: most languages need fewer tokens
USUAL_CONTEXT: Final = 16_000
MOST_CONTEXT: Final = 128_000  # more is slow and dear, and seldom better
FOR_THE_ANSWER: Final = 0.25
_ROLES: Final = {"USER": "user", "ASSISTANT": "assistant", "SYSTEM": "system"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """The turns for the model, and what is noted of them beside the reply."""

    turns: tuple[Turn, ...]
    instructions: str
    messages: tuple[UUID, ...]
    left_out: int

    def told(self) -> dict[str, Any]:
        """How it is kept: messages by their id, since what was said is never changed."""
        return {
            "instructions": self.instructions,
            "messages": [str(message) for message in self.messages],
            "left_out": self.left_out,
        }


def most_characters(context: int | None) -> int:
    """How much of a conversation is worth reading for a model with so large a context."""
    tokens = min(context or USUAL_CONTEXT, MOST_CONTEXT)
    return int(tokens * (1 - FOR_THE_ANSWER) * CHARACTERS_A_TOKEN)


def written(
    instructions: Sequence[str], past: Sequence[Said], now: str, context: int | None, images: Sequence[Image] = ()
) -> Prompt:
    """The prompt. `past` comes newest first and may be longer than what fits; `now` is always in it."""
    system = "\n\n".join(text.strip() for text in instructions if text.strip())
    room = most_characters(context) - len(system) - len(now)
    kept: list[Said] = []
    told = [said for said in past if said.content and not said.is_deleted]
    for said in told:
        room -= len(said.content)
        if room < 0:
            break
        kept.append(said)
    turns = [Turn(_ROLES[said.role], said.content) for said in reversed(kept)]  # type: ignore[arg-type] # roles of ours
    head = [Turn("system", system)] if system else []
    tail = [Turn("user", now, tuple(images))] if now or images else []
    return Prompt((*head, *turns, *tail), system, tuple(said.id for said in reversed(kept)), len(told) - len(kept))
