"""People, and every way to prove that one is who one says."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.database.columns import Kind, NewId
from app.database.engine import db


class User(Table, tablename="users", db=db, tags=[Kind.REFERENCE]):
    """A person with an account. The address is unique among active people (a partial index, in the migration)."""

    id = UUID(primary_key=True, default=NewId())
    clerk_id = Text(null=True, default=None, unique=True)
    clerk_event_at = Timestamptz(null=True, default=None)  # of the newest event that was applied
    email = Varchar(length=254)
    email_verified_at = Timestamptz(null=True, default=None)
    name = Varchar(length=100)
    first_name = Varchar(length=100, null=True, default=None)
    last_name = Varchar(length=100, null=True, default=None)
    avatar_url = Text(null=True, default=None)
    role = Varchar(length=10, default="DEVELOPER")
    is_active = Boolean(default=True)
    deactivated_at = Timestamptz(null=True, default=None)
    onboarding = JSONB(default="{}")
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    users_role_known = Check("role in ('STUDENT', 'DEVELOPER', 'TEAM_LEAD', 'ADMIN')")
    users_name_given = Check("length(name) between 1 and 100")


class UserStats(Table, tablename="user_stats", db=db, tags=[Kind.USER]):
    """Counters of a person that change often; kept apart from the person for that reason."""

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, primary_key=True)
    total_xp = Integer(default=0)
    current_level = Integer(default=1)
    streak_count = Integer(default=0)
    last_active_at = Timestamptz(null=True, default=None)


class OAuthAccount(Table, tablename="oauth_accounts", db=db, tags=[Kind.LOCAL]):
    """An identity at a provider. With OpenID Connect, the issuer's address and the subject are the key."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    type = Varchar(length=10, default="oidc")
    provider = Text()
    provider_account_id = Text()
    email = Varchar(length=254, null=True, default=None)
    refresh_token_enc = Bytea(null=True, default=None)
    access_token_enc = Bytea(null=True, default=None)
    id_token_enc = Bytea(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    token_type = Text(null=True, default=None)
    scope = Text(null=True, default=None)
    session_state = Text(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    oauth_accounts_identity_uq = Unique(["provider", "provider_account_id"])


class LoginSession(Table, tablename="login_sessions", db=db, tags=[Kind.LOCAL]):
    """One signed-in device."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    token_sha256 = Bytea(unique=True)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(index=True)
    last_seen_at = Timestamptz(default=TimestamptzNow())
    user_agent = Varchar(length=300, default="")
    ip_prefix = Varchar(length=50, default="")
    how = Varchar(length=20, default="")
    revoked_at = Timestamptz(null=True, default=None)


class VerificationToken(Table, tablename="verification_tokens", db=db, tags=[Kind.LOCAL]):
    """A link that signs in once: sent by mail, or printed on the console."""

    id = UUID(primary_key=True, default=NewId())
    identifier = Varchar(length=254)  # the address; empty for the console's link
    token_sha256 = Bytea(unique=True)
    kind = Varchar(length=10, default="EMAIL")
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=True, default=None, index=True)
    next_path = Text(default="/")
    expires_at = Timestamptz(index=True)
    created_at = Timestamptz(default=TimestamptzNow())

    verification_tokens_identity_uq = Unique(["identifier", "token_sha256"])
    verification_tokens_kind_known = Check("kind in ('EMAIL', 'CONSOLE', 'CHANGE')")


class PendingLogin(Table, tablename="pending_logins", db=db, tags=[Kind.LOCAL]):
    """A sign-in that is under way at a provider, bound to the browser that began it."""

    id = UUID(primary_key=True, default=NewId())
    state_sha256 = Bytea(unique=True)
    visitor_sha256 = Bytea()
    provider = Text()
    nonce_enc = Bytea()
    verifier_enc = Bytea()
    next_path = Text(default="/")
    linking_user_id = UUID(null=True, default=None)
    expires_at = Timestamptz(index=True)
    created_at = Timestamptz(default=TimestamptzNow())


class ApiToken(Table, tablename="api_tokens", db=db, tags=[Kind.LOCAL]):
    """A credential for programs, shown once."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    name = Varchar(length=100)
    token_sha256 = Bytea(unique=True)
    hint = Varchar(length=12, default="")  # its last characters, to recognise it by
    scopes = Array(base_column=Text(), default=list)
    created_at = Timestamptz(default=TimestamptzNow())
    last_used_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Invitation(Table, tablename="invitations", db=db, tags=[Kind.LOCAL]):
    """Leave to join, given by an administrator."""

    id = UUID(primary_key=True, default=NewId())
    email = Varchar(length=254, null=True, default=None)
    role = Varchar(length=10, default="DEVELOPER")
    token_sha256 = Bytea(unique=True)
    invited_by = ForeignKey(User, on_delete=OnDelete.set_null, null=True, default=None, index=True)
    expires_at = Timestamptz()
    accepted_by = ForeignKey(User, on_delete=OnDelete.set_null, null=True, default=None, index=True)
    accepted_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())

    invitations_role_known = Check("role in ('STUDENT', 'DEVELOPER', 'TEAM_LEAD', 'ADMIN')")
