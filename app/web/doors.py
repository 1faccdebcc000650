"""Before any route: who is asking, in which language, and whether a form is really ours."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from litestar import Request
from litestar.response.base import ASGIResponse

from app.core.asker import Asker
from app.core.errors import Forbidden, Rejected, SignInNeeded
from app.core.language import LANGUAGES, language, marked, negotiated, timezone
from app.core.patience import FOR_A_PERSON, patience
from app.core.secrets import Vault
from app.core.settings import settings
from app.web import body, file_forms
from app.web.edge import Room
from app.web.explain import explain
from app.web.interface import Application, Message, Receive, Scope, Send
from app.web.readonly import saving
from app.web.visit import Visit

Identify = Callable[[str], Awaitable[Asker | None]]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT_FORMS = ("/api/webhooks/",)
WITH_FILES = ("/c/import", "/api/imports")  # their forms are proven where they are read (app.web.upload)
WITHOUT_FACES = ("/health/",)  # whoever asks, and also while the database is away
_PORTS = {"http": ":80", "https": ":443"}
_WITH_FILE = "multipart/form-data"


class Doors:
    """The middleware that every request for a page or the API passes."""

    def __init__(
        self,
        app: Application,
        vault: Vault,
        by_session: Identify,
        by_token: Identify,
        rooms: Sequence[Room] = (),
    ) -> None:
        self.app = app
        self.rooms = rooms
        self.vault = vault
        self.by_session = by_session
        self.by_token = by_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        patience.set(FOR_A_PERSON)
        headers = _headers(scope)
        visit = Visit(self.vault, _cookies(headers.get("cookie", "")))
        visit.attach(scope)
        send = _with_cookies(send, visit)
        try:
            receive = await self._enter(scope, receive, visit, headers)
        except Exception as failure:  # noqa: BLE001 - explained like any other, only earlier
            await _answer(explain(_request(scope), failure), scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, visit: Visit, headers: Mapping[str, str]) -> Receive:
        _speak(visit, headers)
        visit.read_only = saving.rests
        saving.check(scope["method"], scope["path"])
        if scope["path"].startswith(WITHOUT_FACES):
            return receive
        await self._recognise(visit, headers)
        _speak(visit, headers)
        if scope["method"] in SAFE or scope["path"].startswith(WITHOUT_FORMS):
            return receive
        if visit.by_token:
            return await self._read_files(scope, visit, headers, receive)
        _check_origin(headers)
        receive = await self._read_files(scope, visit, headers, await _read_form(visit, headers, receive))
        _check_token(visit, headers, scope["path"])
        return receive

    async def _read_files(self, scope: Scope, visit: Visit, headers: Mapping[str, str], receive: Receive) -> Receive:
        """The same for a form that brings files, where there is room for some and somebody is known who sends them."""
        if scope["path"] in WITH_FILES:
            return receive
        kind = headers.get("content-type", "")
        is_expected = visit.asker is not None and any(room.fits(scope["path"], kind.encode()) for room in self.rooms)
        boundary = file_forms.boundary_of(kind) if is_expected else ""
        if not boundary:
            return receive
        form = await file_forms.read(boundary, receive)
        visit.form, visit.files = form.fields, form.files
        return _again(b"", receive)

    async def _recognise(self, visit: Visit, headers: Mapping[str, str]) -> None:
        scheme, _, credential = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            visit.by_token = True
            visit.asker = await self.by_token(credential.strip())
            if visit.asker is None:
                message = marked("This token is unknown, expired or revoked.")
                raise SignInNeeded(message)
        elif token := visit.cookie("session"):
            visit.asker = await self.by_session(token)
            visit.session = token if visit.asker else ""


def _headers(scope: Scope) -> dict[str, str]:
    """What stands several times is one list, so that nothing can hide behind what comes last."""
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        found[name] = f"{found[name]}{'; ' if name == 'cookie' else ', '}{text}" if name in found else text
    return found


def _cookies(header: str) -> dict[str, str]:
    """Pair by pair: Python's own reader gives up at the first that another program on this host wrote badly."""
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _speak(visit: Visit, headers: Mapping[str, str]) -> None:
    """Set the language and the time zone of this request."""
    wished = visit.asker.language if visit.asker else ""
    language.set(wished if wished in LANGUAGES else negotiated(headers.get("accept-language", "")))
    timezone.set(visit.asker.timezone if visit.asker else "UTC")


def _check_origin(headers: Mapping[str, str]) -> None:
    """A browser says where a form comes from. What says nothing is no browser, and has no cookies to abuse."""
    is_foreign = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
    if is_foreign or ("origin" in headers and not _is_ours(headers["origin"].lower(), headers.get("host", "").lower())):
        message = marked("This form was sent from another site, so it was not accepted.")
        raise Forbidden(message, code="CROSS_SITE")


def _is_ours(origin: str, host: str) -> bool:
    """Whether a page of ours can have this origin. A proxy may write the port out, or ask by a name of its own."""
    scheme, _, place = origin.partition("://")
    return place in (host, host.removesuffix(_PORTS.get(scheme, ""))) or origin == settings().base_url.lower()


async def _read_form(visit: Visit, headers: Mapping[str, str], receive: Receive) -> Receive:
    """Read a form's fields for everybody after us, and let the body be read again."""
    if not headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return receive
    sent = await _body(receive)
    try:
        visit.form = body.fields(sent)
    except ValueError as wrong:
        raise Rejected(file_forms.UNREADABLE) from wrong
    return _again(sent, receive)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected(file_forms.UNREADABLE)
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _again(sent: bytes, receive: Receive) -> Receive:
    waiting = [sent]

    async def replay() -> Any:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay


def _check_token(visit: Visit, headers: Mapping[str, str], path: str) -> None:
    visit.unproven = True
    token = headers.get("x-csrf-token") or visit.form.get("_csrf", [""])[-1]
    is_read_later = path in WITH_FILES and headers.get("content-type", "").lower().startswith(_WITH_FILE)
    if token or not is_read_later:
        visit.prove(token)


def _with_cookies(send: Send, visit: Visit) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            visit.carry()
            cookies = [(b"set-cookie", cookie.encode("latin-1")) for cookie in visit.set_cookies]
            private = [] if _has(message, b"cache-control") else [(b"cache-control", b"no-store")]
            message["headers"] = [*message["headers"], *cookies, *private]
        await send(message)

    return sending


def _has(message: Any, name: bytes) -> bool:
    return any(key.lower() == name for key, _ in message["headers"])


def _request(scope: Scope) -> Request[Any, Any, Any]:
    return Request(scope)


async def _answer(response: Any, scope: Scope, receive: Receive, send: Send) -> None:
    answer: ASGIResponse = response.to_asgi_response(None, _request(scope))
    await answer(scope, receive, send)
