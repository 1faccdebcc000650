"""Replies that are being written right now, and their text as it comes."""

from piccolo.columns import UUID, BigInt, Boolean, ForeignKey, Integer, OnDelete, Text, Timestamptz
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from app.auth.tables import User
from app.chat.messages.tables import Message
from app.database.columns import Kind, NewId
from app.database.engine import db


class Run(Table, tablename="runs", db=db, tags=[Kind.USER]):
    """One reply under way. It belongs to a worker for as long as the lease holds, by the database's clock.

    Every append names the epoch: a worker that was paused past its lease finds another one here, or no row at all.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    message_id = ForeignKey(Message, on_delete=OnDelete.cascade, null=False)
    conversation_id = UUID(null=False)
    owner = Text(default="")
    epoch = BigInt(default=1)
    lease_until = Timestamptz(default=TimestamptzNow(), index=True)
    stop_requested = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow())

    runs_message_uq = Unique(["user_id", "message_id"])


class Chunk(Table, tablename="chunks", db=db, tags=[Kind.USER]):
    """Text of a reply from the offset `at` on, until the message itself has it."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    message_id = ForeignKey(Message, on_delete=OnDelete.cascade, null=False, index=True)
    is_reasoning = Boolean(default=False)
    at = Integer(default=0)
    text = Text(default="")

    chunks_place_uq = Unique(["user_id", "message_id", "is_reasoning", "at"])
