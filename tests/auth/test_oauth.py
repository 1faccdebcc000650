"""The conversation with a provider, against the certified one and against one that lies."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.auth import oauth
from app.auth.id_tokens import Untrusted
from app.auth.oauth import Pending
from app.auth.providers import Provider
from app.web.outbound import NotGranted
from tests.oidc.certified import Certified
from tests.oidc.forger import CLIENT_SECRET, Forger
from tests.oidc.steps import ALICE, BACK, certified_provider, signed_in


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_person_signs_in_at_the_certified_provider(oidc: Certified, alg: str) -> None:
    oidc.add_person("alice", given_name="Alice", **ALICE)
    provider = certified_provider(oidc, alg)
    begun = await oauth.begin(provider, BACK)
    back = oidc.approve(begun.url, "alice")
    identity = await oauth.complete(provider, begun, back["code"], back["iss"], BACK)
    assert (identity.issuer, identity.subject, identity.email) == (oidc.issuer, "alice", "alice@example.com")
    assert (identity.email_verified, identity.name, identity.first_name) == (True, "Alice Archer", "Alice")
    assert identity.tokens.access
    assert identity.tokens.refresh
    assert identity.tokens.id
    assert back["state"] == begun.state


async def test_a14_the_certified_provider_takes_a_code_once(oidc: Certified) -> None:
    oidc.add_person("alice", **ALICE)
    provider = certified_provider(oidc, "RS256")
    begun = await oauth.begin(provider, BACK)
    back = oidc.approve(begun.url, "alice")
    await oauth.complete(provider, begun, back["code"], back["iss"], BACK)
    with pytest.raises(NotGranted):
        await oauth.complete(provider, begun, back["code"], back["iss"], BACK)


async def test_a14_the_certified_provider_wants_the_verifier_of_this_sign_in(oidc: Certified) -> None:
    oidc.add_person("alice", **ALICE)
    provider = certified_provider(oidc, "RS256")
    begun, other = await oauth.begin(provider, BACK), await oauth.begin(provider, BACK)
    back = oidc.approve(begun.url, "alice")
    with pytest.raises(NotGranted):
        await oauth.complete(provider, Pending(begun.nonce, other.verifier), back["code"], back["iss"], BACK)


# What we ask for ------------------------------------------------------------------------------------------------------


async def test_a14_every_sign_in_has_a_state_nonce_and_challenge_of_its_own(provider: Provider) -> None:
    urls = [(await oauth.begin(provider, BACK)).url for _ in range(3)]
    asked = [parse_qs(urlsplit(url).query) for url in urls]
    for name in ("state", "nonce", "code_challenge"):
        assert len({query[name][0] for query in asked}) == 3
        assert all(len(query[name][0]) >= 43 for query in asked)
    assert {query["code_challenge_method"][0] for query in asked} == {"S256"}
    assert {query["response_type"][0] for query in asked} == {"code"}


async def test_secrets_of_a_sign_in_do_not_show_when_it_is_printed(provider: Provider) -> None:
    begun = await oauth.begin(provider, BACK)
    assert not any(secret in repr(begun) for secret in (begun.state, begun.nonce, begun.verifier))


async def test_a_careful_provider_is_believed(provider: Provider, liar: Forger) -> None:
    liar.person = ALICE
    identity = await signed_in(provider, liar)
    assert (identity.subject, identity.email, identity.email_verified) == ("subject-1", "alice@example.com", True)


# A13: what a provider says of an address ----------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["true", 1, None, [True], {"email": True}, False, "yes"])
async def test_a13_only_the_word_true_verifies_an_address(provider: Provider, liar: Forger, word: object) -> None:
    liar.person = {"email": "alice@example.com"} | ({} if word is None else {"email_verified": word})
    assert (await signed_in(provider, liar)).email_verified is False


async def test_a13_the_address_and_the_word_for_it_come_from_one_document(provider: Provider, liar: Forger) -> None:
    liar.person = {"email_verified": True}
    liar.documents["/userinfo"] = {"sub": "subject-1", "email": "alice@example.com"}
    identity = await signed_in(provider, liar)
    assert (identity.email, identity.email_verified) == ("alice@example.com", False)


@pytest.mark.parametrize("email", ["\u0430lice@example.com", "alice@exämple.com", "alice", "a@b@c.de", "a\x00@b.de", 1])
async def test_a13_an_address_that_is_none_or_only_looks_like_one_does_not_count(
    provider: Provider, liar: Forger, email: object
) -> None:
    liar.person = {"email": email, "email_verified": True}
    identity = await signed_in(provider, liar)
    assert (identity.email, identity.email_verified) == ("", False)


async def test_a16_what_userinfo_says_of_somebody_else_is_refused(provider: Provider, liar: Forger) -> None:
    liar.documents["/userinfo"] = {"sub": "somebody-else", **ALICE}
    with pytest.raises(Untrusted):
        await signed_in(provider, liar)


@pytest.mark.parametrize(
    "picture", ["javascript:alert(1)", "http://a.example/", "//a.example", 1, "https://" + "a" * 3000]
)
async def test_a_picture_is_an_https_address_or_nothing(provider: Provider, liar: Forger, picture: object) -> None:
    liar.person = {**ALICE, "picture": picture}
    assert (await signed_in(provider, liar)).avatar_url == ""


async def test_a16_an_answer_without_an_access_token_is_refused(provider: Provider, liar: Forger) -> None:
    liar.documents["/token"] = {"token_type": "Bearer"}
    with pytest.raises(Untrusted):
        await signed_in(provider, liar)


async def test_a10_the_secret_goes_to_the_token_address_alone(provider: Provider, liar: Forger) -> None:
    await signed_in(provider, liar)
    assert "client_secret" not in liar.last_form
    assert set(liar.last_form) == {"grant_type", "code", "code_verifier", "redirect_uri"}


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(provider: Provider, liar: Forger) -> None:
    liar.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await signed_in(provider, liar)
    assert liar.last_form["client_secret"] == CLIENT_SECRET
