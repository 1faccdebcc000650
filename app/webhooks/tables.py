"""What others told us, once each."""

from piccolo.columns import UUID, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.database.columns import Kind, NewId
from app.database.engine import db


class WebhookDelivery(Table, tablename="webhook_deliveries", db=db, tags=[Kind.LOCAL]):
    """One delivery and what became of it."""

    id = UUID(primary_key=True, default=NewId())
    source = Varchar(length=20)
    delivery_id = Text()
    event_type = Varchar(length=60)
    subject_id = Text(default="")
    event_time = Timestamptz()
    received_at = Timestamptz(default=TimestamptzNow(), index=True)
    outcome = Varchar(length=20)
    error = Text(null=True, default=None)

    webhook_deliveries_id_uq = Unique(["source", "delivery_id"])
    webhook_deliveries_outcome_known = Check("outcome in ('APPLIED', 'IGNORED_OLDER', 'DUPLICATE', 'FAILED')")
