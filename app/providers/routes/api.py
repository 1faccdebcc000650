"""Models, providers, assistants and usage, for programs."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RequestBody

from app.core.asker import Asker
from app.providers import added, assistants, budgets, service, usage
from app.providers.added import Draft
from app.providers.catalogue import Model
from app.providers.routes.models import TRIED
from app.providers.sources import Source

DAYS = 30
Line = Annotated[str, msgspec.Meta(max_length=2000)]


class PriceOut(msgspec.Struct):
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal


class ModelOut(msgspec.Struct):
    """A model within the holder's reach. `path` is what other requests take."""

    path: str
    name: str
    provider: str
    context: int | None
    sees: bool
    is_local: bool
    is_favourite: bool
    is_answering: bool
    price: PriceOut | None


class ModelsOut(msgspec.Struct):
    """Every model within the holder's reach, and the one that new conversations begin with."""

    default: str
    items: list[ModelOut]


class ProviderOut(msgspec.Struct):
    """One of the holder's own providers. Its key is not told; `hint` is what it ends with."""

    id: UUID | None
    name: str
    slug: str
    base_url: str
    hint: str
    is_enabled: bool


class ProvidersOut(msgspec.Struct):
    """The holder's own providers."""

    items: list[ProviderOut]


class NewProvider(msgspec.Struct, forbid_unknown_fields=True):
    """A provider to add. It is asked for its models first."""

    name: Line
    base_url: Line
    key: Line = ""


class Made(msgspec.Struct):
    """What was added."""

    id: UUID


class AssistantOut(msgspec.Struct):
    """An assistant: a model, and what it is told before anything else."""

    id: UUID
    name: str
    description: str
    model_path: str
    instructions: str


class AssistantsOut(msgspec.Struct):
    """Every assistant."""

    items: list[AssistantOut]


class AmountOut(msgspec.Struct):
    """Tokens and US dollars. In a bound, null is as much as one likes."""

    tokens: int | None
    cost: Decimal | None


class TodayOut(msgspec.Struct):
    """What was used since midnight UTC, and the budget."""

    spent: AmountOut
    soft: AmountOut
    hard: AmountOut
    is_near: bool
    is_over: bool


class UsedOut(msgspec.Struct):
    """What was used of one model on one day (UTC). A cost that nobody knows is null."""

    day: date
    model: str
    provider: str
    calls: int
    tokens_in: int
    tokens_out: int
    is_estimated: bool
    cost: Decimal | None


class UsageOut(msgspec.Struct):
    """Today, and the last thirty days."""

    today: TodayOut
    days: list[UsedOut]


@get("/api/models", tags=["models"], operation_id="models")
async def models(person: NamedDependency[Asker]) -> ModelsOut:
    """What the holder can choose from."""
    found = await service.models_for(person.id)
    default = await service.default_path(person.id, person.default_model)
    return ModelsOut(default, [_model(model) for model in found])


def _model(model: Model) -> ModelOut:
    return ModelOut(
        price=PriceOut(model.price.into, model.price.out) if model.price else None,
        **{name: getattr(model, name) for name in ModelOut.__struct_fields__ if name != "price"},
    )


@get("/api/providers", tags=["models"], operation_id="providers")
async def providers(person: NamedDependency[Asker]) -> ProvidersOut:
    """The holder's own providers."""
    return ProvidersOut([_provider(source) for source in await added.listed(person.id)])


def _provider(source: Source) -> ProviderOut:
    told = (source.slug, source.endpoint.base_url, source.hint, source.is_enabled)
    return ProviderOut(source.id, source.name, *told)


@post("/api/providers", tags=["models"], operation_id="addProvider")
async def add(data: RequestBody[NewProvider], person: NamedDependency[Asker]) -> Made:
    """Add a provider of the holder's own, once it has answered."""
    await TRIED.spend(str(person.id))
    return Made(await added.add(person, person.id, Draft(data.name, data.base_url, data.key)))


@delete("/api/providers/{own_provider_id:uuid}", tags=["models"], operation_id="removeProvider")
async def remove(own_provider_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Forget it, and its key."""
    await added.remove(person, person.id, own_provider_id)


@get("/api/assistants", tags=["models"], operation_id="assistants")
async def listed(person: NamedDependency[Asker]) -> AssistantsOut:  # noqa: ARG001 - asked for, so that nobody else enters
    """Every assistant."""
    return AssistantsOut(
        [msgspec.convert(each, AssistantOut, from_attributes=True) for each in await assistants.listed()]
    )


@get("/api/usage", tags=["models"], operation_id="usage")
async def used(person: NamedDependency[Asker]) -> UsageOut:
    """What the holder used."""
    room = await budgets.room(person.id, person.role)
    days = await usage.lately(person.id, DAYS)
    return msgspec.convert({"today": room, "days": days}, UsageOut, from_attributes=True)


routes = [models, providers, add, remove, listed, used]
