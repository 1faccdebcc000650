"""How the files of a message are found, and those that were never sent; bytes that are packed already stay so."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database.engine import db

ID = "2026-11-24T23:04:00:000000"
DESCRIPTION = "the indexes of attachments"

FORWARDS = (
    "create index attachments_message_ix on attachments (user_id, message_id)",
    "create index attachments_unsent_ix on attachments (created_at) where message_id is null",
    "alter table attached_files alter column data set storage external",
)
BACKWARDS = (
    "alter table attached_files alter column data set storage extended",
    "drop index attachments_unsent_ix",
    "drop index attachments_message_ix",
)


async def _lay() -> None:
    for statement in FORWARDS:
        await db.run_ddl(statement)


async def _lift() -> None:
    for statement in BACKWARDS:
        await db.run_ddl(statement)


async def forwards() -> MigrationManager:
    """One statement after the other."""
    manager = MigrationManager(migration_id=ID, app_name="commonplace", description=DESCRIPTION)
    manager.add_raw(_lay)
    manager.add_raw_backwards(_lift)
    return manager
