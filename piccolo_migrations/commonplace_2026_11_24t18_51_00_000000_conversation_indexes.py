"""What Piccolo's tables cannot say of conversations: indexes that begin with the person, or hold for some rows only."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database.engine import db

ID = "2026-11-24T18:51:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of conversations and messages"

INDEXES = {
    "conversations_newest_ix": "index {} on conversations (user_id, active_at, id) where deleted_at is null",
    "conversations_folder_ix": "index {} on conversations (user_id, folder_id, active_at, id)",
    "conversations_deleted_ix": "index {} on conversations (deleted_at) where deleted_at is not null",
    "conversations_temporary_ix": "index {} on conversations (active_at) where temporary",
    "conversations_origin_uq": (
        "unique index {} on conversations (user_id, origin, origin_id) where origin_id is not null"
    ),
    "messages_parent_ix": "index {} on messages (user_id, parent_id, id)",
    "messages_conversation_ix": "index {} on messages (user_id, conversation_id, id)",
    "messages_said_ix": "index {} on messages (user_id, created_at)",
    "messages_key_uq": "unique index {} on messages (user_id, idempotency_key) where idempotency_key is not null",
}


async def _lay() -> None:
    for name, index in INDEXES.items():
        await db.run_ddl("create " + index.format(name))


async def _lift() -> None:
    for name in reversed(INDEXES):
        await db.run_ddl(f"drop index {name}")


async def forwards() -> MigrationManager:
    """One statement after the other."""
    manager = MigrationManager(migration_id=ID, app_name="commonplace", description=DESCRIPTION)
    manager.add_raw(_lay)
    manager.add_raw_backwards(_lift)
    return manager
