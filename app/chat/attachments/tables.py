"""Files that go with messages."""

from piccolo.columns import UUID, Boolean, Bytea, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.auth.tables import User
from app.chat.conversations.tables import Conversation
from app.database.columns import Kind, NewId
from app.database.engine import db


class AttachedFile(Table, tablename="attached_files", db=db, tags=[Kind.USER]):
    """Bytes, once for each person who sent them, and what was read from them.

    Where `data` is null they lie in the directory of the settings, under the person's id and their hash.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    sha256 = Bytea(null=False)
    size = Integer(default=0)
    kind = Varchar(length=8)
    media_type = Varchar(length=60)
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    pages = Integer(null=True, default=None)
    text = Text(default="")
    is_cut = Boolean(default=False)  # whether there is more text than was kept
    data = Bytea(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())

    attached_files_bytes_uq = Unique(["user_id", "sha256"])
    attached_files_kind_known = Check("kind in ('TEXT', 'PDF', 'IMAGE')")


class Attachment(Table, tablename="attachments", db=db, tags=[Kind.USER]):
    """A file as it hangs on one message, under the name that it had there; on none, until that message is sent.

    The message is a soft reference: messages lie above this, and go only with their conversation.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    file_id = ForeignKey(AttachedFile, on_delete=OnDelete.cascade, null=False, index=True)
    conversation_id = ForeignKey(Conversation, on_delete=OnDelete.cascade, null=True, default=None, index=True)
    message_id = UUID(null=True, default=None)
    place = Integer(default=0)
    name = Text()
    created_at = Timestamptz(default=TimestamptzNow())
