"""Which rows are a person's own, table by table."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from app.database.engine import db

BATCH: Final = 500
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Source:
    """Some columns of one table. `whose` picks the person's rows, `$1` being the person."""

    table: str
    columns: Sequence[str]
    whose: str = "user_id = $1"
    key: str = "id"
    json: frozenset[str] = frozenset()

    @property
    def sql(self) -> str:
        columns = ", ".join(dict.fromkeys([*self.columns, self.key]))
        return f"""
            select {columns} from {self.table} where {self.whose} and {self.key} > $2 order by {self.key} limit {BATCH}
        """  # noqa: S608 - names of ours, below


async def batches(source: Source, user_id: UUID) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """The rows of one person, by key, some at a time."""
    last = _FIRST
    while rows := await db.fetch(source.sql, user_id, last):
        yield [{name: _plain(source, name, row[name]) for name in source.columns} for row in rows]
        if len(rows) < BATCH:
            return
        last = rows[-1][source.key]


def _plain(source: Source, name: str, value: object) -> object:
    return msgspec.json.decode(value) if name in source.json and isinstance(value, str) else value


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PROFILE: Final = Source(
    "users",
    _columns(
        "id clerk_id clerk_event_at email email_verified_at name first_name last_name avatar_url role is_active "
        "deactivated_at onboarding created_at updated_at"
    ),
    whose="id = $1",
    json=frozenset({"onboarding"}),
)
STATS: Final = Source("user_stats", _columns("total_xp current_level streak_count last_active_at"), key="user_id")
PREFERENCES: Final = Source(
    "user_preferences",
    _columns(
        "id default_model theme language timezone notifications push_titles memory_enabled instructions shortcuts "
        "extra created_at updated_at"
    ),
    json=frozenset({"shortcuts", "extra"}),
)
IDENTITIES: Final = Source(
    "oauth_accounts",
    _columns(
        "id type provider provider_account_id email expires_at token_type scope session_state created_at updated_at"
    ),
)
DEVICES: Final = Source(
    "login_sessions", _columns("id how user_agent ip_prefix created_at last_seen_at expires_at revoked_at")
)
API_TOKENS: Final = Source("api_tokens", _columns("id name hint scopes created_at last_used_at expires_at revoked_at"))
LINKS: Final = Source("verification_tokens", _columns("id kind identifier next_path created_at expires_at"))
INVITATIONS: Final = Source(
    "invitations",
    _columns("id email role invited_by accepted_by created_at expires_at accepted_at revoked_at"),
    whose="$1 in (invited_by, accepted_by)",
)
NOTIFICATIONS: Final = Source(
    "notifications",
    _columns("id kind source_kind source_id text details href read_at created_at"),
    json=frozenset({"details"}),
)
PUSHED: Final = Source("push_subscriptions", _columns("id session_id service created_at told_at"))
FOLDERS: Final = Source("folders", _columns("id parent_id name instructions default_model created_at updated_at"))
CONVERSATIONS: Final = Source(
    "conversations",
    _columns(
        "id title has_own_title preview folder_id project_id assistant_id model instructions temporary chosen_id "
        "leaf_id pinned_at archived_at unread_since origin origin_id settings deleted_at active_at created_at "
        "updated_at"
    ),
    json=frozenset({"settings"}),
)
MESSAGES: Final = Source(
    "messages",
    _columns(
        "id conversation_id parent_id depth role content html model provider status error attached idempotency_key "
        "beside_id chosen_id tokens_in tokens_out tokens_estimated cost first_token_ms duration_ms reasoning "
        "reasoning_ms told wishes origin_id deleted_at created_at settled_at"
    ),
    json=frozenset({"told"}),
)
FILES: Final = Source("attached_files", _columns("id size kind media_type width height pages text is_cut created_at"))
ATTACHMENTS: Final = Source("attachments", _columns("id file_id conversation_id message_id place name created_at"))
REACTIONS: Final = Source("message_reactions", _columns("id message_id type created_at"))
IMPORTS: Final = Source("imports", _columns("id name size state why created_at finished_at"))
IMPORT_RESULTS: Final = Source(
    "import_results", _columns("id import_id number title outcome messages left_out why conversation_id")
)
DRAFTS: Final = Source("drafts", _columns("id place text updated_at"))
SHARES: Final = Source("shares", _columns("id conversation_id upto_id expires_at revoked_at created_at"))
ARCHIVES: Final = Source("data_exports", _columns("id status file size error created_at finished_at expires_at"))
PROVIDERS: Final = Source("own_providers", _columns("id slug name base_url hint is_enabled created_at"))
FAVOURITES: Final = Source("favourite_models", _columns("id path created_at"))
USAGE: Final = Source(
    "ai_usage",
    _columns("id action model provider tokens_in tokens_out is_estimated cost source_kind source_id created_at"),
)
BUDGET: Final = Source(
    "budgets", _columns("id role period soft_tokens hard_tokens soft_cost hard_cost created_at updated_at")
)
JOBS: Final = Source(
    "jobs",
    _columns(
        "id kind payload unique_key state attempts most_attempts progress run_after lease_until worker error "
        "created_at finished_at"
    ),
    json=frozenset({"payload"}),
)
DELIVERIES: Final = Source(
    "webhook_deliveries",
    _columns("id source delivery_id event_type subject_id event_time received_at outcome error"),
    whose="subject_id = (select clerk_id from users where id = $1)",
)
HISTORY: Final = Source(
    "audit_logs",
    _columns("id at actor_id actor_label action resource resource_id details ip_prefix request_id"),
    whose="actor_id = $1",
    json=frozenset({"details"}),
)
