"""The facts of the house, and who listens.

A fact is published inside the transaction that makes it true; its listeners run there too and only write rows or
enqueue jobs. So a fact is never lost in a crash, and never told when it did not happen.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

Fact = TypeVar("Fact")
_listeners: dict[type, list[Callable[[Any], Awaitable[None]]]] = {}


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """Somebody has an account now."""

    user_id: UUID
    how: str


@dataclass(frozen=True, slots=True)
class OnboardingDone:
    """Somebody answered the first questions; an empty language means as the browser asks."""

    user_id: UUID
    language: str


@dataclass(frozen=True, slots=True)
class ModelChosen:
    """Somebody wants to begin with this model; an empty path means as the house thinks best."""

    user_id: UUID
    path: str


@dataclass(frozen=True, slots=True)
class PersonDeactivated:
    """An account was closed; its rows stay until they are erased."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class PersonErased:
    """Every row of this person is about to go."""

    user_id: UUID


def subscribe(kind: type[Fact], listener: Callable[[Fact], Awaitable[None]]) -> None:
    """Let `listener` hear of every fact of this kind."""
    heard = _listeners.setdefault(kind, [])
    if listener not in heard:
        heard.append(listener)


async def publish(fact: object) -> None:
    """Tell every listener, in the order in which they subscribed."""
    for listener in _listeners.get(type(fact), ()):
        await listener(fact)
