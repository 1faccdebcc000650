"""Signed-in devices: begun, recognised, listed, ended. The token is known to the browser alone; we keep its hash."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.audit import service as audit
from app.auth import known
from app.auth.devices import Device, ip_prefix
from app.auth.queries import sessions as queries
from app.core.asker import Asker
from app.core.errors import Forbidden, NotFound
from app.core.language import marked
from app.core.secrets import hashed, new_token
from app.database.engine import atomic

IDLE_DAYS: Final = 30
MOST_DAYS: Final = 180  # however often it is used
COOKIE_SECONDS: Final = MOST_DAYS * 24 * 3600  # the browser may keep it; whether it holds is decided here


class Closed(Forbidden):
    """Somebody has shown who they are, but the account is closed."""

    code = "CLOSED"
    sentence = marked("This account is closed. Ask an administrator to open it again.")

    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        super().__init__()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as we keep it."""

    user_agent: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A device that is signed in."""

    id: UUID
    device: Device
    ip_prefix: str
    how: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


async def begin(user_id: UUID, how: str, origin: Origin, ended: str = "") -> str:
    """Sign this person in; the token for the browser. It is always a new one, and the old one ends."""
    token = new_token()
    values = {"how": how, "user_agent": origin.user_agent[:300], "ip_prefix": ip_prefix(origin.address)}
    async with atomic():
        if ended:
            await queries.end_session_of_token(hashed(ended))
        session_id = await queries.add_session(user_id, hashed(token), values, IDLE_DAYS)
        if session_id is None:
            raise Closed(user_id)
        details = {"how": how}
        await audit.record(
            user_id, "auth.signed_in", "login_session", session_id, details, ip_prefix=values["ip_prefix"]
        )
    return token


async def holder(token: str) -> Asker | None:
    """Who holds this token, if it still holds. Its end moves away as it is used."""
    row = await queries.session_holder(hashed(token))
    if row is None:
        return None
    if row["is_stale"]:
        await queries.session_seen(row["id"], row["session_id"], IDLE_DAYS, MOST_DAYS)
    asker = Asker(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        role=row["role"],
        session_id=row["session_id"],
        onboarded=row["onboarded"],
    )
    return known.completed(asker, row)


async def listed(person_id: UUID) -> list[Session]:
    """The devices of this person, the one seen last first."""
    return [
        Session(
            id=row["id"],
            device=Device.of(row["user_agent"]),
            ip_prefix=row["ip_prefix"],
            how=row["how"],
            created_at=row["created_at"],
            last_seen_at=row["last_seen_at"],
            expires_at=row["expires_at"],
        )
        for row in await queries.sessions_of(person_id)
    ]


async def revoke(person_id: UUID, session_id: UUID) -> None:
    """Sign one device out."""
    async with atomic():
        if not await queries.end_session(person_id, session_id):
            raise NotFound
        await audit.record(person_id, "auth.session_revoked", "login_session", session_id)


async def revoke_others(person_id: UUID, kept: UUID | None) -> int:
    """Sign out everywhere but here; how many devices that were."""
    async with atomic():
        ended = await queries.end_sessions(person_id, but=kept)
        if ended:
            await audit.record(person_id, "auth.sessions_revoked", "user", person_id, {"count": ended})
    return ended


async def sign_out(token: str) -> None:
    """End the session that the browser holds."""
    async with atomic():
        person_id = await queries.end_session_of_token(hashed(token))
        if person_id is not None:
            await audit.record(person_id, "auth.signed_out", "user", person_id)
