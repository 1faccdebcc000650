"""Every module with tables, by name: the database is beneath them and imports none of them when it is loaded."""

import importlib
from pathlib import Path
from typing import Final

from piccolo.table import Table

NAME: Final = "commonplace"
MIGRATIONS: Final = Path(__file__).parents[2] / "piccolo_migrations"
TABLES: Final = (
    "app.database.tables",
    "app.auth.tables",
    "app.audit.tables",
    "app.jobs.tables",
    "app.preferences.tables",
    "app.notifications.tables",
    "app.providers.tables",
    "app.index.tables",
    "app.account.tables",
    "app.webhooks.tables",
    "app.chat.conversations.tables",
    "app.chat.attachments.tables",
    "app.chat.messages.tables",
    "app.chat.moving.tables",
    "app.chat.replies.tables",
    "app.chat.sharing.tables",
)


def tables() -> list[type[Table]]:
    """Every table of the house, in the order of the modules."""
    found: list[type[Table]] = []
    for name in TABLES:
        here = [each for each in vars(importlib.import_module(name)).values() if isinstance(each, type)]
        found += [each for each in here if issubclass(each, Table) and each.__module__ == name]
    return found
