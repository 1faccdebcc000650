"""The same for programs: who am I, my devices, my tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RequestBody

from app.auth import people, sessions, tokens
from app.auth.tokens import Scope
from app.core.asker import Asker, Role
from app.web.limits import Limit

NEW_TOKENS = Limit("tokens", 20, 3600)


class Me(msgspec.Struct):
    """Who holds this credential, and how far it reaches."""

    id: UUID
    name: str
    email: str
    email_verified: bool
    role: Role
    member_since: datetime
    scopes: list[str]


class SessionOut(msgspec.Struct):
    """A device that is signed in."""

    id: UUID
    device: str
    network: str
    signed_in_by: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


class TokenOut(msgspec.Struct):
    """A token, without what only its holder knows."""

    id: UUID
    name: str
    hint: str
    scopes: Sequence[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    expired: bool


class TokenIn(msgspec.Struct, forbid_unknown_fields=True):
    """What a new token shall be."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=3)]
    days: Annotated[int, msgspec.Meta(ge=1, le=tokens.MOST_DAYS)] | None = None


class TokenMade(msgspec.Struct):
    """The new token. It is shown this once."""

    id: UUID
    token: str


@get("/api/me", tags=["me"], operation_id="me")
async def me(person: NamedDependency[Asker]) -> Me:
    """Who holds this credential."""
    profile = await people.profile(person.id)
    return Me(
        id=profile.id,
        name=profile.name,
        email=profile.email,
        email_verified=profile.is_verified,
        role=profile.role,
        member_since=profile.created_at,
        scopes=sorted(tokens.reach(person)),
    )


@get("/api/sessions", tags=["sessions"], operation_id="sessions")
async def list_sessions(person: NamedDependency[Asker]) -> list[SessionOut]:
    """The devices that are signed in."""
    return [
        SessionOut(
            id=session.id,
            device=str(session.device),
            network=session.ip_prefix,
            signed_in_by=session.how,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.expires_at,
            current=session.id == person.session_id,
        )
        for session in await sessions.listed(person.id)
    ]


@delete("/api/sessions/{session_id:uuid}", tags=["sessions"], operation_id="endSession")
async def end_session(session_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Sign one device out."""
    await sessions.revoke(person.id, session_id)


@delete("/api/sessions", tags=["sessions"], operation_id="endOtherSessions")
async def end_other_sessions(person: NamedDependency[Asker]) -> None:
    """Sign out everywhere else."""
    await sessions.revoke_others(person.id, person.session_id)


@get("/api/tokens", tags=["tokens"], operation_id="tokens")
async def list_tokens(person: NamedDependency[Asker]) -> list[TokenOut]:
    """The tokens that are not revoked."""
    return [
        TokenOut(
            id=token.id,
            name=token.name,
            hint=token.hint,
            scopes=token.scopes,
            created_at=token.created_at,
            last_used_at=token.last_used_at,
            expires_at=token.expires_at,
            expired=token.is_over,
        )
        for token in await tokens.listed(person.id)
    ]


@post("/api/tokens", tags=["tokens"], operation_id="createToken")
async def create_token(data: RequestBody[TokenIn], person: NamedDependency[Asker]) -> TokenMade:
    """Make a token. It reaches no further than the credential that makes it."""
    await NEW_TOKENS.spend(str(person.id))
    made = await tokens.create(person, data.name, data.scopes, data.days)
    return TokenMade(made.id, made.secret)


@delete("/api/tokens/{token_id:uuid}", tags=["tokens"], operation_id="endToken")
async def end_token(token_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Revoke a token."""
    await tokens.revoke(person.id, token_id)


routes = [me, list_sessions, end_session, end_other_sessions, list_tokens, create_token, end_token]
