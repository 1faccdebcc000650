"""The doors for programs that speak OpenAI's protocol: the models, and a completion, streamed or whole."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, RequestBody
from litestar.response import Stream

from app.ai.question import Piece
from app.auth.attendance import while_allowed
from app.chat.v1 import asking
from app.chat.v1.asking import Asked
from app.chat.v1.shapes import (
    ChoiceOut,
    Chunk,
    ChunkChoice,
    CompletionIn,
    CompletionOut,
    Delta,
    MessageOut,
    ModelOut,
    ModelsOut,
    Usage,
    failed,
    name_of,
)
from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import AppError
from app.core.ids import new_id
from app.providers import service as models
from app.providers.catalogue import Model
from app.web.answers import sentence
from app.web.programs import Failure

EVENTS: Final = "text/event-stream"
UNBUFFERED: Final = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
_ENDINGS: Final = {"length": "length", "content_filter": "content_filter"}  # whatever else a provider says is a stop


@get("/v1/models", tags=["openai"], operation_id="openaiModels")
async def listed(person: NamedDependency[Asker]) -> ModelsOut:
    """The models within the holder's reach; `rag` is Recall, which is no language model."""
    return ModelsOut([_model(model) for model in await models.models_for(person.id)])


@get("/v1/models/{path:path}", tags=["openai"], operation_id="openaiModel")
async def one(path: FromPath[str], person: NamedDependency[Asker]) -> ModelOut:
    """One model."""
    return _model((await models.choice(person.id, path.lstrip("/"))).model)


def _model(model: Model) -> ModelOut:
    return ModelOut(model.path, 0, model.provider)


@post(
    "/v1/chat/completions",
    tags=["openai"],
    operation_id="openaiCompletion",
    status_code=200,
    responses={200: ResponseSpec(CompletionOut, description="The reply; with `stream`, server-sent events")},
)
async def complete(data: RequestBody[CompletionIn], person: NamedDependency[Asker]) -> Response[Any]:
    """Go on with a conversation. Nothing of it is kept but what it took."""
    asked = await asking.ask(person, data)
    pieces = aiter(asked.heard())
    first = await anext(pieces, Piece())  # a failure before the first word has a status of its own
    if data.stream:
        events = _events(asked, first, pieces, with_usage=data.wants_usage)
        return Stream(while_allowed(person, events), media_type=EVENTS, headers=UNBUFFERED)
    async for _piece in pieces:
        pass  # the question remembers them
    return Response(_whole(asked))


def _whole(asked: Asked) -> CompletionOut:
    said = MessageOut("assistant", "".join(asked.text), "".join(asked.reasoning) or None)
    choice = ChoiceOut(0, said, _ending(asked))
    return CompletionOut(name_of(new_id()), _moment(), asked.choice.model.path, [choice], asked.usage)


def _ending(asked: Asked) -> str:
    return _ENDINGS.get(asked.finish, "stop")


def _moment() -> int:
    return int(now().timestamp())


async def _events(
    asked: Asked, first: Piece, rest: AsyncIterator[Piece], *, with_usage: bool
) -> AsyncGenerator[bytes, None]:
    chunks = Chunks(name_of(new_id()), _moment(), asked.choice.model.path, with_usage=with_usage)
    yield chunks.of(Delta(role="assistant", content=first.text, reasoning_content=first.reasoning or None))
    try:
        async for piece in rest:
            if piece.text or piece.reasoning:
                yield chunks.of(Delta(content=piece.text or None, reasoning_content=piece.reasoning or None))
    except AppError as failure:
        told = failed(Failure(failure.status, failure.name, sentence(failure)))
        yield _event(told)
        return
    yield chunks.of(Delta(), _ending(asked))
    if with_usage:
        yield chunks.usage(asked.usage)
    yield b"data: [DONE]\n\n"


class Chunks:
    """The pieces of one streamed completion."""

    def __init__(self, name: str, created: int, model: str, *, with_usage: bool) -> None:
        self._head = (name, created, model)
        self._usage: msgspec.UnsetType | None = None if with_usage else msgspec.UNSET

    def of(self, delta: Delta, ending: str | None = None) -> bytes:
        """Some more of it, or its end."""
        return _event(Chunk(*self._head, [ChunkChoice(0, delta, ending)], self._usage))

    def usage(self, took: Usage) -> bytes:
        """What it took."""
        return _event(Chunk(*self._head, [], took))


def _event(data: Any) -> bytes:
    return b"data: %b\n\n" % msgspec.json.encode(data)


routes = [listed, one, complete]
