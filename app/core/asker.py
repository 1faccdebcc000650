"""Who is asking, as every floor may know them."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from app.core.text import initials

Role = Literal["STUDENT", "DEVELOPER", "TEAM_LEAD", "ADMIN"]
Theme = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Asker:
    """A person whose credential was checked for this request."""

    id: UUID
    name: str
    email: str
    role: Role
    session_id: UUID | None = None
    scopes: frozenset[str] | None = None  # of an API token; None means a person at a browser, who may do all
    theme: Theme = "system"
    language: str = ""
    timezone: str = "UTC"
    default_model: str = ""
    unread: int = 0
    onboarded: bool = True
    instructions: str = ""  # what every model is told of this person
    shortcuts: dict[str, str] | None = field(default_factory=dict)  # None: switched off

    @property
    def is_admin(self) -> bool:
        return self.role == "ADMIN"

    @property
    def initials(self) -> str:
        return initials(self.name)
