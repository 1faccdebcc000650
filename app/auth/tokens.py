"""Credentials for programs: made by a person, shown once, never reaching further than the person does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from app.audit import service as audit
from app.auth import known
from app.auth.queries import tokens as queries
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, NotFound, Rejected
from app.core.language import marked
from app.core.secrets import hashed, new_token
from app.core.text import is_shown
from app.database.engine import atomic

Scope = Literal["read", "write", "admin"]
SCOPES: Final[dict[Scope, str]] = {
    "read": marked("Read everything that you can read"),
    "write": marked("Write, change and delete what is yours"),
    "admin": marked("Do what administrators do"),
}
PREFIX: Final = "cp_"  # so that a token that lies around is recognised as one
MOST_TOKENS: Final = 50
MOST_DAYS: Final = 366
LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token after it was shown."""

    id: UUID
    name: str
    hint: str
    scopes: Sequence[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token on the one occasion on which it can be seen."""

    id: UUID
    secret: str


async def create(asker: Asker, name: str, scopes: Sequence[str], days: int | None = None) -> NewToken:
    """A token for this person; `days` until it ends by itself, or None."""
    name = " ".join(name.split())
    _check(asker, name, scopes, days)
    secret = PREFIX + new_token()
    values = {"name": name, "hint": secret[-4:], "scopes": sorted(set(scopes)), "days": days}
    async with atomic():
        if len(await queries.tokens_of(asker.id)) >= MOST_TOKENS:
            raise Conflict(marked("You have many tokens already. Revoke those that you no longer use."))
        token_id = await queries.add_token(asker.id, hashed(secret), values)
        await audit.record(asker.id, "auth.token_created", "api_token", token_id, {"scopes": values["scopes"]})
    return NewToken(token_id, secret)


def _check(asker: Asker, name: str, scopes: Sequence[str], days: int | None) -> None:
    problems = {
        "name": "" if _is_name(name) else marked("Give it a name of at most 100 characters."),
        "scopes": "" if scopes and set(scopes) <= set(get_args(Scope)) else marked("Choose what it may do."),
        "days": "" if days is None or 1 <= days <= MOST_DAYS else marked("Choose between 1 and 366 days."),
    }
    wrong = {field: sentence for field, sentence in problems.items() if sentence}
    if wrong:
        raise Rejected(fields=wrong)
    if not set(scopes) <= reach(asker):
        raise Forbidden(marked("A token cannot reach further than whoever makes it."), code="SCOPE_MISSING")


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= LONGEST_NAME and is_shown(name)


def reach(asker: Asker) -> frozenset[str]:
    """The scopes that this asker could hand on."""
    own = frozenset(get_args(Scope)) if asker.is_admin else frozenset({"read", "write"})
    return own if asker.scopes is None else own & asker.scopes


async def holder(token: str) -> Asker | None:
    """Whose token this is, if it still holds."""
    if not token.startswith(PREFIX):
        return None
    row = await queries.token_holder(hashed(token))
    if row is None:
        return None
    if row["is_stale"]:
        await queries.token_used(row["id"], row["token_id"])
    asker = Asker(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        role=row["role"],
        scopes=frozenset(row["scopes"]),
        onboarded=row["onboarded"],
    )
    return known.completed(asker, row)


async def listed(person_id: UUID) -> list[Token]:
    """The tokens of this person, the newest first."""
    return [Token(**row) for row in await queries.tokens_of(person_id)]


async def revoke(person_id: UUID, token_id: UUID) -> None:
    """Let a token count no longer."""
    async with atomic():
        if not await queries.end_token(person_id, token_id):
            raise NotFound
        await audit.record(person_id, "auth.token_revoked", "api_token", token_id)
