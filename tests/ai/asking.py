"""Asking, as the tests of this floor do it: with little patience, and keeping everything that comes."""

from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from app.ai.endpoint import Endpoint
from app.ai.failures import UpstreamFailure
from app.ai.patience import Patience
from app.ai.question import Piece, Question, Turn
from app.ai.upstream import ask

QUESTION: Final = Question("tokens-3-every-0ms", (Turn("user", "How are you?"),))
QUICK: Final = Patience(connect=0.2, first=0.4, idle=0.3, total=1.2, longest_pause=0.01)


@dataclass
class Heard:
    """An answer, to its end or to its failure."""

    pieces: list[Piece] = field(default_factory=list)
    failure: UpstreamFailure | None = None

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def reasoning(self) -> str:
        return "".join(piece.reasoning for piece in self.pieces)

    @property
    def finish(self) -> str:
        return "".join(piece.finish for piece in self.pieces)

    @property
    def bill(self) -> tuple[int | None, int | None]:
        return next(((p.tokens_in, p.tokens_out) for p in reversed(self.pieces) if p.tokens_in), (None, None))

    @property
    def kind(self) -> str:
        return type(self.failure).__name__ if self.failure else ""


async def heard(endpoint: Endpoint, question: Question = QUESTION, patience: Patience = QUICK) -> Heard:
    """Everything that this question brings."""
    found = Heard()
    try:
        async with aclosing(ask(endpoint, question, patience)) as pieces:
            async for piece in pieces:
                found.pieces.append(piece)
    except UpstreamFailure as failure:
        found.failure = failure
    return found
