"""What the pages about models show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from app.core.asker import Role
from app.core.language import marked
from app.providers.assistants import Assistant
from app.providers.budgets import Amount, Budget, Room
from app.providers.catalogue import RECALL, RECALL_PATH, Model
from app.providers.service import Shelved
from app.providers.sources import Origin, Source
from app.web.answers import sentence
from app.web.formats import money, number
from app.web.translations import gettext
from app.web.view import View

FEW: Final = 6
MANY: Final = 60
_THOUSAND: Final = 1000
_MILLION: Final = 1_000_000

ORIGINS: Final[Mapping[Origin, str]] = {
    "environment": marked("from the settings"),
    "machine": marked("found on this machine"),
    "operator": marked("added by an administrator"),
    "own": marked("your own"),
}
ROLES: Final[Mapping[Role, str]] = {
    "STUDENT": marked("Students"),
    "DEVELOPER": marked("Developers"),
    "TEAM_LEAD": marked("Team leads"),
    "ADMIN": marked("Administrators"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One model."""

    path: str
    name: str
    about: str
    is_favourite: bool
    is_default: bool

    @classmethod
    def of(cls, model: Model, default: str) -> "Line":
        return cls(model.path, model.name, about(model), model.is_favourite, model.path == default)


@dataclass(frozen=True, slots=True)
class Group:
    """The models of one provider: some of them, and how many more there are."""

    name: str
    origin: str
    problem: str
    lines: Sequence[Line]
    more: int


@dataclass(frozen=True, slots=True)
class Card:
    """A provider as those see it who may change it. The key is not there, only what it ends with."""

    id: UUID | None
    name: str
    slug: str
    base_url: str
    hint: str
    origin: str
    is_enabled: bool
    is_readable: bool
    models: int
    problem: str

    @classmethod
    def of(cls, source: Source, shelved: Shelved | None) -> "Card":
        return cls(
            id=source.id,
            name=source.name,
            slug=source.slug,
            base_url=source.endpoint.base_url,
            hint=source.hint,
            origin=gettext(ORIGINS[source.origin]),
            is_enabled=source.is_enabled,
            is_readable=source.is_readable,
            models=len(shelved.models) if shelved else 0,
            problem=sentence(shelved.problem) if shelved and shelved.problem else "",
        )


def about(model: Model) -> str:
    """What there is to know of a model, in one line."""
    parts = [
        gettext("%(size)s tokens of context") % {"size": short(model.context)} if model.context else "",
        gettext("sees pictures") if model.sees else "",
        gettext("stays in the house") if model.is_local else "",
    ]
    if model.price:
        prices = {"into": money(model.price.into), "out": money(model.price.out)}
        parts.append(gettext("%(into)s in and %(out)s out for a million tokens") % prices)
    return " · ".join(part for part in parts if part)


def short(count: int) -> str:
    """A large number in few letters."""
    if count >= _MILLION:
        return f"{number(round(count / _MILLION, 1))}M"
    return f"{number(round(count / _THOUSAND))}k" if count >= _THOUSAND else number(count)


def groups(shelves: Sequence[Shelved], words: str, default: str) -> list[Group]:
    """Every provider with those of its models that were searched for; Recall last."""
    found = [_group(shelved, words, default) for shelved in shelves]
    if _fits(words, RECALL.model):
        told = gettext("answers from what you wrote, without a language model")
        line = Line(RECALL_PATH, RECALL.model.name, told, is_favourite=False, is_default=default == RECALL_PATH)
        found.append(Group(RECALL.model.provider, gettext("always here"), "", [line], 0))
    return [group for group in found if group.lines or (group.problem and not words)]


def _group(shelved: Shelved, words: str, default: str) -> Group:
    fitting = [model for model in shelved.models if _fits(words, model)]
    ordered = sorted(fitting, key=lambda model: (model.path != default, not model.is_favourite, model.name.lower()))
    shown = ordered[: MANY if words else FEW]
    problem = sentence(shelved.problem) if shelved.problem else ""
    origin = gettext(ORIGINS[shelved.source.origin])
    lines = [Line.of(model, default) for model in shown]
    return Group(shelved.source.name, origin, problem, lines, len(ordered) - len(shown))


def _fits(words: str, model: Model) -> bool:
    text = f"{model.path} {model.provider}".lower()
    return all(word in text for word in words.lower().split())


# Budgets --------------------------------------------------------------------------------------------------------------


def amount(value: Amount) -> str:
    """Tokens, money, or both."""
    parts = [
        gettext("%(count)s tokens") % {"count": number(value.tokens)} if value.tokens is not None else "",
        money(value.cost) if value.cost is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def told(room: Room) -> str:
    """What was used today, and what there is to keep in mind; nothing where nothing is near."""
    if room.is_over:
        return gettext("Your budget for today is used up. It begins anew at midnight UTC.")
    return gettext("You are close to the end of your budget for today.") if room.is_near else ""


@dataclass(frozen=True, slots=True)
class Used:
    """What somebody used today."""

    spent: str
    bound: str
    warning: str
    share: float

    @classmethod
    def of(cls, room: Room) -> "Used":
        return cls(
            amount(room.spent), amount(room.hard if not room.hard.is_none else room.soft), told(room), _share(room)
        )


def _share(room: Room) -> float:
    bound = room.hard if not room.hard.is_none else room.soft
    pairs = ((room.spent.tokens, bound.tokens), (room.spent.cost, bound.cost))
    return max([min(float((spent or 0) / most), 1.0) for spent, most in pairs if most], default=0.0)


def whose() -> list[tuple[str, str]]:
    """For whom a budget can be set."""
    return [*[(role, gettext(words)) for role, words in ROLES.items()], ("person", gettext("One person"))]


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """Whose budget, and how much."""

    id: UUID
    whose: str
    email: str
    soft: str
    hard: str

    @classmethod
    def of(cls, budget: Budget) -> "BudgetLine":
        whose = gettext(ROLES[budget.role]) if budget.role else budget.name
        return cls(budget.id, whose, budget.email, amount(budget.soft), amount(budget.hard))


# Pages ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelsPage(View):
    """What one can choose from, what one prefers, and providers of one's own."""

    template: ClassVar = "providers/models.html"
    groups: Sequence[Group]
    words: str
    default: str
    usual: str
    used: Used
    action: str
    cards: Sequence[Card]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    tried: str


@dataclass(frozen=True, slots=True)
class ProvidersPage(View):
    """Providers for everybody."""

    template: ClassVar = "providers/providers.html"
    action: str
    cards: Sequence[Card]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    tried: str


@dataclass(frozen=True, slots=True)
class BudgetsPage(View):
    """Who may use how much."""

    template: ClassVar = "providers/budgets.html"
    budgets: Sequence[BudgetLine]
    roles: Sequence[tuple[str, str]]
    typed: Mapping[str, str]
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AssistantsPage(View):
    """Assistants for everybody, and the form for one more."""

    template: ClassVar = "providers/assistants.html"
    assistants: Sequence[Assistant]
    choices: Sequence[str]
    typed: Mapping[str, str]
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AssistantPage(View):
    """One assistant."""

    template: ClassVar = "providers/assistant.html"
    assistant: Assistant
    choices: Sequence[str]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
