"""What was said, as a tree that only grows."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Boolean,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.auth.tables import User
from app.chat.conversations.tables import Conversation
from app.database.columns import Kind, NewId
from app.database.engine import db


class Message(Table, tablename="messages", db=db, tags=[Kind.USER]):
    """One message. `parent_id` is the one before it, or the conversation at the beginning.

    Editing and regenerating make siblings; `chosen_id` says which child is shown, where it is not the newest.
    `told` is what the model was told. The indexes, which begin with the person, are in the migration.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    conversation_id = ForeignKey(Conversation, on_delete=OnDelete.cascade, null=False, index=True)
    parent_id = UUID(null=False)
    depth = Integer(default=0)
    role = Varchar(length=10)
    content = Text(default="")
    html = Text(null=True, default=None)
    model = Text(null=True, default=None)
    provider = Text(null=True, default=None)
    status = Varchar(length=12, default="DONE")
    error = Varchar(length=40, null=True, default=None)
    attached = SmallInt(default=0)  # how many files hang on it, so that nobody has to look where there are none
    idempotency_key = Text(null=True, default=None)
    beside_id = UUID(null=True, default=None)  # the same for replies that were asked for side by side
    chosen_id = UUID(null=True, default=None)
    tokens_in = Integer(null=True, default=None)
    tokens_out = Integer(null=True, default=None)
    tokens_estimated = Boolean(default=False)
    cost = Numeric(digits=(12, 6), null=True, default=None)
    first_token_ms = Integer(null=True, default=None)
    duration_ms = Integer(null=True, default=None)
    reasoning = Text(default="")
    reasoning_ms = Integer(null=True, default=None)
    told = JSONB(null=True, default=None)
    wishes = Array(base_column=Text(), null=True, default=None)  # the models that were chosen for a message that waits
    origin_id = Text(null=True, default=None)
    deleted_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    settled_at = Timestamptz(null=True, default=None)

    messages_role_known = Check("role in ('USER', 'ASSISTANT', 'SYSTEM')")
    messages_status_known = Check("status in ('QUEUED', 'STREAMING', 'DONE', 'STOPPED', 'FAILED', 'INTERRUPTED')")


class Reaction(Table, tablename="message_reactions", db=db, tags=[Kind.USER]):
    """What the person thinks of a message."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    message_id = ForeignKey(Message, on_delete=OnDelete.cascade, null=False, index=True)
    type = Varchar(length=10)
    created_at = Timestamptz(default=TimestamptzNow())

    message_reactions_uq = Unique(["user_id", "message_id", "type"])
    message_reactions_type_known = Check("type in ('LIKE', 'DISLIKE', 'HELPFUL', 'CONFUSED')")
