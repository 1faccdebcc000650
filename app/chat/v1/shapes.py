"""OpenAI's protocol as far as we speak it: what may be asked, and what is answered."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from app.core.language import marked
from app.web.programs import Failure

MOST_MESSAGES: Final = 2_000
LONGEST_TEXT: Final = 400_000
CHUNK: Final = "chat.completion.chunk"

Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


# Asked ----------------------------------------------------------------------------------------------------------------


class TextPart(msgspec.Struct, tag_field="type", tag="text"):
    """Words."""

    text: Text


class ImageUrl(msgspec.Struct):
    """A picture: its bytes, in a `data:` address."""

    url: Annotated[str, msgspec.Meta(max_length=1_000_000)]


class ImagePart(msgspec.Struct, tag_field="type", tag="image_url"):
    """A picture among the words."""

    image_url: ImageUrl


class MessageIn(msgspec.Struct):
    """What one side said."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | list[TextPart | ImagePart] | None = None


class StreamOptions(msgspec.Struct):
    """How to stream."""

    include_usage: bool = False


class CompletionIn(msgspec.Struct):
    """A conversation to go on with.

    What only tunes the choice of words, such as `top_p` or `seed`, is not passed on; what would change the kind of the
    answer, such as `tools`, is refused.
    """

    model: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    messages: Annotated[list[MessageIn], msgspec.Meta(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    max_completion_tokens: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=128)] | None = None
    stop: Any = None
    tools: Any = None
    functions: Any = None
    response_format: Any = None
    logprobs: bool | None = None

    @property
    def most_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

    def problems(self) -> Mapping[str, str]:
        """What is asked for that nothing here can do: field → sentence."""
        asked = {
            "n": (self.n or 1) > 1,
            "stop": bool(self.stop),
            "tools": bool(self.tools),
            "functions": bool(self.functions),
            "response_format": self.response_format not in (None, {"type": "text"}),
            "logprobs": bool(self.logprobs),
        }
        return {name: marked("This is not supported here.") for name, is_asked in asked.items() if is_asked}


# Answered -------------------------------------------------------------------------------------------------------------


class ModelOut(msgspec.Struct):
    """A model within the holder's reach."""

    id: str
    created: int
    owned_by: str
    object: Literal["model"] = "model"


class ModelsOut(msgspec.Struct):
    """All of them."""

    data: list[ModelOut]
    object: Literal["list"] = "list"


class Usage(msgspec.Struct):
    """Tokens: as the provider counted them, or estimated."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class MessageOut(msgspec.Struct, omit_defaults=True):
    """The reply."""

    role: str
    content: str
    reasoning_content: str | None = None


class ChoiceOut(msgspec.Struct):
    """The one choice that there is."""

    index: int
    message: MessageOut
    finish_reason: str
    logprobs: None = None


class CompletionOut(msgspec.Struct):
    """A whole reply."""

    id: str
    created: int
    model: str
    choices: list[ChoiceOut]
    usage: Usage
    object: Literal["chat.completion"] = "chat.completion"


class Delta(msgspec.Struct, omit_defaults=True):
    """Some more of it."""

    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None


class ChunkChoice(msgspec.Struct):
    """The one choice, growing."""

    index: int
    delta: Delta
    finish_reason: str | None = None
    logprobs: None = None


class Chunk(msgspec.Struct):
    """A piece of a streamed reply."""

    id: str
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | msgspec.UnsetType | None = msgspec.UNSET
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"


def name_of(number: UUID) -> str:
    """What a completion is called."""
    return f"chatcmpl-{number.hex}"


# Failed ---------------------------------------------------------------------------------------------------------------

_KINDS: Final = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES: Final = {
    "SIGN_IN_NEEDED": "invalid_api_key",
    "MODEL_GONE": "model_not_found",
    "BUDGET_SPENT": "insufficient_quota",
    "MODEL_QUESTION_TOO_LONG": "context_length_exceeded",
}
_THEIRS: Final = 500


def failed(failure: Failure) -> dict[str, Any]:
    """An error as OpenAI's libraries read it."""
    kind = _KINDS.get(failure.status, "server_error" if failure.status >= _THEIRS else "invalid_request_error")
    code = _CODES.get(failure.code, failure.code.lower())
    param = next(iter(failure.fields), None)
    return {"error": {"message": failure.sentence, "type": kind, "param": param, "code": code}}
