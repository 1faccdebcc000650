"""Every route of the app as it is registered, and what stands at the places in its address.

A new route finds its way into every test of this folder by itself. Where it carries an id, `OWNED` must know how to
make one that belongs to somebody; where anybody may enter, `OPEN` must say so. Otherwise the tests fail and say which.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from app.account.tables import DataExport
from app.auth.queries.links import add_link
from app.auth.tables import ApiToken, LoginSession, OAuthAccount
from app.chat.attachments import service as attachments
from app.chat.conversations.tables import Conversation, Folder
from app.chat.messages.tables import Message
from app.chat.moving.tables import Import
from app.chat.sharing.tables import Share
from app.core.clock import now, timedelta
from app.core.ids import new_id
from app.core.secrets import hashed, new_token
from app.notifications.tables import Notification, PushSubscription
from app.providers.tables import OwnProvider
from tests.cast import Player

Layer = TypeVar("Layer")
Make = Callable[[Player], Awaitable[str]]
MakeAll = Callable[[Player], Awaitable[tuple[str, ...]]]
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

# Whoever they are: these answer people who are not signed in.
OPEN: Final = frozenset(
    {
        "/closed",
        "/frames/diagram",
        "/health/live",
        "/health/ready",
        "/help",
        "/help/{name}",
        "/invitation/{token}",
        "/metrics",
        "/s/{token}",
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
# Streams that end when the page is left: what is one's own is not asked for there, since a test would wait for ever.
ENDLESS: Final = frozenset({"/c/{conversation_id}/events"})
# Signed by whoever sends it, so that no form of ours is needed.
WITHOUT_FORMS: Final = frozenset({"/api/webhooks/clerk"})

# What each form takes, where it takes anything: with this it would succeed.
FORMS: Final[dict[str, dict[str, Any]]] = {
    "POST /account/profile": {"name": "Charlie", "first_name": "Char", "last_name": "Lie"},
    "POST /account/tokens": {"name": "backup", "scopes": "read", "days": "90"},
    "POST /api/tokens": {"name": "backup", "scopes": ["read"], "days": 90},
    "POST /preferences": {"theme": "dark", "language": "de", "timezone": "UTC", "shortcuts_on": "on"}
    | {"instructions": "I keep bees."},
    "PATCH /api/preferences": {"theme": "dark", "shortcuts": None, "default_model": None, "language": "de"}
    | {"timezone": "UTC", "notifications": True, "memory_enabled": True, "instructions": ""},
    "POST /preferences/push": {
        "endpoint": "https://push.example.net/device",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
    "POST /preferences/models/default": {"path": "rag"},
    "POST /preferences/models/star": {"path": "my-own/model", "on": ""},
    "POST /c": {"text": "Do bees sleep?", "model": "rag", "key": ""},
    "POST /c/acts": {"do": "pin", "chosen": ""},
    "POST /c/{conversation_id}": {"text": "Do bees sleep?", "model": "rag", "key": ""},
    "POST /c/{conversation_id}/folder": {"name": "Insects"},
    "POST /c/{conversation_id}/m/{message_id}/edit": {"text": "Do ants sleep?", "key": ""},
    "POST /c/{conversation_id}/m/{message_id}/react": {"kind": "LIKE"},
    "POST /c/{conversation_id}/settings": {"instructions": "Be brief."},
    "POST /c/{conversation_id}/title": {"title": "Ants"},
    "POST /c/{place}/draft": {"text": "And wasps"},
    "POST /f": {"name": "Insects"},
    "POST /f/{folder_id}": {"name": "Insects"},
    "POST /api/conversations": {"text": "Do bees sleep?", "models": ["rag"]},
    "PATCH /api/conversations/{conversation_id}": {"title": "Ants"},
    "POST /api/conversations/{conversation_id}/messages": {"text": "Do bees sleep?", "models": ["rag"]},
    "POST /api/conversations/{conversation_id}/messages/{message_id}/edit": {"text": "Do ants sleep?"},
    "POST /api/conversations/{conversation_id}/messages/{message_id}/replies": {"models": ["rag"]},
    "PUT /api/conversations/{conversation_id}/messages/{message_id}/reactions": {"reactions": ["LIKE"]},
    "POST /api/folders": {"name": "Insects"},
    "PATCH /api/folders/{folder_id}": {"name": "Insects"},
    "POST /api/folders/{folder_id}/conversations": {"conversations": []},
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
        return self.path.startswith(("/api/", "/v1/", "/schema"))

    @property
    def is_endless(self) -> bool:
        return self.path in ENDLESS

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


def sent(door: Door) -> dict[str, Any]:
    """What the door takes, as its own page or program would send it."""
    form = FORMS.get(str(door), {})
    return {} if door.is_safe else {"json": form} if door.is_api else {"data": form}


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


async def _subscription(player: Player) -> str:
    row = PushSubscription(id=new_id(), user_id=player.id, session_id=UUID(await _session(player)), service="push")
    row.endpoint_sha256, row.sealed = hashed(new_token()), b"sealed"
    await PushSubscription.insert(row).run()
    return str(row.id)


async def _provider(player: Player) -> str:
    row = OwnProvider(id=new_id(), user_id=player.id, slug="my-own", name="Own", base_url="https://127.0.0.2:9/v1")
    row.slug = f"my-{row.id.hex[-8:]}"
    await OwnProvider.insert(row).run()
    return str(row.id)


async def _new_address(player: Player) -> str:
    token = new_token()
    values = {"kind": "CHANGE", "identifier": "new@example.com", "user_id": player.id, "next_path": "/account"}
    await add_link(hashed(token), values, 15)
    return token


async def conversation(player: Player, **values: Any) -> str:
    """One that nothing was said in yet."""
    row = Conversation(id=new_id(), user_id=player.id, title="Bees", preview="About bees", **values)
    await Conversation.insert(row).run()
    return str(row.id)


async def _binned(player: Player) -> str:
    return await conversation(player, deleted_at=now())


async def _share(player: Player) -> str:
    row = Share(
        id=new_id(),
        user_id=player.id,
        conversation_id=UUID(await conversation(player)),
        upto_id=new_id(),
        token_sha256=hashed(new_token()),
    )
    await Share.insert(row).run()
    return str(row.id)


async def _folder(player: Player) -> str:
    row = Folder(id=new_id(), user_id=player.id, name="Garden")
    await Folder.insert(row).run()
    return str(row.id)


async def _import(player: Player) -> str:
    row = Import(id=new_id(), user_id=player.id, name="export.zip", size=1, state="WAITING")
    await Import.insert(row).run()
    return str(row.id)


async def _reply(player: Player) -> tuple[str, str]:
    """A conversation with a question and its reply; the conversation, and the reply."""
    reply_id = new_id()
    here = await conversation(player, leaf_id=reply_id)
    said = Message(id=new_id(), user_id=player.id, conversation_id=here, parent_id=here, role="USER")
    reply = Message(id=reply_id, user_id=player.id, conversation_id=here, parent_id=said.id, depth=1, role="ASSISTANT")
    said.content, reply.content, reply.model, reply.told = "Do bees sleep?", "They do.", "rag", "{}"
    await Message.insert(said, reply).run()
    return here, str(reply.id)


async def _message(player: Player) -> str:
    return (await _reply(player))[1]


async def _attachment(player: Player) -> str:
    return str((await attachments.add(player.id, "bees.txt", b"They sleep.")).id)


# An id of a person's own, by the name of its place; the whole address counts where the name alone says too little.
OWNED: Final[dict[str, Make]] = {
    "archive_id": _archive,
    "session_id": _session,
    "token_id": _token,
    "identity_id": _identity,
    "note_id": _note,
    "subscription_id": _subscription,
    "own_provider_id": _provider,
    "conversation_id": conversation,
    "attachment_id": _attachment,
    "share_id": _share,
    "message_id": _message,
    "place": conversation,
    "binned_id": _binned,
    "folder_id": _folder,
    "import_id": _import,
    "/sign-in/address/{token}": _new_address,
}
# Places that belong together: what stands at the second is within what stands at the first.
TOGETHER: Final[dict[tuple[str, ...], MakeAll]] = {("conversation_id", "message_id"): _reply}
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
    if door.parameters in TOGETHER:
        return door.at(*await TOGETHER[door.parameters](player))
    values = []
    for name in door.parameters:
        make = maker(door, name)
        values.append(await make(player) if make else NOBODYS[name])
    return door.at(*values)


async def own(door: Door, player: Player) -> str:
    """The same, or of something that is not there where a place is nobody's, or the answer would never end."""
    return await of(door, player) if has_owner(door) and not door.is_endless else unknown(door)


def known_names() -> frozenset[str]:
    """Every place that the tests can fill."""
    return frozenset(OWNED) | frozenset(NOBODYS)
