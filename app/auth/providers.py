"""Where people may come from: the sign-in providers that the operator has set up."""

from dataclasses import dataclass, field
from typing import Final

from app.core.errors import NotFound
from app.core.settings import Settings
from app.core.settings import settings as current_settings
from app.web.outbound import Client, Guard, Hosts, host_of

GOOGLE_ISSUER: Final = "https://accounts.google.com"
GITHUB_ISSUER: Final = "https://github.com"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one provider, as it tells them itself or, for GitHub, as everybody knows them."""

    issuer: str  # as its answers name it
    authorization: str
    token: str
    userinfo: str = ""
    jwks: str = ""
    emails: str = ""
    must_send_iss: bool = False
    auth_method: str = "client_secret_basic"


GITHUB: Final = Endpoints(
    issuer="https://github.com/login/oauth",
    authorization="https://github.com/login/oauth/authorize",
    token="https://github.com/login/oauth/access_token",  # noqa: S106 - an address
    userinfo="https://api.github.com/user",
    emails="https://api.github.com/user/emails",
    auth_method="client_secret_post",
)


@dataclass(frozen=True, slots=True)
class Provider:
    """One button on the sign-in page."""

    id: str  # the word in our addresses
    name: str  # what the button says
    issuer: str  # under which its identities are stored
    client: Client
    scopes: str = "openid profile email"
    needs_at_hash: bool = False
    fixed: Endpoints | None = field(default=None, repr=False)  # of a provider that does not speak OpenID Connect

    @property
    def guard(self) -> Guard:
        """Who names an issuer in the settings may have it on a private address, under exactly that host and port."""
        return Guard(_hosts(self))


def _hosts(provider: Provider) -> Hosts:
    if provider.fixed is None:
        return frozenset({host_of(provider.issuer)})
    return frozenset(host_of(url) for url in (provider.fixed.token, provider.fixed.userinfo))


def providers(settings: Settings | None = None) -> dict[str, Provider]:
    """Every provider that is set up, in the order of their buttons."""
    given = settings or current_settings()
    found = [_google(given), _github(given), _oidc(given)]
    return {provider.id: provider for provider in found if provider is not None}


def provider_of(name: str) -> Provider:
    """The provider of this name, if it is set up."""
    found = providers().get(name)
    if found is None:
        raise NotFound
    return found


def provider_name(issuer: str) -> str:
    """How people call the provider of a stored identity, even when it is set up no longer."""
    names = {provider.issuer: provider.name for provider in providers().values()}
    return names.get(issuer) or issuer.partition("://")[2] or issuer


def _google(given: Settings) -> Provider | None:
    if not given.google_client_id:
        return None
    return Provider("google", "Google", GOOGLE_ISSUER, Client(given.google_client_id, given.google_client_secret))


def _github(given: Settings) -> Provider | None:
    if not given.github_client_id:
        return None
    client = Client(given.github_client_id, given.github_client_secret, GITHUB.auth_method)
    return Provider("github", "GitHub", GITHUB_ISSUER, client, scopes="read:user user:email", fixed=GITHUB)


def _oidc(given: Settings) -> Provider | None:
    if not given.oidc_issuer:
        return None
    client = Client(given.oidc_client_id, given.oidc_client_secret)
    return Provider("oidc", given.oidc_name, given.oidc_issuer, client, given.oidc_scopes, given.oidc_at_hash)
