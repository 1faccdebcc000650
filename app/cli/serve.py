"""commonplace serve: the server, and with the embedded database all that it needs."""

import argparse
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from app import __version__
from app.asgi import create_app
from app.auth import links
from app.cli import seed
from app.cli.running import database, within
from app.core import log
from app.core.settings import Settings, adopt, read
from app.database.address import Addresses, addresses
from app.database.embedded import Cluster
from app.web.listening import bind, port_of
from app.web.server import serve
from app.web.watch import Watch
from app.web.workers import workers

ROOT = Path(__file__).parents[2]
WATCHED = [ROOT / name for name in ("app", "templates", "static", "piccolo_migrations")]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What a server can be told."""
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (8080)")
    parser.add_argument("--workers", type=int, help="server processes (1)")
    parser.add_argument("--reload", action="store_true", help="start again when a file changes (development)")
    parser.add_argument("--demo", action="store_true", help="fill in sample data first")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser("serve", help="run the server (what happens without a command)")
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Listen first, so that a taken port is told at once; then the database; then serve until told to end."""
    sockets = bind(settings.host, settings.port)
    settings = _on_port(settings, port_of(sockets))
    with database(settings) as there:
        link = within(settings, there, lambda: _ready(settings, demo=args.demo))

        def greet() -> None:
            _greet(settings, link)

        if settings.workers == 1 and not args.reload:
            return serve(create_app(settings, there), sockets, on_ready=greet)
        os.environ.update(_handed_on(settings))
        watch = Watch(WATCHED) if args.reload else None
        return workers(settings.workers, ("app.cli.serve:worker",), sockets, on_ready=greet, watch=watch)


def worker(sockets: Sequence[socket.socket], *_arguments: str) -> int:
    """One of several server processes: the database is there, and migrated."""
    settings = adopt(read())
    log.set_up(settings.log_level, settings.log_format)
    if not settings.is_embedded:
        return _serve(settings, addresses(settings), sockets)
    with Cluster(settings.data_dir) as cluster:
        return _serve(settings, cluster.addresses, sockets)


def _serve(settings: Settings, there: Addresses, sockets: Sequence[socket.socket]) -> int:
    return serve(create_app(settings, there), sockets)


def _on_port(settings: Settings, port: int) -> Settings:
    """The settings with the port that was really taken: 0 asks for any."""
    return adopt(read(data_dir=settings.data_dir, host=settings.host, port=port, workers=settings.workers))


def _handed_on(settings: Settings) -> dict[str, str]:
    """What this process was told on its command line, for those it starts."""
    return {
        "COMMONPLACE_DATA_DIR": str(settings.data_dir),
        "COMMONPLACE_HOST": settings.host,
        "COMMONPLACE_PORT": str(settings.port),
        "COMMONPLACE_WORKERS": str(settings.workers),
    }


async def _ready(settings: Settings, *, demo: bool) -> str:
    if demo:
        await seed.plant()
    return await links.local_link(settings)


def _greet(settings: Settings, link: str) -> None:
    where = "embedded PostgreSQL" if settings.is_embedded else "PostgreSQL of DATABASE_URL"
    print(f"Commonplace {__version__} on {settings.base_url}/", flush=True)
    print(f"  data      {settings.data_dir} ({where})", flush=True)
    if link:
        print("  sign in   with this link, once, within 15 minutes:", flush=True)
        print(f"            {link}", flush=True)
    print("  end       Ctrl+C", flush=True)
