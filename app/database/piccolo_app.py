"""What Piccolo's own commands read of the house: its tables and its migrations."""

from typing import Final

from piccolo.conf.apps import AppConfig

from app.database.registry import MIGRATIONS, NAME, tables

APP_CONFIG: Final = AppConfig(app_name=NAME, migrations_folder_path=str(MIGRATIONS), table_classes=tables())
