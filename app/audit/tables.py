"""The audit trail. Rows outlive the people in them, so nothing here is a foreign key."""

from piccolo.columns import JSONB, UUID, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from app.database.columns import Kind, NewId
from app.database.engine import db


class AuditLog(Table, tablename="audit_logs", db=db, tags=[Kind.LOCAL]):
    """Who did what to which thing. A trigger refuses every change; it and the indexes are in the migration."""

    id = UUID(primary_key=True, default=NewId())
    at = Timestamptz(default=TimestamptzNow())
    actor_id = UUID(null=True, default=None)
    actor_label = Varchar(length=254, default="")  # of what is no person: the console, a webhook
    action = Varchar(length=60)
    resource = Varchar(length=60, default="")
    resource_id = Text(default="")
    details = JSONB(default="{}")
    ip_prefix = Varchar(length=50, null=True, default=None)
    request_id = Varchar(length=64, default="")
