"""What Piccolo's tables cannot say: partial indexes, and an audit trail that nobody can change."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database.engine import db

ID = "2026-11-20T22:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "partial indexes; the audit trail is append-only"

FORWARDS = (
    "create unique index users_active_email_uq on users (lower(email)) where is_active",
    "create index users_deactivated_ix on users (deactivated_at) where not is_active",
    "create index jobs_due_ix on jobs (run_after, id) where state = 'READY'",
    "create index jobs_leased_ix on jobs (lease_until) where state = 'RUNNING'",
    "create index jobs_state_ix on jobs (state, created_at desc, id)",
    "create index notifications_newest_ix on notifications (user_id, created_at desc, id)",
    "create index notifications_unread_ix on notifications (user_id) where read_at is null",
    "create index audit_logs_newest_ix on audit_logs (at desc, id)",
    """
    create function audit_logs_stay() returns trigger language plpgsql as
    $$ begin raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege'; end $$
    """,
    """
    create trigger audit_logs_no_change before update or delete on audit_logs
    for each row execute function audit_logs_stay()
    """,
    """
    create trigger audit_logs_no_truncate before truncate on audit_logs
    for each statement execute function audit_logs_stay()
    """,
)
BACKWARDS = (
    "drop trigger audit_logs_no_truncate on audit_logs",
    "drop trigger audit_logs_no_change on audit_logs",
    "drop function audit_logs_stay()",
    "drop index audit_logs_newest_ix",
    "drop index notifications_unread_ix",
    "drop index notifications_newest_ix",
    "drop index jobs_state_ix",
    "drop index jobs_leased_ix",
    "drop index jobs_due_ix",
    "drop index users_deactivated_ix",
    "drop index users_active_email_uq",
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
