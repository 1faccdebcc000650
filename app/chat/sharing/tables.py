"""Links under which others may read a conversation."""

from piccolo.columns import UUID, Bytea, ForeignKey, OnDelete, Timestamptz
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from app.auth.tables import User
from app.database.columns import Kind, NewId
from app.database.engine import db


class Share(Table, tablename="shares", db=db, tags=[Kind.LOCAL]):
    """A conversation up to one of its messages, for whoever has the link. We keep only the link's hash.

    It is found without knowing whose it is, so it lies with the coordinator; the conversation is a soft reference.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    conversation_id = UUID(null=False, index=True)
    upto_id = UUID(null=False)
    token_sha256 = Bytea(unique=True)
    expires_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
