"""The data browser: Piccolo Admin, as an administrator sees it who is signed in to the house.

Its own sign-in is never reached. Whatever is changed there is written down before it happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import urlsplit

from app.audit import service as audit
from app.auth import sessions
from app.core.asker import Asker
from app.core.errors import AppError, Misconfigured
from app.core.lazy import load
from app.core.settings import Settings
from app.database.bootstrap import APPEND_ONLY
from app.database.columns import Kind
from app.database.registry import tables
from app.web.edge import Edge, hosts
from app.web.headers import Headers
from app.web.interface import Application, Message, Receive, Scope, Send
from app.web.peer import Peer
from app.web.refusal import Refused, refuse
from app.web.visit import cookie_name

PREFIX: Final = "/studio"
# Hashes and sealed keys are of use to nobody but a thief.
CREDENTIALS: Final = frozenset(
    {"login_sessions", "verification_tokens", "pending_logins", "api_tokens", "oauth_accounts", "invitations"}
)
WITH_WORDS_OF_PEOPLE: Final = frozenset({"jobs"})  # its payloads may be anybody's
_OWN_SIGN_IN: Final = ("/studio/public/log", "/studio/api/change-password", "/studio/api/media", "/studio/api/mfa")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_MISSING: Final = (
    "The data browser is not installed. Install it beside the rest: "
    "pip install -c constraints.txt -e '.[studio]'. Then start it again."
)


@dataclass(frozen=True, slots=True)
class Insider:
    """Who is signed in, in the words of Piccolo Admin."""

    display_name: str
    user_id: str
    is_authenticated: bool = True


class _Backend:
    """Whoever the gate let in."""

    async def authenticate(self, connection: Any) -> tuple[Any, Insider]:
        """The administrator of this request."""
        asker: Asker = connection.scope["state"]["asker"]
        credentials = load("starlette.authentication").AuthCredentials(["authenticated"])
        return credentials, Insider(asker.name, str(asker.id))


def browser(*, read_only: bool, private: bool) -> Application:
    """Piccolo Admin over the tables that may be shown, with our sign-in in place of its own."""
    shown = [table for table in tables() if _may_show(table, private=private)]
    made: Any = _endpoints().create_admin(
        shown, read_only=read_only, site_name="Commonplace", auto_include_related=False
    )
    guarded = next(route for route in made.routes if getattr(route, "path", "") == "/api")
    guarded.app.backend = _Backend()
    app: Application = made
    return app


def _may_show(table: Any, *, private: bool) -> bool:
    """What belongs to one person alone is shown only where that was asked for."""
    name, kinds = table._meta.tablename, set(table._meta.tags)  # noqa: SLF001 - Piccolo's way to say it
    is_private = name in WITH_WORDS_OF_PEOPLE or bool({Kind.USER, Kind.PROJECT} & kinds)
    return name not in CREDENTIALS and (private or not is_private)


def _endpoints() -> Any:
    try:
        return load("piccolo_admin.endpoints")
    except ModuleNotFoundError as missing:
        raise Misconfigured(_MISSING) from missing


class Studio:
    """The whole house, and the data browser beside it."""

    def __init__(self, house: Application, browser: Application, settings: Settings) -> None:
        self.house = house
        self.beside = Peer(Headers(Edge(_Gate(browser), hosts(settings))))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and (scope["path"] == PREFIX or scope["path"].startswith(PREFIX + "/"))
        await (self.beside if is_ours else self.house)(scope, receive, send)


class _Gate:
    """Administrators alone; changes only from our own pages, and each one written down."""

    def __init__(self, browser: Application) -> None:
        self.browser = browser

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            asker = await self._enter(scope, send)
        except AppError as wrong:
            raise Refused(wrong.status, wrong.msgid) from wrong
        if asker is None:
            return
        inner = {**scope, "root_path": PREFIX, "state": {**scope.get("state", {}), "asker": asker}}
        await self.browser(inner, receive, _with_policy(send))

    async def _enter(self, scope: Scope, send: Send) -> Asker | None:
        """Who is at the gate; None where they were sent elsewhere."""
        asker = await sessions.holder(_token(scope))
        if asker is None:
            await _sent(send, f"/sign-in?next={PREFIX}/")
            return None
        if not asker.is_admin or scope["path"].startswith(_OWN_SIGN_IN):
            await refuse(scope, send, 404, "This does not exist, or it is not yours.")
            return None
        if scope["path"] == PREFIX:
            await _sent(send, PREFIX + "/")
            return None
        if scope["method"] not in _SAFE:
            await _noted(scope, asker)
        return asker


async def _noted(scope: Scope, asker: Asker) -> None:
    """Write a change down before it happens, so that none can happen unseen."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get(b"origin")
    is_foreign = origin is not None and urlsplit(origin).netloc != headers.get(b"host", "")
    if is_foreign or headers.get(b"sec-fetch-site", "same-origin") != "same-origin":
        raise Refused(403, "This was sent from another site, so it was not accepted.")
    table, row = _named(scope["path"])
    if table in APPEND_ONLY:
        raise Refused(405, "The audit trail only grows; nothing in it can be changed.")
    await audit.record(asker, "studio.edited", table, row, {"method": scope["method"]})


def _named(path: str) -> tuple[str, str]:
    """The table and the row in an address like /studio/api/tables/users/3/."""
    parts: Sequence[str] = path.removeprefix(f"{PREFIX}/api/tables/").strip("/").split("/")
    return parts[0][:60], parts[1] if len(parts) > 1 else ""


def _token(scope: Scope) -> str:
    header = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
    try:
        morsel = SimpleCookie(header).get(cookie_name("session"))
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _with_policy(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                *message.get("headers", []),
                (b"content-security-policy", _POLICY),
                (b"cache-control", b"no-store"),
            ]
        await send(message)

    return sending


async def _sent(send: Send, path: str) -> None:
    await send({"type": "http.response.start", "status": 303, "headers": [(b"location", path.encode())]})
    await send({"type": "http.response.body", "body": b""})
