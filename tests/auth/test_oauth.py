"""The conversation with a provider, against the certified one and against one that lies."""

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from hmac import digest
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.auth import issuers, oauth
from app.auth.id_tokens import ALGORITHMS, Untrusted
from app.auth.issuers import WrongIssuer
from app.auth.oauth import Identity, Pending, ProviderAway
from app.auth.providers import Endpoints, Provider
from app.core import clock
from app.web.outbound import Client, NotGranted
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


def certified_provider(oidc: Certified, alg: str) -> Provider:
    return Provider("oidc", "Certified", oidc.issuer, Client(f"commonplace-{alg.lower()}", certified.SECRET))


async def signed_in(provider: Provider, liar: Forger) -> Identity:
    begun = await oauth.begin(provider, BACK)
    back = liar.approve(begun.url)
    return await oauth.complete(provider, begun, back.code, back.iss, BACK)


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


async def test_b19_keys_that_the_certified_provider_changed_are_fetched_once(
    oidc: Certified, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuers.forget()
    oidc.add_person("alice", **ALICE)
    provider = certified_provider(oidc, "ES256")
    await certified_sign_in(oidc, provider)
    oidc.rotate()
    later(monkeypatch, 61)
    before = oidc.asked()["jwks"]
    identity = await certified_sign_in(oidc, provider)
    await certified_sign_in(oidc, provider)
    assert identity.subject == "alice"
    assert oidc.asked()["jwks"] == before + 1


async def certified_sign_in(oidc: Certified, provider: Provider) -> Identity:
    begun = await oauth.begin(provider, BACK)
    back = oidc.approve(begun.url, "alice")
    return await oauth.complete(provider, begun, back["code"], back["iss"], BACK)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    true = clock.monotonic
    monkeypatch.setattr(clock, "monotonic", lambda: true() + seconds)
    monkeypatch.setattr(clock, "since", lambda start: true() + seconds - start)


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


# A16: what is forged is refused -------------------------------------------------------------------------------------


def none(liar: Forger) -> None:
    liar.header, liar.signing = {"alg": "none"}, lambda _said: b""


def none_in_other_letters(liar: Forger) -> None:
    liar.header, liar.signing = {"alg": "nOnE"}, lambda _said: b""


def hs256_with_the_public_key(liar: Forger) -> None:
    public = liar.key.as_pem(private=False)
    liar.header, liar.signing = {"alg": "HS256"}, lambda said: digest(public, said, sha256)


def a_key_of_nobody(liar: Forger) -> None:
    liar.signing_key = RSAKey.generate_key(2048)


def a_changed_claim(liar: Forger) -> None:
    liar.signing = lambda _said: b"\x01" * 256


def no_signature(liar: Forger) -> None:
    liar.signing = lambda _said: b""


def an_embedded_key(liar: Forger) -> None:
    liar.signing_key = RSAKey.generate_key(2048)
    liar.header = {"jwk": liar.signing_key.as_dict(private=False), "kid": None}


def a_key_at_an_address(liar: Forger) -> None:
    liar.header = {"jku": f"{liar.issuer}/jwks"}


def an_unknown_rule(liar: Forger) -> None:
    liar.header = {"crit": ["http://example.com/unknown"], "http://example.com/unknown": True}


def another_issuer(liar: Forger) -> None:
    liar.claims = {"iss": "https://issuer.example"}


def the_issuer_with_a_slash(liar: Forger) -> None:
    liar.claims = {"iss": liar.issuer + "/"}


def another_audience(liar: Forger) -> None:
    liar.claims = {"aud": "somebody-else"}


def two_audiences(liar: Forger) -> None:
    liar.claims = {"aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID}


def another_party(liar: Forger) -> None:
    liar.claims = {"azp": "somebody-else"}


def expired(liar: Forger) -> None:
    liar.claims = {"exp": clock.now().timestamp() - 61}


def without_end(liar: Forger) -> None:
    liar.claims = {"exp": None}


def an_end_that_is_no_number(liar: Forger) -> None:
    liar.claims = {"exp": float("nan")}


def from_the_future(liar: Forger) -> None:
    liar.claims = {"iat": clock.now().timestamp() + 90}


def from_long_ago(liar: Forger) -> None:
    liar.claims = {"iat": clock.now().timestamp() - 3600}


def not_valid_yet(liar: Forger) -> None:
    liar.claims = {"nbf": clock.now().timestamp() + 90}


def another_nonce(liar: Forger) -> None:
    liar.claims = {"nonce": "another"}


def no_nonce(liar: Forger) -> None:
    liar.claims = {"nonce": None}


def another_access_token(liar: Forger) -> None:
    liar.claims = {"at_hash": "another"}


def no_subject(liar: Forger) -> None:
    liar.claims = {"sub": None}


def a_subject_that_is_a_number(liar: Forger) -> None:
    liar.claims = {"sub": 1}


def an_access_token_in_its_place(liar: Forger) -> None:
    liar.header = {"typ": "at+jwt"}


def encrypted(liar: Forger) -> None:
    liar.token = "a.b.c.d.e"


def no_token_at_all(liar: Forger) -> None:
    liar.token = "null"


def a_key_of_another_kind(liar: Forger) -> None:
    liar.header, liar.signing_key = {"alg": "ES256"}, ECKey.generate_key("P-256")


def a_key_that_is_too_short(liar: Forger) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        liar.key = RSAKey.generate_key(1024, {"use": "sig"}, auto_kid=True)
        liar.documents["/jwks"] = {"keys": [liar.key.as_dict(private=False)]}


def a_shared_key_that_was_published(liar: Forger) -> None:
    key = OctKey.generate_key(256, {"kid": str(liar.key.kid)})
    liar.documents["/jwks"] = {"keys": [key.as_dict(private=True)]}


FORGERIES: list[Callable[[Forger], None]] = [
    none,
    none_in_other_letters,
    hs256_with_the_public_key,
    a_key_of_nobody,
    a_changed_claim,
    no_signature,
    an_embedded_key,
    a_key_at_an_address,
    an_unknown_rule,
    another_issuer,
    the_issuer_with_a_slash,
    another_audience,
    two_audiences,
    another_party,
    expired,
    without_end,
    an_end_that_is_no_number,
    from_the_future,
    from_long_ago,
    not_valid_yet,
    another_nonce,
    no_nonce,
    another_access_token,
    no_subject,
    a_subject_that_is_a_number,
    an_access_token_in_its_place,
    encrypted,
    no_token_at_all,
    a_key_of_another_kind,
    a_key_that_is_too_short,
    a_shared_key_that_was_published,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
async def test_a16_a_forged_token_is_refused(provider: Provider, liar: Forger, forge: Callable[[Forger], None]) -> None:
    forge(liar)
    with pytest.raises(Untrusted):
        await signed_in(provider, liar)


async def test_a16_of_all_forged_tokens_none_is_accepted(provider: Provider, liar: Forger) -> None:
    accepted = []
    for forge in FORGERIES:
        issuers.forget()
        vars(liar).update({**vars(Forger()), "issuer": liar.issuer, "closing": liar.closing})
        forge(liar)
        try:
            await signed_in(provider, liar)
        except Untrusted:
            continue
        accepted.append(forge.__name__)
    print(f"A16: {len(FORGERIES)} forged tokens, accepted: {len(accepted)}")
    assert len(FORGERIES) >= 15
    assert accepted == []


async def test_a16_a_token_of_an_earlier_sign_in_is_refused(provider: Provider, liar: Forger) -> None:
    await signed_in(provider, liar)
    liar.token = liar.last_token
    with pytest.raises(Untrusted):
        await signed_in(provider, liar)


async def test_a16_at_hash_is_missed_only_where_it_is_required(provider: Provider, liar: Forger) -> None:
    liar.claims = {"at_hash": None}
    assert (await signed_in(provider, liar)).subject == "subject-1"
    with pytest.raises(Untrusted):
        await signed_in(replace(provider, needs_at_hash=True), liar)


async def test_a16_every_algorithm_that_is_allowed_knows_its_hash_and_none_shares_a_secret() -> None:
    assert not [alg for alg in ALGORITHMS if alg.startswith("HS") or alg.lower() == "none"]
    assert all(hash_name.startswith("sha") for _kind, hash_name in ALGORITHMS.values())


@pytest.mark.parametrize("skew", [-55, 55])
async def test_a_clock_that_is_a_little_off_is_forgiven(provider: Provider, liar: Forger, skew: int) -> None:
    now = clock.now().timestamp()
    liar.claims = {"iat": now + skew, "exp": now - 55}
    assert (await signed_in(provider, liar)).subject == "subject-1"


async def test_a_header_with_something_harmless_of_its_own_is_accepted(provider: Provider, liar: Forger) -> None:
    liar.header = {"cat": "cl_something"}
    assert (await signed_in(provider, liar)).subject == "subject-1"


async def test_a_token_without_kid_is_tried_against_the_keys_that_fit(provider: Provider, liar: Forger) -> None:
    liar.header = {"kid": None}
    other = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
    liar.documents["/jwks"] = {"keys": [other.as_dict(private=False), liar.key.as_dict(private=False)]}
    assert (await signed_in(provider, liar)).subject == "subject-1"


async def test_a16_the_code_of_another_issuer_is_shown_to_nobody(provider: Provider, liar: Forger) -> None:
    begun = await oauth.begin(provider, BACK)
    back = liar.approve(begun.url)
    for iss in ("https://attacker.example", None):
        with pytest.raises(Untrusted):
            await oauth.complete(provider, begun, back.code, iss, BACK)
    assert liar.asked["/token"] == 0


async def test_a16_a_provider_that_does_not_send_iss_is_not_asked_for_it(provider: Provider, liar: Forger) -> None:
    liar.discovery = {"authorization_response_iss_parameter_supported": None}
    begun = await oauth.begin(provider, BACK)
    back = liar.approve(begun.url)
    assert (await oauth.complete(provider, begun, back.code, None, BACK)).subject == "subject-1"


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


# B19: a provider that is unwell -------------------------------------------------------------------------------------


async def test_b19_a_provider_that_is_down_is_said_to_be(provider: Provider) -> None:
    down = replace(provider, issuer="http://127.0.0.1:9")
    with pytest.raises(ProviderAway, match=re.escape("Liar & Sons is not answering")):
        await oauth.begin(down, BACK)


async def test_b19_a_slow_provider_is_given_up_and_nobody_waits_for_it_again(
    provider: Provider, liar: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers, "PATIENCE", 0.1)
    liar.delays = {"/.well-known/openid-configuration": 60}
    for _ in range(5):
        with pytest.raises(ProviderAway):
            await oauth.begin(provider, BACK)
    assert liar.asked["/.well-known/openid-configuration"] == 1


async def test_b19_a_provider_that_comes_back_is_asked_again(
    provider: Provider, liar: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar.statuses = {"/.well-known/openid-configuration": 500}
    with pytest.raises(ProviderAway):
        await oauth.begin(provider, BACK)
    liar.statuses = {}
    later(monkeypatch, 11)
    assert (await signed_in(provider, liar)).subject == "subject-1"


async def test_b19_what_an_issuer_said_before_goes_on_counting_while_it_is_away(
    provider: Provider, liar: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await signed_in(provider, liar)
    liar.statuses = {"/.well-known/openid-configuration": 500}
    later(monkeypatch, 4000)
    assert (await oauth.begin(provider, BACK)).url.startswith(liar.issuer)


@pytest.mark.parametrize("path", ["/token", "/jwks", "/userinfo"])
@pytest.mark.parametrize("flaw", ["status", "kind", "garbage", "list"])
async def test_b19_nonsense_in_the_second_half_is_a_provider_that_is_away(
    provider: Provider, liar: Forger, path: str, flaw: str
) -> None:
    liar.statuses = {path: 500} if flaw == "status" else {}
    liar.kinds = {path: "text/html"} if flaw == "kind" and path != "/token" else {}
    liar.documents = {path: b"<html>"} if flaw in ("garbage", "kind") else {path: [1]} if flaw == "list" else {}
    with pytest.raises((ProviderAway, Untrusted)):
        await signed_in(provider, liar)


async def test_b19_a_login_is_answered_in_time_whatever_the_provider_does(
    provider: Provider, liar: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert oauth.ANSWER_WITHIN < 10
    monkeypatch.setattr(oauth, "ANSWER_WITHIN", 0.2)
    liar.delays = {"/token": 60}
    begun = await oauth.begin(provider, BACK)
    back = liar.approve(begun.url)
    with pytest.raises(ProviderAway):
        await oauth.complete(provider, begun, back.code, back.iss, BACK)


async def test_b19_new_keys_are_fetched_once_and_at_most_once_a_minute(
    provider: Provider, liar: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await signed_in(provider, liar)
    liar.rotate()
    for _ in range(5):
        with pytest.raises(Untrusted):
            await signed_in(provider, liar)
    assert liar.asked["/jwks"] == 1
    later(monkeypatch, 61)
    for _ in range(5):
        await signed_in(provider, liar)
    print(f"B19: 11 sign-ins over a change of keys, fetches of the keys: {liar.asked['/jwks']}")
    assert liar.asked["/jwks"] == 2


# Discovery ----------------------------------------------------------------------------------------------------------


async def test_an_issuer_that_calls_itself_otherwise_is_not_believed(provider: Provider, liar: Forger) -> None:
    liar.discovery = {"issuer": "https://attacker.example"}
    with pytest.raises(WrongIssuer, match=r"calls itself https://attacker\.example"):
        await oauth.begin(provider, BACK)


async def test_a_slash_at_the_end_of_the_setting_makes_no_difference(provider: Provider, liar: Forger) -> None:
    assert (await signed_in(replace(provider, issuer=liar.issuer + "/"), liar)).subject == "subject-1"


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address", [None, "javascript:alert(1)", "file:///etc/passwd", "//evil.example", 1, "http://a@b/"]
)
async def test_a_discovery_document_with_a_strange_address_is_not_believed(
    provider: Provider, liar: Forger, name: str, address: object
) -> None:
    liar.discovery = {name: address}
    with pytest.raises(ProviderAway):
        await oauth.begin(provider, BACK)


async def test_a9_a_provider_cannot_send_us_to_another_machine_behind_the_wall(
    provider: Provider, liar: Forger
) -> None:
    liar.discovery = {"jwks_uri": "http://127.0.0.1:9/jwks"}
    with pytest.raises(ProviderAway):
        await signed_in(provider, liar)


async def test_a10_the_secret_goes_to_the_token_address_alone(provider: Provider, liar: Forger) -> None:
    await signed_in(provider, liar)
    assert "client_secret" not in liar.last_form
    assert set(liar.last_form) == {"grant_type", "code", "code_verifier", "redirect_uri"}


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(provider: Provider, liar: Forger) -> None:
    liar.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await signed_in(provider, liar)
    assert liar.last_form["client_secret"] == CLIENT_SECRET


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


async def at_github(liar: Forger, emails: object, iss: str | None = None) -> Identity:
    liar.documents = {"/user": OCTOCAT, "/user/emails": emails}
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


async def test_a16_the_iss_that_github_sends_is_checked(liar: Forger) -> None:
    assert (await at_github(liar, [], iss="https://github.com/login/oauth")).subject == "583231"
    with pytest.raises(Untrusted):
        await at_github(liar, [], iss="https://attacker.example")
