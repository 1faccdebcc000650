"""What a person should hear of."""

from piccolo.columns import JSONB, UUID, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from app.auth.tables import User
from app.database.columns import Kind, NewId
from app.database.engine import db


class Notification(Table, tablename="notifications", db=db, tags=[Kind.USER]):
    """A line in the person's list. What it speaks of is a soft reference: it may be gone.

    `text` is a message id and `details` fill its places, so that it is read in the reader's language. The indexes,
    which begin with the person, are in the migration.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    kind = Varchar(length=40)
    source_kind = Varchar(length=40, default="")
    source_id = UUID(null=True, default=None)
    text = Text()
    details = JSONB(default="{}")
    href = Text(default="")
    read_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
