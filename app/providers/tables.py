"""Who gives models, who is called by what name, what was used, and how much may be."""

from piccolo.columns import (
    UUID,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.auth.tables import User
from app.database.columns import Kind, NewId
from app.database.engine import db


class Provider(Table, tablename="providers", db=db, tags=[Kind.REFERENCE]):
    """A provider that an administrator added for everybody. `slug` begins the paths of its models."""

    id = UUID(primary_key=True, default=NewId())
    slug = Varchar(length=40)
    name = Varchar(length=100)
    base_url = Text()
    key_enc = Bytea(null=True, default=None)
    hint = Varchar(length=12, default="")  # the key's last characters, to recognise it by
    is_enabled = Boolean(default=True)
    created_at = Timestamptz(default=TimestamptzNow())

    providers_slug_uq = Unique(["slug"])


class OwnProvider(Table, tablename="own_providers", db=db, tags=[Kind.USER]):
    """A provider that somebody added for themselves, with a key of their own. A table apart: these rows are private."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    slug = Varchar(length=40)
    name = Varchar(length=100)
    base_url = Text()
    key_enc = Bytea(null=True, default=None)
    hint = Varchar(length=12, default="")
    is_enabled = Boolean(default=True)
    created_at = Timestamptz(default=TimestamptzNow())

    own_providers_user_slug_uq = Unique(["user_id", "slug"])


class FavouriteModel(Table, tablename="favourite_models", db=db, tags=[Kind.USER]):
    """A star on a model. The path is a soft reference: models come and go."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    path = Text()
    created_at = Timestamptz(default=TimestamptzNow())

    favourite_models_user_path_uq = Unique(["user_id", "path"])


class Specialization(Table, tablename="specializations", db=db, tags=[Kind.REFERENCE]):
    """An assistant with a name: a model, and what it is told before anything else."""

    id = UUID(primary_key=True, default=NewId())
    name = Varchar(length=100)
    description = Text(null=True, default=None)
    model_path = Text()
    instructions = Text()
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    specializations_name_uq = Unique(["name"])


class AiUsage(Table, tablename="ai_usage", db=db, tags=[Kind.USER]):
    """One call of a model. Names are texts: they stay true when a provider goes. An unknown cost is null."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    action = Varchar(length=40)
    model = Text()
    provider = Varchar(length=100)
    tokens_in = Integer(default=0)
    tokens_out = Integer(default=0)
    is_estimated = Boolean(default=False)
    cost = Numeric(digits=(12, 6), null=True, default=None)
    source_kind = Varchar(length=40, default="")
    source_id = UUID(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())

    ai_usage_tokens_counted = Check("tokens_in >= 0 and tokens_out >= 0")


class Budget(Table, tablename="budgets", db=db, tags=[Kind.REFERENCE]):
    """How much a person, or everybody with a role, may use in a day. What is null is not limited."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=True, default=None)
    role = Varchar(length=10, null=True, default=None)
    period = Varchar(length=10, default="DAY")
    soft_tokens = BigInt(null=True, default=None)
    hard_tokens = BigInt(null=True, default=None)
    soft_cost = Numeric(digits=(12, 6), null=True, default=None)
    hard_cost = Numeric(digits=(12, 6), null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    budgets_user_uq = Unique(["user_id"])
    budgets_role_uq = Unique(["role"])
    budgets_whose = Check("num_nonnulls(user_id, role) = 1")
    budgets_role_known = Check("role in ('STUDENT', 'DEVELOPER', 'TEAM_LEAD', 'ADMIN')")
    budgets_period_known = Check("period = 'DAY'")
