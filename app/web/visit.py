"""One visit of one browser: who it is, what protects its forms, what it has to be told."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from app.core.asker import Asker
from app.core.errors import Forbidden
from app.core.language import marked
from app.core.secrets import Vault, new_token
from app.core.settings import settings
from app.web.file_forms import Upload

SaidKind = Literal["done", "warning", "error"]
FOREVER = 34_560_000  # 400 days, the most that browsers keep a cookie
_KEY = "visit"
FOREIGN_FORM = marked("This page was open for too long, or sign-in changed in another tab. Reload it and try again.")


class Said(msgspec.Struct, frozen=True, array_like=True):
    """A sentence to show once; perhaps with the address of a form that takes back what it tells."""

    kind: SaidKind
    text: str
    undo: str = ""


def cookie_name(name: str) -> str:
    """With TLS the browser itself guards the name: no other host and no plain page can set it."""
    return f"__Host-{name}" if settings().is_https else name


@dataclass(slots=True)
class Visit:
    """What is known of this request beside what it asks for."""

    vault: Vault
    cookies: Mapping[str, str]
    nonce: str = field(default_factory=lambda: new_token()[:22])
    asker: Asker | None = None
    session: str = ""  # the token of the login session, where one is valid
    by_token: bool = False  # a program with an API token: no cookies, no forms, no redirects
    read_only: bool = False
    form: Mapping[str, list[str]] = field(default_factory=dict)
    files: Sequence[Upload] = ()  # what came with the form
    set_cookies: list[str] = field(default_factory=list)
    to_say: list[Said] = field(default_factory=list)
    was_heard: bool = False
    fresh_visitor: str = ""
    unproven: bool = False  # whether the form is ours will only be known when it is read: it brings a file

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Visit":
        """The visit that this request belongs to."""
        visit: Visit = scope["state"][_KEY]
        return visit

    def attach(self, scope: Any) -> None:
        """Make this the visit of the request."""
        scope.setdefault("state", {})[_KEY] = self

    # Cookies ------------------------------------------------------------------------------------------------------

    def set_cookie(self, name: str, value: str, seconds: int) -> None:
        """Send a cookie that scripts cannot read and other sites cannot send along with a form."""
        secure = "; Secure" if settings().is_https else ""
        self.set_cookies.append(
            f"{cookie_name(name)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        )

    def cookie(self, name: str) -> str:
        """The cookie as it came, or nothing."""
        return self.cookies.get(cookie_name(name), "")

    @property
    def visitor(self) -> str:
        """What tells this browser from others before anybody has signed in: a random value, kept nowhere but there."""
        known = self.cookie("visitor") or self.fresh_visitor
        if not known:
            known = self.fresh_visitor = new_token()
            self.set_cookie("visitor", known, FOREVER)
        return known

    # Forms --------------------------------------------------------------------------------------------------------

    def csrf_token(self) -> str:
        """A new proof that a form is ours. It differs each time, so that compression gives nothing away."""
        salt = new_token()[:16]
        return f"{salt}.{self.vault.sign('form', f'{salt}:{self._holder()}')}"

    def is_csrf_token(self, token: str) -> bool:
        """Whether we gave this proof to this browser."""
        salt, _, signature = token.partition(".")
        return self.vault.is_signed("form", f"{salt}:{self._holder()}", signature)

    def prove(self, token: str) -> None:
        """Raise unless this form is ours, where that is not known yet."""
        if self.unproven and not self.is_csrf_token(token):
            raise Forbidden(FOREIGN_FORM, code="CSRF")
        self.unproven = False

    def _holder(self) -> str:
        return self.session or self.visitor

    # Sentences ----------------------------------------------------------------------------------------------------

    def say(self, text: str, kind: SaidKind = "done", undo: str = "") -> None:
        """Show this on the next page: this one, or the one that a redirect leads to."""
        self.to_say.append(Said(kind, text, undo))

    def heard(self) -> list[Said]:
        """Everything that is to be shown now."""
        self.was_heard = True
        return [*self._carried(), *self.to_say]

    def carry(self) -> None:
        """Before the answer goes out: take along what was not shown, forget what was."""
        if self.was_heard:
            if self.cookie("said"):
                self.set_cookie("said", "", 0)
        elif self.to_say:
            packed = base64.urlsafe_b64encode(msgspec.json.encode([*self._carried(), *self.to_say][-3:])).decode()
            self.set_cookie("said", f"{packed}.{self.vault.sign('said', packed)}", 60)

    def _carried(self) -> list[Said]:
        packed, _, signature = self.cookie("said").partition(".")
        if not packed or not self.vault.is_signed("said", packed, signature):
            return []
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(packed), type=list[Said])
        except (binascii.Error, msgspec.MsgspecError):
            return []
