"""commonplace studio: look into the tables with a browser, on this machine alone."""

import argparse
from dataclasses import replace
from typing import Final

from app.admin.studio import Studio, browser
from app.asgi import create_app
from app.audit import service as audit
from app.auth import links, registration
from app.cli.running import database, within
from app.core.settings import Settings, adopt
from app.web.listening import bind, port_of
from app.web.server import serve

HOST: Final = "127.0.0.1"
PORT: Final = 8081


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser("studio", help="look into the tables with a browser, on this machine alone")
    parser.add_argument("--port", type=int, default=PORT, help=f"port to listen on ({PORT})")
    parser.add_argument("--read-only", action="store_true", help="let nothing be changed")
    parser.add_argument("--private", action="store_true", help="show what belongs to one person alone, too")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """The house with the data browser in it, at this machine's own address and nowhere else."""
    inside = browser(read_only=args.read_only, private=args.private)
    sockets = bind(HOST, args.port)
    here = adopt(replace(settings, host=HOST, port=port_of(sockets), public_url="", jobs="apart"))
    with database(here) as there:
        link = within(here, there, lambda: _begun(args))

        def greet() -> None:
            print(
                f"The data browser is at {here.base_url}/studio/ until Ctrl+C. Sign in once with:\n  {link}", flush=True
            )

        return serve(Studio(create_app(here, there), inside, here), sockets, on_ready=greet)


async def _begun(args: argparse.Namespace) -> str:
    details = {"read_only": args.read_only, "private": args.private}
    await audit.record("console", "studio.opened", details=details)
    return await links.link_for(await registration.first_administrator())
