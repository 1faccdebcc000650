"""GitHub, which speaks plain OAuth 2."""

import pytest

from app.auth import oauth
from app.auth.id_tokens import Untrusted
from app.auth.oauth import Identity
from app.auth.providers import Endpoints, Provider
from app.web.outbound import Client
from tests.oidc.forger import CLIENT_ID, CLIENT_SECRET, Forger
from tests.oidc.steps import BACK

# GitHub ---------------------------------------------------------------------------------------------------------------


def github(liar: Forger) -> Provider:
    fixed = Endpoints(
        "https://github.com/login/oauth",
        f"{liar.issuer}/authorize",
        f"{liar.issuer}/token",
        userinfo=f"{liar.issuer}/user",
        emails=f"{liar.issuer}/user/emails",
        auth_method="client_secret_post",
    )
    client = Client(CLIENT_ID, CLIENT_SECRET, "client_secret_post")
    return Provider("github", "GitHub", "https://github.com", client, "read:user user:email", fixed=fixed)


OCTOCAT = {
    "id": 583231,
    "login": "octocat",
    "name": "The Octocat",
    "avatar_url": "https://a.example/o",
    "email": "x@y.z",
}


async def at_github(liar: Forger, emails: object, iss: str | None = None, user: object = OCTOCAT) -> Identity:
    liar.documents = {"/user": user, "/user/emails": emails}
    provider = github(liar)
    begun = await oauth.begin(provider, BACK)
    back = liar.approve(begun.url)
    return await oauth.complete(provider, begun, back.code, iss, BACK)


async def test_github_tells_who_somebody_is_by_number_and_primary_address(liar: Forger) -> None:
    emails = [
        {"email": "other@example.com", "primary": False, "verified": True},
        {"email": "octocat@example.com", "primary": True, "verified": True},
    ]
    identity = await at_github(liar, emails)
    assert (identity.issuer, identity.subject, identity.email) == (
        "https://github.com",
        "583231",
        "octocat@example.com",
    )
    assert identity.email_verified
    assert identity.name == "The Octocat"


@pytest.mark.parametrize("emails", [[], {}, [{"email": "o@e.com", "primary": True, "verified": "true"}], ["o@e.com"]])
async def test_a13_an_address_that_github_does_not_verify_is_not_verified(liar: Forger, emails: object) -> None:
    assert (await at_github(liar, emails)).email_verified is False


@pytest.mark.parametrize("user", [{}, {"id": "583231"}, {"id": True}, [OCTOCAT], {"id": None}])
async def test_a16_who_has_no_number_at_github_is_nobody(liar: Forger, user: object) -> None:
    with pytest.raises(Untrusted):
        await at_github(liar, [], user=user)


async def test_a16_the_iss_that_github_sends_is_checked(liar: Forger) -> None:
    assert (await at_github(liar, [], iss="https://github.com/login/oauth")).subject == "583231"
    with pytest.raises(Untrusted):
        await at_github(liar, [], iss="https://attacker.example")
