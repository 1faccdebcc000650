"""What people talk about, and the folders that they keep it in."""

from piccolo.columns import JSONB, UUID, Boolean, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.auth.tables import User
from app.database.columns import Kind, NewId
from app.database.engine import db


class Folder(Table, tablename="folders", db=db, tags=[Kind.USER]):
    """A shelf for conversations, with instructions and a model of its own. Folders lie in folders."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    parent_id = UUID(null=True, default=None)  # soft: a folder that goes hands its contents to the one above
    name = Varchar(length=100)
    instructions = Text(default="")
    default_model = Text(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    folders_name_given = Check("length(name) between 1 and 100")


class Conversation(Table, tablename="conversations", db=db, tags=[Kind.USER]):
    """One conversation: a tree of messages, of which one path is shown.

    `chosen_id` is the first message of that path where there are several, `leaf_id` its last one. `preview` and
    `active_at` say in the list what was said last. The indexes, which begin with the person, are in the migration.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    title = Text(default="")
    has_own_title = Boolean(default=False)  # given by the person: no model puts another in its place
    preview = Text(default="")
    folder_id = UUID(null=True, default=None)
    project_id = UUID(null=True, default=None)
    assistant_id = UUID(null=True, default=None)
    model = Text(null=True, default=None)
    instructions = Text(default="")
    temporary = Boolean(default=False)
    chosen_id = UUID(null=True, default=None)
    leaf_id = UUID(null=True, default=None)
    pinned_at = Timestamptz(null=True, default=None)
    archived_at = Timestamptz(null=True, default=None)
    unread_since = Timestamptz(null=True, default=None)
    origin = Varchar(length=20, default="")  # where it was imported from, and its name there
    origin_id = Text(null=True, default=None)
    settings = JSONB(default="{}")
    deleted_at = Timestamptz(null=True, default=None)
    active_at = Timestamptz(default=TimestamptzNow())
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class Draft(Table, tablename="drafts", db=db, tags=[Kind.USER]):
    """What a person has begun to write; `place` is the conversation, or the person where it is to be a new one."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    place = UUID(null=False)
    text = Text(default="")
    updated_at = Timestamptz(default=TimestamptzNow())

    drafts_place_uq = Unique(["user_id", "place"])
