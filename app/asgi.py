"""The floors joined: the only place that knows everybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from uuid import UUID

from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from app import __version__
from app.account import jobs as account_jobs
from app.account import listeners as account_listeners
from app.account import routes as account
from app.account import routes_data as account_data
from app.account import routes_tokens as account_tokens
from app.admin import disk
from app.admin import jobs as admin_jobs
from app.admin import routes as admin
from app.ai import session as ai
from app.auth import attendance, letters, sessions, tokens
from app.auth import jobs as auth_jobs
from app.auth import routes as auth
from app.auth import routes_api as auth_api
from app.auth import routes_oauth as auth_oauth
from app.auth import routes_reopen as auth_reopen
from app.auth.guards import DEPENDENCIES, person_only
from app.chat.attachments import jobs as attachments_jobs
from app.chat.attachments import listeners as attachments_listeners
from app.chat.attachments import routes as attachments
from app.chat.attachments import routes_api as attachments_api
from app.chat.attachments import service as files
from app.chat.conversations import jobs as conversations_jobs
from app.chat.conversations import routes as conversations
from app.chat.conversations import routes_api as conversations_api
from app.chat.conversations import routes_folders as folders
from app.chat.messages import jobs as messages_jobs
from app.chat.messages import routes_api as messages_api
from app.chat.moving import jobs as moving_jobs
from app.chat.moving import listeners as moving_listeners
from app.chat.moving import routes as moving
from app.chat.moving import routes_api as moving_api
from app.chat.replies import jobs as replies_jobs
from app.chat.replies import routes_api as replies_api
from app.chat.replies import service as replies
from app.chat.replies import settling
from app.chat.replies.desk import open_for_replies
from app.chat.sharing import jobs as sharing_jobs
from app.chat.sharing import routes as sharing
from app.chat.talk import routes as talk
from app.chat.talk import routes_diagram as talk_diagram
from app.chat.talk import routes_find as talk_find
from app.chat.talk import routes_message as talk_message
from app.chat.v1 import routes as v1
from app.chat.v1 import shapes
from app.core.language import marked
from app.core.secrets import Vault, master_secrets
from app.core.settings import Settings, adopt
from app.database import counters
from app.database.address import Addresses
from app.database.bus import bus
from app.database.engine import db
from app.guides import routes as guides
from app.index import listeners as index_listeners
from app.jobs import jobs as jobs_jobs
from app.jobs import listeners as jobs_listeners
from app.jobs import worker
from app.notifications import jobs as notifications_jobs
from app.notifications import push_keys
from app.notifications import routes as notifications_routes
from app.notifications import service as notifications
from app.preferences import listeners as preferences_listeners
from app.preferences import routes as preferences_routes
from app.preferences import service as preferences
from app.providers import keys, offers
from app.providers import routes as providers_routes
from app.web import file_forms, limits, programs, shell
from app.web.assets import Assets
from app.web.calm import calm_down
from app.web.compress import Compress
from app.web.doors import Doors
from app.web.drain import draining
from app.web.edge import Edge, Room, hosts
from app.web.explain import explain
from app.web.head import Head
from app.web.headers import Headers
from app.web.last_resort import LastResort
from app.web.measured import Measured
from app.web.peer import Peer
from app.web.shell import Part
from app.web.upload import OVERHEAD
from app.webhooks import jobs as webhooks_jobs
from app.webhooks import listeners as webhooks_listeners
from app.webhooks import routes as webhooks

PARTS = (
    Part(marked("Start"), "/", marked("A new conversation")),
    Part(marked("Conversations"), "/c", marked("All of them, the archive, the bin")),
    Part(marked("Move here"), "/c/import", marked("Bring your conversations along from elsewhere")),
    Part(marked("Account"), "/account", marked("Profile, devices, tokens, your data")),
    Part(marked("Preferences"), "/preferences", marked("Theme, language, shortcuts")),
    Part(marked("Models"), "/preferences/models", marked("What answers you, favourites, keys of your own")),
    Part(marked("Notifications"), "/notifications", marked("What happened while you were away")),
    Part(marked("Help"), "/help", marked("Guides")),
    Part(marked("Admin"), "/admin", marked("People, jobs, health"), for_admin=True),
)
ROUTES = [
    *admin.routes,
    *account.routes,
    *account_data.routes,
    *account_tokens.routes,
    *auth.routes,
    *auth_api.routes,
    *auth_oauth.routes,
    *auth_reopen.routes,
    *attachments.routes,
    *attachments_api.routes,
    *conversations.routes,
    *sharing.routes,
    *conversations_api.routes,
    *folders.routes,
    *messages_api.routes,
    *moving.routes,
    *moving_api.routes,
    *replies_api.routes,
    *talk.routes,
    *talk_diagram.routes,
    *talk_find.routes,
    *talk_message.routes,
    *v1.routes,
    *guides.routes,
    *notifications_routes.routes,
    *preferences_routes.routes,
    *providers_routes.routes,
    *webhooks.routes,
]
WORK = (
    account_jobs,
    admin_jobs,
    attachments_jobs,
    auth_jobs,
    conversations_jobs,
    jobs_jobs,
    messages_jobs,
    moving_jobs,
    notifications_jobs,
    replies_jobs,
    sharing_jobs,
    webhooks_jobs,
)
LISTENERS = (
    account_listeners,
    attachments_listeners,
    index_listeners,
    jobs_listeners,
    moving_listeners,
    preferences_listeners,
    webhooks_listeners,
)

# Where files may come: one by one from a script or a program, with the words where there is no script.
ROOMS = (
    Room("/api/attachments", files.LARGEST + file_forms.AROUND),
    Room("/c", files.MOST * files.LARGEST + file_forms.AROUND),
)


def create_app(settings: Settings, addresses: Addresses) -> ASGIApp:
    """Everything between the socket and the database."""
    vault = joined(settings, addresses)
    # The first that fits: what is moved here is larger than any message.
    most = settings.import_most_mb * 1_000_000 + OVERHEAD
    rooms = (Room("/c/import", most), Room("/api/imports", most), *ROOMS)
    doors = Doors(_litestar(settings, addresses), vault, sessions.holder, tokens.holder, ROOMS)
    within = Edge(Assets(Head(Compress(doors))), hosts(settings), rooms)
    return LastResort(Measured(Peer(Headers(within), settings.trusted_proxies)))


def joined(settings: Settings, addresses: Addresses) -> Vault:
    """Tell every floor what it needs to know of the others. Also for processes that serve nothing."""
    adopt(settings)
    admin_jobs.reach(addresses)
    limits.count_with(counters.hit)
    letters.read_in(_language_of)
    notifications.make_known()
    preferences.make_known()
    shell.offer(PARTS)
    programs.speak("/v1/", shapes.failed)
    for slice_ in LISTENERS:
        slice_.subscribe_all()
    for slice_ in WORK:
        slice_.schedule_all()
        for kind, handler in slice_.JOBS.items():
            worker.register(kind, handler)
    vault = Vault(master_secrets(settings.secret, settings.data_dir))
    keys.seal_with(vault)
    push_keys.seal_with(vault)
    return vault


async def _language_of(person: UUID) -> str:
    return (await preferences.of(person)).language


def _litestar(settings: Settings, addresses: Addresses) -> Litestar:
    return Litestar(
        route_handlers=ROUTES,
        dependencies=DEPENDENCIES,
        exception_handlers={Exception: explain},
        lifespan=[lambda _app: _running(settings, addresses)],
        logging_config=None,
        openapi_config=_described(),
    )


def _described() -> OpenAPIConfig:
    """The API's description, for whoever holds a session or a token."""
    return OpenAPIConfig(
        title="Commonplace",
        version=__version__,
        openapi_router=Router("/schema", route_handlers=[], guards=[person_only]),
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"token": []}],
    )


@asynccontextmanager
async def _running(settings: Settings, addresses: Addresses) -> AsyncIterator[None]:
    """The database, and the jobs where they are done here, for as long as the app lives."""
    async with connected(settings, addresses):
        await push_keys.make()
        stop = asyncio.Event()
        watching = [
            asyncio.create_task(disk.watch(settings)),
            asyncio.create_task(attendance.watch(), context=Context()),
            asyncio.create_task(bus.run(addresses.direct), context=Context()),
            asyncio.create_task(offers.watch(), context=Context()),
            asyncio.create_task(calm_down(), context=Context()),
        ]
        working = asyncio.create_task(worker.work(stop)) if settings.jobs == "here" else None
        try:
            async with open_for_replies(settling.settle_lost, replies.answer_waiting, draining.wait):
                yield
        finally:
            stop.set()
            if working is not None:
                await working
            for each in watching:
                each.cancel()
            await asyncio.wait(watching)


@asynccontextmanager
async def connected(settings: Settings, addresses: Addresses) -> AsyncIterator[None]:
    """The pool, open. Afterwards nobody is asked outside either."""
    most, least = settings.pool
    await db.open(addresses.app, most, least)
    try:
        yield
    finally:
        await ai.close()
        await db.close()
