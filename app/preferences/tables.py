"""What a person likes."""

from piccolo.columns import JSONB, UUID, Boolean, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.auth.tables import User
from app.database.columns import Kind, NewId
from app.database.engine import db


class UserPreferences(Table, tablename="user_preferences", db=db, tags=[Kind.USER]):
    """One row a person, made at the first change; without it everything is as the columns' defaults say."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    default_model = Text(null=True, default=None)
    theme = Varchar(length=10, default="system")
    language = Varchar(length=10, default="")  # empty: as the browser asks
    timezone = Text(default="UTC")
    notifications = Boolean(default=True)
    push_titles = Boolean(default=False)  # what is sent to devices may name the conversation
    memory_enabled = Boolean(default=True)
    instructions = Text(default="")
    shortcuts = JSONB(null=True, default="{}")  # null: switched off
    extra = JSONB(default="{}")
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    user_preferences_user_uq = Unique(["user_id"])
    user_preferences_theme_known = Check("theme in ('system', 'light', 'dark')")
