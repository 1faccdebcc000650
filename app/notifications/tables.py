"""What a person should hear of."""

from piccolo.columns import JSONB, UUID, Bytea, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from app.auth.tables import LoginSession, User
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


class PushKey(Table, tablename="push_keys", db=db, tags=[Kind.LOCAL]):
    """The key by which push services know us: one for all processes of a database, made at first need, and sealed."""

    id = UUID(primary_key=True, default=NewId())
    name = Varchar(length=20)
    sealed = Bytea()
    created_at = Timestamptz(default=TimestamptzNow())

    push_keys_name_uq = Unique(["name"])


class PushSubscription(Table, tablename="push_subscriptions", db=db, tags=[Kind.LOCAL]):
    """A browser that wants to be told. It ends with the sign-in that asked for it.

    `sealed` holds the address and the keys, which whoever has them could write to; the hash recognises the address.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    session_id = ForeignKey(LoginSession, on_delete=OnDelete.cascade, null=False, index=True)
    endpoint_sha256 = Bytea()
    sealed = Bytea()
    service = Varchar(length=100)
    created_at = Timestamptz(default=TimestamptzNow())
    told_at = Timestamptz(null=True, default=None)

    push_subscriptions_endpoint_uq = Unique(["endpoint_sha256"])
