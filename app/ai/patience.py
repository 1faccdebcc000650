"""How long an answer may keep us waiting, and how much of it there may be."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, unless a line says otherwise."""

    connect: float = 5
    first: float = 30  # until the answer begins; a sign of life, such as a comment in the stream, begins it anew
    idle: float = 30  # of silence in the middle
    total: float = 600
    most_chars: int = 400_000
    tries: int = 3  # requests for one question, where nothing was answered yet
    longest_pause: float = 20  # before such another request; a service that asks for more is given up


PATIENCE: Final = Patience()
