"""Who plays in the tests: alice owns, bob is on her team, charlie is a stranger, root is the administrator."""

from dataclasses import dataclass
from uuid import UUID

import httpx2

from app.auth.tables import LoginSession, User
from app.core.clock import now, timedelta
from app.core.ids import new_id
from app.core.secrets import hashed, new_token


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody with an account."""

    id: UUID
    name: str
    email: str


async def enter(name: str, role: str = "DEVELOPER") -> Player:
    """Somebody of this name, with an address of their own."""
    player = Player(new_id(), name.title(), f"{name}@example.com")
    row = User(
        id=player.id,
        name=player.name,
        email=player.email,
        role=role,
        email_verified_at=now(),
        onboarding='{"done": true}',
    )
    await User.insert(row).run()
    return player


async def sign_in(client: httpx2.AsyncClient, player: Player) -> str:
    """Give this browser a login session; its token."""
    token = new_token()
    row = LoginSession(user_id=player.id, token_sha256=hashed(token), expires_at=now() + timedelta(days=30), how="test")
    await LoginSession.insert(row).run()
    client.cookies.set("session", token)
    return token


async def csrf(client: httpx2.AsyncClient, page: str = "/preferences") -> str:
    """The proof that a form on this page carries."""
    text = (await client.get(page)).text
    return text.split('name="_csrf" value="', 1)[1].split('"', 1)[0]
