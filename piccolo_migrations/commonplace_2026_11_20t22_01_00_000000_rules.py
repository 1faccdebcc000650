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
    "create index jobs_state_ix on jobs (state, created_at, id)",
    "create index notifications_newest_ix on notifications (user_id, created_at, id)",
    "create index notifications_unread_ix on notifications (user_id, created_at, id) where read_at is null",
    "create index webhook_deliveries_subject_ix on webhook_deliveries (source, subject_id, event_time)",
    "create index audit_logs_newest_ix on audit_logs (at, id)",
    "create index audit_logs_actor_ix on audit_logs (actor_id, at, id)",
    "create index audit_logs_action_ix on audit_logs (action text_pattern_ops, at, id)",
    "create index audit_logs_resource_ix on audit_logs (resource, resource_id, at, id)",
    """
    create function audit_logs_stay() returns trigger language plpgsql as
    $$ begin raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege'; end $$
    """,
    """
    create trigger audit_logs_no_change before update or delete on audit_logs
    for each statement execute function audit_logs_stay()
    """,
    """
    create trigger audit_logs_no_truncate before truncate on audit_logs
    for each statement execute function audit_logs_stay()
    """,
    # The trigger is for whoever owns the table; everybody else has no leave to begin with.
    """
    do $$ declare holder name; begin
        for holder in
            select distinct grantee from information_schema.table_privileges
            where table_schema = current_schema() and table_name = 'audit_logs' and grantee <> 'PUBLIC'
        loop
            execute format('revoke update, delete, truncate on audit_logs from %I', holder);
        end loop;
    end $$
    """,
)
BACKWARDS = (
    "grant update, delete, truncate on audit_logs to current_user",
    "drop trigger audit_logs_no_truncate on audit_logs",
    "drop trigger audit_logs_no_change on audit_logs",
    "drop function audit_logs_stay()",
    "drop index audit_logs_resource_ix",
    "drop index audit_logs_action_ix",
    "drop index audit_logs_actor_ix",
    "drop index webhook_deliveries_subject_ix",
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
