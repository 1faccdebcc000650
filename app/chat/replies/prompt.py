"""What a model is told: instructions, as much of the past as fits, and what the person says now, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from app.ai.question import Turn
from app.chat.messages.service import ToldFile
from app.chat.replies import files as files_
from app.chat.replies.files import Files, Given
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
    files: tuple[ToldFile, ...] = ()

    def told(self) -> dict[str, Any]:
        """How it is kept: messages by their id, since what was said is never changed."""
        files = {"files": msgspec.to_builtins(self.files)} if self.files else {}
        return {
            "instructions": self.instructions,
            "messages": [str(message) for message in self.messages],
            "left_out": self.left_out,
            **files,
        }


def most_characters(context: int | None) -> int:
    """How much of a conversation is worth reading for a model with so large a context."""
    tokens = min(context or USUAL_CONTEXT, MOST_CONTEXT)
    return int(tokens * (1 - FOR_THE_ANSWER) * CHARACTERS_A_TOKEN)


def written(
    instructions: Sequence[str], past: Sequence[Said], now: str, context: int | None, files: Files = files_.NONE
) -> Prompt:
    """The prompt. `past` comes newest first and may be longer than what fits; `now` is always in it."""
    system = "\n\n".join(text.strip() for text in instructions if text.strip())
    room = most_characters(context) - len(system) - len(now)
    given = files.with_now(room)
    told = [said for said in past if (said.content or said.attached) and not said.is_deleted]
    kept = _kept(told, room - given.length, files)
    turns = [_turn(said, with_it) for said, with_it in reversed(kept)]
    head = [Turn("system", system)] if system else []
    tail = [Turn("user", given.before(now), given.images)] if now or given.notes else []
    notes = tuple(note for _, with_it in reversed(kept) for note in with_it.notes)
    messages = tuple(said.id for said, _ in reversed(kept))
    return Prompt((*head, *turns, *tail), system, messages, len(told) - len(kept), (*notes, *given.notes))


def _kept(told: Sequence[Said], room: int, files: Files) -> list[tuple[Said, Given]]:
    """What of the past fits, with what of its files does."""
    kept: list[tuple[Said, Given]] = []
    for said in told:
        room -= len(said.content)
        if room < 0:
            break
        with_it = files.with_message(said, room)
        room -= with_it.length
        kept.append((said, with_it))
    return kept


def _turn(said: Said, with_it: Given) -> Turn:
    return Turn(_ROLES[said.role], with_it.before(said.content), with_it.images)  # type: ignore[arg-type] # roles of ours
