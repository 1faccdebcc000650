"""commonplace backup and commonplace restore."""

import argparse
import asyncio
from pathlib import Path

from app.cli.running import reachable
from app.cli.telling import Progress
from app.core.settings import Settings
from app.database import backup, migrate


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register both."""
    make = commands.add_parser("backup", help="write everything but the master secret into one file")
    make.add_argument("--to", type=Path, help="directory for it (backups/ in the data directory)")
    make.set_defaults(run=run)
    back = commands.add_parser("restore", help="bring a backup back into an empty database")
    back.add_argument("file", type=Path, help="the .dump file")
    back.add_argument("--verify", action="store_true", help="only try it: restore, compare, and drop it again")
    back.set_defaults(run=restore)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write a backup, and say where it is and what is not in it."""
    progress = Progress()
    directory = (args.to or settings.data_dir / "backups").expanduser().absolute()
    with reachable(settings) as there:
        made = asyncio.run(backup.backup(there.owner, directory, settings.backup_keep, progress=progress))
    progress.done()
    print(made.path)
    print(f"{sum(made.note.tables.values())} rows in {len(made.note.tables)} tables. {made.note.secret}")
    return 0


def restore(args: argparse.Namespace, settings: Settings) -> int:
    """Bring it back, or only try to."""
    progress = Progress()
    file = args.file.expanduser().absolute()
    with reachable(settings) as there:
        work = backup.verify if args.verify else backup.restore
        note = asyncio.run(work(file, there, progress=progress))
        if not args.verify:
            asyncio.run(migrate.migrate(there, settings, progress))
    progress.done()
    what = "can be restored" if args.verify else "is restored"
    print(f"{file.name} {what}: {sum(note.tables.values())} rows in {len(note.tables)} tables, as written down")
    if not args.verify:
        print(note.secret)
    return 0
