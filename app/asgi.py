"""The floors joined: the only place that knows everybody."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp

from app import __version__
from app.auth import sessions, tokens
from app.auth.guards import DEPENDENCIES
from app.chat import routes as chat
from app.core.asker import Asker
from app.core.language import marked
from app.core.secrets import Vault, master_secrets
from app.core.settings import Settings, adopt
from app.database import counters
from app.database.address import addresses
from app.database.engine import db
from app.preferences import service as preferences
from app.web import limits, shell
from app.web.doors import Doors
from app.web.explain import explain
from app.web.headers import Headers
from app.web.shell import Part

PARTS = (
    Part(marked("Start"), "/", marked("A new conversation")),
    Part(marked("Account"), "/account", marked("Profile, devices, tokens, your data")),
    Part(marked("Preferences"), "/preferences", marked("Theme, language, shortcuts")),
    Part(marked("Notifications"), "/notifications", marked("What happened while you were away")),
    Part(marked("Help"), "/help", marked("Guides")),
    Part(marked("Admin"), "/admin", marked("People, jobs, health"), for_admin=True),
)
ROUTES = [*chat.routes]


def create_app(settings: Settings) -> ASGIApp:
    """Everything between the socket and the database."""
    adopt(settings)
    vault = Vault(master_secrets(settings.secret, settings.data_dir))
    limits.count_with(counters.hit)
    shell.offer(PARTS)
    return Headers(Doors(_litestar(settings), vault, _known(sessions.holder), _known(tokens.holder)))


def _litestar(settings: Settings) -> Litestar:
    return Litestar(
        route_handlers=ROUTES,
        dependencies=DEPENDENCIES,
        exception_handlers={Exception: explain},
        lifespan=[lambda _app: connected(settings)],
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Commonplace", version=__version__, path="/schema", render_plugins=[JsonRenderPlugin(path="/openapi.json")]
        ),
    )


def _known(holder: Callable[[str], Awaitable[Asker | None]]) -> Callable[[str], Awaitable[Asker | None]]:
    """Whoever holds this credential, with what the shell needs to know of them."""

    async def identify(credential: str) -> Asker | None:
        asker = await holder(credential)
        if asker is None:
            return None
        taste = await preferences.of(asker.id)
        return replace(
            asker,
            theme=taste.theme,
            language=taste.language,
            timezone=taste.timezone,
            shortcuts=taste.shortcuts,
        )

    return identify


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[None]:
    """The database, for as long as the app lives."""
    most, least = settings.pool
    await db.open(addresses(settings).app, most, least)
    try:
        yield
    finally:
        await db.close()
