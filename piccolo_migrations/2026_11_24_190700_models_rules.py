"""The order in which usage is read: of one person, since a moment."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database.engine import db

ID = "2026-11-24T19:07:00:000000"
DESCRIPTION = "the index of usage"

FORWARDS = ("create index ai_usage_since_ix on ai_usage (user_id, created_at)",)
BACKWARDS = ("drop index ai_usage_since_ix",)


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
