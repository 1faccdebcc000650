"""One question without a memory: nothing of it is kept but what it took."""

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from contextvars import Context
from dataclasses import dataclass, field
from typing import Final

from app.ai import upstream
from app.ai.question import Image, Piece, Question, Turn
from app.chat.replies import answering, recall
from app.chat.v1.shapes import CompletionIn, ImagePart, MessageIn, Usage
from app.core.asker import Asker
from app.core.errors import Rejected, Unavailable
from app.core.language import marked
from app.core.text import is_clean
from app.providers import service as models
from app.providers import usage
from app.providers.catalogue import Choice
from app.providers.usage import Call

_ROLES: Final = {"developer": "system"}
_PICTURES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif")
recording: Final[set[asyncio.Task[None]]] = set()


@dataclass(slots=True)
class Asked:
    """A question on its way, and what has come of it so far."""

    asker: Asker
    choice: Choice
    turns: tuple[Turn, ...]
    pieces: AsyncGenerator[Piece, None]
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    tokens_in: int | None = None
    tokens_out: int | None = None
    finish: str = ""

    @property
    def usage(self) -> Usage:
        """What it took: as the provider counted, or estimated."""
        into, out = self.tokens_in, self.tokens_out
        into = usage.estimated_tokens("".join(turn.text for turn in self.turns)) if into is None else into
        out = usage.estimated_tokens("".join([*self.text, *self.reasoning])) if out is None else out
        return Usage(into, out, into + out)

    async def heard(self) -> AsyncIterator[Piece]:
        """The answer, piece by piece. However it ends, also by a program that hangs up, it is noted what it took."""
        try:
            async with aclosing(self.pieces) as pieces:
                async for piece in pieces:
                    self._note(piece)
                    yield piece
        finally:
            self._record()

    def _note(self, piece: Piece) -> None:
        self.text.append(piece.text)
        self.reasoning.append(piece.reasoning)
        self.tokens_in = self.tokens_in if piece.tokens_in is None else piece.tokens_in
        self.tokens_out = self.tokens_out if piece.tokens_out is None else piece.tokens_out
        self.finish = piece.finish or self.finish

    def _record(self) -> None:
        """In a task of its own: the one that is here may be about to end."""
        if self.choice.endpoint is None or not (self.text or self.tokens_out):
            return
        task = asyncio.create_task(_recorded(self.asker, self._call()), context=Context())
        recording.add(task)
        task.add_done_callback(recording.discard)

    def _call(self) -> Call:
        took, model = self.usage, self.choice.model
        is_estimated = self.tokens_in is None or self.tokens_out is None
        cost = usage.cost(model, took.prompt_tokens, took.completion_tokens)
        return Call(
            "api", model.path, model.provider, took.prompt_tokens, took.completion_tokens, is_estimated, cost, "api"
        )


async def _recorded(asker: Asker, call: Call) -> None:
    with suppress(Unavailable):
        await usage.record(asker.id, call)


async def ask(asker: Asker, asked: CompletionIn) -> Asked:
    """Put the question to the model that is named, once it is known that it may be put."""
    if problems := asked.problems():
        raise Rejected(fields=problems)
    turns = tuple(_turn(message) for message in asked.messages)
    choice = await models.choice(asker.id, asked.model)
    await answering.check_room(asker.id, asker.role, [choice])
    return Asked(asker, choice, turns, _pieces(asker, choice, turns, asked))


def _pieces(asker: Asker, choice: Choice, turns: Sequence[Turn], asked: CompletionIn) -> AsyncGenerator[Piece, None]:
    if choice.endpoint is None:
        said = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
        return recall.answer(asker.id, asker.language, said, None)
    question = Question(choice.model.id, tuple(turns), asked.temperature, asked.most_tokens)
    return upstream.ask(choice.endpoint, question)


def _turn(message: MessageIn) -> Turn:
    role = _ROLES.get(message.role, message.role)
    parts = [] if message.content is None or isinstance(message.content, str) else message.content
    text = message.content if isinstance(message.content, str) else _words(parts)
    if not is_clean(text):
        raise Rejected(fields={"messages": marked("This has a character that cannot be stored. Please remove it.")})
    images = tuple(_image(part.image_url.url) for part in parts if isinstance(part, ImagePart))
    return Turn(role, text, images)  # type: ignore[arg-type] # the shape knows no other role


def _words(parts: Sequence[object]) -> str:
    return "\n\n".join(part.text for part in parts if not isinstance(part, ImagePart))  # type: ignore[attr-defined] # the other kind


def _image(url: str) -> Image:
    """The picture in a `data:` address; one that would have to be fetched is refused."""
    head, _, body = url.partition(",")
    kind = head.removeprefix("data:").removesuffix(";base64")
    if not head.startswith("data:") or not head.endswith(";base64") or kind not in _PICTURES:
        raise Rejected(fields={"messages": marked("Send pictures as data: addresses with their bytes (PNG, JPEG, …).")})
    try:
        return Image(kind, base64.b64decode(body, validate=True))
    except (ValueError, binascii.Error):
        raise Rejected(fields={"messages": marked("This picture cannot be read.")}) from None
