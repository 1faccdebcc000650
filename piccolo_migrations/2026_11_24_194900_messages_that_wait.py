"""How messages are found that wait for a reply to end."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database.engine import db

ID = "2026-11-24T19:49:00:000000"
DESCRIPTION = "the index of messages that wait"

FORWARDS = ("create index messages_queued_ix on messages (user_id, parent_id) where status = 'QUEUED'",)
BACKWARDS = ("drop index messages_queued_ix",)


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
