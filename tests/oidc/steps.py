"""What the tests of sign-in do again and again."""

from dataclasses import replace
from typing import Any

import pytest

from app.auth import oauth, sign_in
from app.auth.oauth import Identity
from app.auth.providers import Provider
from app.auth.sign_in import Arrived, Browser, Return
from app.auth.tables import OAuthAccount, User
from app.core import clock
from app.core import settings as core_settings
from app.core.secrets import Vault, new_token
from app.core.settings import Settings
from app.web.outbound import Client
from tests.oidc import certified
from tests.oidc.certified import Certified
from tests.oidc.forger import CLIENT_ID, CLIENT_SECRET, Forger

BACK = "http://127.0.0.1:8080/sign-in/oidc/callback"
ALICE = {
    "email": "alice@example.com",
    "email_verified": True,
    "name": "Alice Archer",
    "picture": "https://a.example/a.png",
}
VAULT = Vault(["the secret of the tests which is long enough"])
VERIFIED: dict[str, Any] = {"email": "newcomer@example.com", "email_verified": True, "name": "New Comer"}
HOSTILE_PATHS = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nLocation: https://evil.example",
    "javascript:alert(1)",
    "evil.example",
    "@evil.example",
    "///evil.example",
    "/" + "a" * 3000,
    "",
    "/\x00",
    " //evil.example",
]


async def signed_in(provider: Provider, liar: Forger) -> Identity:
    begun = await oauth.begin(provider, BACK)
    back = liar.approve(begun.url)
    return await oauth.complete(provider, begun, back.code, back.iss, BACK)


def certified_provider(oidc: Certified, alg: str) -> Provider:
    return Provider("oidc", "Certified", oidc.issuer, Client(f"commonplace-{alg.lower()}", certified.SECRET))


async def certified_sign_in(oidc: Certified, provider: Provider) -> Identity:
    begun = await oauth.begin(provider, BACK)
    back = oidc.approve(begun.url, "alice")
    return await oauth.complete(provider, begun, back["code"], back["iss"], BACK)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    true = clock.monotonic
    monkeypatch.setattr(clock, "monotonic", lambda: true() + seconds)
    monkeypatch.setattr(clock, "since", lambda start: true() + seconds - start)


def adopted(settings: Settings, liar: Forger, **given: object) -> Settings:
    values = {
        "oidc_issuer": liar.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_name": "Liar & Sons",
        "registration": "open",
    }
    return core_settings.adopt(replace(settings, **(values | given)))  # type: ignore[arg-type] # names are those of fields


def browser(**given: object) -> Browser:
    return replace(Browser(new_token(), VAULT), **given)  # type: ignore[arg-type] # names are those of fields


async def begun(liar: Forger, who: Browser, next_path: str = "/", *, linking: bool = False) -> Return:
    """Begin, sign in at the provider, and come back."""
    back = liar.approve((await sign_in.begin("oidc", who, next_path, linking=linking)).url)
    return Return(back.state, back.code, back.iss)


async def came(liar: Forger, who: Browser | None = None, **claims: Any) -> Arrived:
    """The whole way, as somebody of whom the provider says this."""
    liar.person = claims
    who = who or browser()
    return await sign_in.finish("oidc", who, await begun(liar, who))


async def people_count() -> int:
    return int(await User.count().run())


async def owner_of(subject: str) -> object:
    row = (
        await OAuthAccount.select(OAuthAccount.user_id).where(OAuthAccount.provider_account_id == subject).first().run()
    )
    return row["user_id"] if row else None
