"""The command `commonplace`. Without a word behind it, it serves."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app import __version__
from app.cli import backup, doctor, migrate, reset, seed, serve, studio, user, work
from app.core import log
from app.core.errors import AppError
from app.core.secrets import refuse_weak
from app.core.settings import Settings, adopt, read

ROOT = Path(__file__).parents[2]

COMMANDS = (serve, work, migrate, seed, reset, doctor, user, backup, studio)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code is 0 when all went well."""
    args = _parser().parse_args(arguments)
    try:
        settings = adopt(_settings(args))
        refuse_weak(settings.secret, ROOT)
        log.set_up(settings.log_level, settings.log_format)
        code: int = args.run(args, settings)
    except AppError as wrong:
        print(f"commonplace: {wrong}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _settings(args: argparse.Namespace) -> Settings:
    given = {name: getattr(args, name, None) for name in ("host", "port", "workers")}
    return read(data_dir=args.data.expanduser().absolute() if args.data else None, **given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="commonplace",
        description="A self-hosted AI chat that remembers, and shows its margin.",
        epilog="Guides: /help on the running server. Settings come from the environment and from .env.",
    )
    parser.add_argument("--version", action="version", version=f"Commonplace {__version__}")
    parser.add_argument("--data", type=Path, help="directory of the embedded database, secret and backups")
    serve.add_options(parser)
    parser.set_defaults(run=serve.run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
