"""What there is to choose from: the models of each provider, as it named them last."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.ai.endpoint import Endpoint
from app.ai.offered import Offered
from app.core.errors import NotFound
from app.core.language import marked
from app.providers import prices
from app.providers.prices import Price
from app.providers.sources import Source, is_within

RECALL_PATH: Final = "rag"
# Models that make pictures, sound or vectors cannot hold a conversation.
_NO_TALK: Final = re.compile(
    r"embed|whisper|\btts\b|dall-e|moderation|transcri|rerank|realtime|audio|speech|imagen|-image\b|\bveo\b|\bsora"
    r"|\bocr\b|\bbge\b|minilm|babbage|davinci|turbo-instruct|lyria|\bflux\b|stable-diffusion",
    re.IGNORECASE,
)
# Where a provider does not say which of its models can look at a picture, the family does.
_SEES: Final = re.compile(
    r"gpt-(4o|4\.1|4-turbo|[5-9])|\bo[134]\b|claude|gemini|pixtral|llava|vision|[-_/]vl\b|llama-4|gemma-?[3-9]|grok-[4-9]",
    re.IGNORECASE,
)


class ModelGone(NotFound):
    """It was there once, or somebody else has it."""

    code = "MODEL_GONE"
    sentence = marked("This model is no longer here. Choose another one.")


@dataclass(frozen=True, slots=True)
class Model:
    """Something that answers. `path` is its name everywhere in the house; `name` is for people."""

    path: str
    name: str
    provider: str
    context: int | None = None
    sees: bool = False
    is_local: bool = False
    is_favourite: bool = False
    is_answering: bool = True
    price: Price | None = None

    @property
    def is_metered(self) -> bool:
        """Whether it counts for a budget. What is asked within the house costs nothing."""
        return not self.is_local

    @property
    def id(self) -> str:
        """What its provider calls it."""
        return self.path.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Choice:
    """A model and where it is asked. Recall is asked nowhere: it is ours."""

    model: Model
    endpoint: Endpoint | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A model as its provider offers it, whoever asks."""

    id: str
    context: int | None = None
    sees: bool = False
    price: Price | None = None

    @property
    def name(self) -> str:
        """Google begins each of its names with the word."""
        return self.id.removeprefix("models/")


RECALL: Final = Choice(Model(RECALL_PATH, "Recall", "Commonplace", is_local=True), None)


def entries(endpoint: Endpoint, offered: Sequence[Offered]) -> tuple[Entry, ...]:
    """What can hold a conversation, with what the price list knows of it. It takes a while, the first time."""
    return tuple(_entry(endpoint, each) for each in offered if not _NO_TALK.search(each.id))


def _entry(endpoint: Endpoint, offered: Offered) -> Entry:
    bare = offered.id.removeprefix("models/")
    known = None if is_within(endpoint) else prices.entry(endpoint.base_url, bare)
    context = offered.context or (known.context if known else None)
    sees = bool(_SEES.search(offered.id)) if offered.sees is None else offered.sees
    return Entry(offered.id, context, sees, known.price if known else None)


def model(source: Source, entry: Entry, *, is_favourite: bool = False, is_answering: bool = True) -> Model:
    """The model as one person sees it."""
    return Model(
        path=f"{source.slug}/{entry.name}",
        name=entry.name,
        provider=source.name,
        context=entry.context,
        sees=entry.sees,
        is_local=source.is_local,
        is_favourite=is_favourite,
        is_answering=is_answering,
        price=entry.price,
    )
