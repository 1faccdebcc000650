"""Issuers that are unwell, that change, and that are not who they say."""

import re
from dataclasses import replace

import pytest

from app.auth import issuers, oauth
from app.auth.id_tokens import Untrusted
from app.auth.issuers import WrongIssuer
from app.auth.oauth import ProviderAway
from app.auth.providers import Provider
from tests.oidc.certified import Certified
from tests.oidc.forger import Forger
from tests.oidc.steps import ALICE, BACK, certified_provider, certified_sign_in, later, signed_in


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
    liar.delays = {"/token": 60}
    begun = await oauth.begin(provider, BACK)
    monkeypatch.setattr(oauth, "ANSWER_WITHIN", 0.2)
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


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
async def test_an_issuer_that_publishes_a_list_is_not_understood(provider: Provider, liar: Forger, path: str) -> None:
    liar.documents = {path: ["nothing"]}
    with pytest.raises(ProviderAway):
        await signed_in(provider, liar)


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
