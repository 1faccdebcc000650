"""What a model is asked, and the pieces in which it answers."""

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that the model is shown."""

    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said."""

    role: Role
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation that waits for its next turn."""

    model: str
    turns: tuple[Turn, ...]
    temperature: float | None = None
    most_tokens: int | None = None


@dataclass(slots=True)
class Piece:
    """What arrived together. How many tokens it cost, and why it ended, comes with a late one, and perhaps never."""

    text: str = ""
    reasoning: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    finish: str = ""  # "stop", "length", "content_filter", …

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.reasoning or self.finish) and self.tokens_in is self.tokens_out is None
