"""Every route of the app as it is registered, and what stands at the places in its address.

A new route finds its way into every test of this folder by itself. Where it carries an id, `OWNED` must know how to
make one that belongs to somebody; where anybody may enter, `OPEN` must say so. Otherwise the tests fail and say which.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from app.account.tables import DataExport
from app.auth.queries.links import add_link
from app.auth.tables import ApiToken, LoginSession, OAuthAccount
from app.core.clock import now, timedelta
from app.core.ids import new_id
from app.core.secrets import hashed, new_token
from app.notifications.tables import Notification
from tests.cast import Player

Layer = TypeVar("Layer")
Make = Callable[[Player], Awaitable[str]]
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

# Whoever they are: these answer people who are not signed in.
OPEN: Final = frozenset(
    {
        "/closed",
        "/health/live",
        "/health/ready",
        "/help",
        "/help/{name}",
        "/invitation/{token}",
        "/metrics",
        "/reopen",
        "/sign-in",
        "/sign-in/link/{token}",
        "/sign-in/sent",
        "/sign-in/{provider}",
        "/sign-in/{provider}/callback",
        "/sign-out",
        "/api/webhooks/clerk",
    }
)
# Signed by whoever sends it, so that no form of ours is needed.
WITHOUT_FORMS: Final = frozenset({"/api/webhooks/clerk"})

# What each form takes, where it takes anything: with this it would succeed.
FORMS: Final[dict[str, dict[str, Any]]] = {
    "POST /account/profile": {"name": "Charlie", "first_name": "Char", "last_name": "Lie"},
    "POST /account/tokens": {"name": "backup", "scopes": "read", "days": "90"},
    "POST /api/tokens": {"name": "backup", "scopes": ["read"], "days": 90},
    "POST /preferences": {"theme": "dark", "language": "de", "timezone": "UTC", "shortcuts_on": "on"},
    "PATCH /api/preferences": {"theme": "dark", "shortcuts": None, "default_model": None, "language": "de"}
    | {"timezone": "UTC", "notifications": True, "memory_enabled": True},
    "POST /welcome": {"name": "Charlie", "language": "de", "purpose": ""},
}


@dataclass(frozen=True, slots=True)
class Door:
    """One address with one method."""

    path: str
    method: str
    parameters: tuple[str, ...]
    asks_for: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_open(self) -> bool:
        return self.path in OPEN

    @property
    def is_admin(self) -> bool:
        return "administrator" in self.asks_for

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE

    @property
    def is_api(self) -> bool:
        return self.path.startswith(("/api/", "/schema"))

    def at(self, *values: str) -> str:
        """The address with these values in its places."""
        path = self.path
        for name, value in zip(self.parameters, values, strict=True):
            path = path.replace("{" + name + "}", value)
        return path


def within(app: Any, kind: type[Layer]) -> Layer:
    """The middleware, or the framework itself, that lies beneath others."""
    while not isinstance(app, kind):
        app = app.app if hasattr(app, "app") else app._app  # noqa: SLF001 - middleware hides what it wraps
    return app


def doors(app: Any) -> list[Door]:
    """Every address with every method, in a fixed order. OPTIONS is the framework's own."""
    found = [
        Door(route.path_format, method, tuple(route.path_parameters), _asks_for(handler))
        for route in within(app, Litestar).routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
        if method != "OPTIONS"
    ]
    return sorted(found, key=str)


def _asks_for(handler: HTTPRouteHandler) -> frozenset[str]:
    return frozenset(handler.parsed_fn_signature.parameters)


# What stands in an address --------------------------------------------------------------------------------------------


async def _archive(player: Player) -> str:
    row = DataExport(id=new_id(), user_id=player.id, status="READY", file="nowhere.zip", size=1)
    row.expires_at = now() + timedelta(days=7)
    await DataExport.insert(row).run()
    return str(row.id)


async def _session(player: Player) -> str:
    token = hashed(new_token())
    row = LoginSession(id=new_id(), user_id=player.id, token_sha256=token, expires_at=now() + timedelta(days=9))
    await LoginSession.insert(row).run()
    return str(row.id)


async def _token(player: Player) -> str:
    row = ApiToken(id=new_id(), user_id=player.id, name="backup", token_sha256=hashed(new_token()), scopes=["read"])
    await ApiToken.insert(row).run()
    return str(row.id)


async def _identity(player: Player) -> str:
    """One of two, so that it could be given up."""
    ids = [new_id(), new_id()]
    rows = [OAuthAccount(id=each, user_id=player.id, provider="p", provider_account_id=str(each)) for each in ids]
    await OAuthAccount.insert(*rows).run()
    return str(ids[0])


async def _note(player: Player) -> str:
    row = Notification(id=new_id(), user_id=player.id, kind="test", text="Hello", href="/help")
    await Notification.insert(row).run()
    return str(row.id)


async def _new_address(player: Player) -> str:
    token = new_token()
    values = {"kind": "CHANGE", "identifier": "new@example.com", "user_id": player.id, "next_path": "/account"}
    await add_link(hashed(token), values, 15)
    return token


# An id of a person's own, by the name of its place; the whole address counts where the name alone says too little.
OWNED: Final[dict[str, Make]] = {
    "archive_id": _archive,
    "session_id": _session,
    "token_id": _token,
    "identity_id": _identity,
    "note_id": _note,
    "/sign-in/address/{token}": _new_address,
}
# What is nobody's: a name of ours, or a secret that is itself the proof.
NOBODYS: Final = {"provider": "nobody", "name": "settings", "token": "x" * 43, "path": "nowhere"}


def maker(door: Door, name: str) -> Make | None:
    """How to make what stands at this place for somebody."""
    return OWNED.get(door.path) or OWNED.get(name)


def has_owner(door: Door) -> bool:
    """Whether the address names something of a person's own."""
    return any(maker(door, name) for name in door.parameters)


def unknown(door: Door) -> str:
    """The address of something that is not there."""
    return door.at(*[NOBODYS.get(name) or str(new_id()) for name in door.parameters])


async def of(door: Door, player: Player) -> str:
    """The address of something that this person has."""
    values = []
    for name in door.parameters:
        make = maker(door, name)
        values.append(await make(player) if make else NOBODYS[name])
    return door.at(*values)


async def own(door: Door, player: Player) -> str:
    """The same, or of something that is not there where a place is nobody's."""
    return await of(door, player) if has_owner(door) else unknown(door)


def known_names() -> frozenset[str]:
    """Every place that the tests can fill."""
    return frozenset(OWNED) | frozenset(NOBODYS)
