"""Every module with tables, by name: the database is beneath them and imports none."""

from pathlib import Path
from typing import Final

from piccolo.conf.apps import AppConfig, table_finder

NAME: Final = "commonplace"
MIGRATIONS: Final = Path(__file__).parents[2] / "piccolo_migrations"
TABLES: Final = (
    "app.database.tables",
    "app.auth.tables",
    "app.audit.tables",
    "app.jobs.tables",
    "app.preferences.tables",
    "app.notifications.tables",
    "app.account.tables",
    "app.webhooks.tables",
)

APP_CONFIG: Final = AppConfig(
    app_name=NAME,
    migrations_folder_path=str(MIGRATIONS),
    table_classes=table_finder(TABLES, exclude_imported=True),
)
