"""ID tokens that somebody else made, or that were made for somebody else."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from hmac import digest

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.auth import issuers, oauth
from app.auth.id_tokens import ALGORITHMS, Untrusted
from app.auth.providers import Provider
from app.core import clock
from tests.oidc.forger import CLIENT_ID, Forger
from tests.oidc.steps import BACK, signed_in

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


def claims_that_are_no_json(liar: Forger) -> None:
    liar.token = f"{_header(liar)}.bm90IGpzb24.AAAA"


def a_header_that_is_a_list(liar: Forger) -> None:
    liar.token = "WzFd.e30.AAAA"


def a_header_that_is_no_json(liar: Forger) -> None:
    liar.token = "bm90IGpzb24.e30.AAAA"


def _header(liar: Forger) -> str:
    return liar.id_token("", "").partition(".")[0]


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
    claims_that_are_no_json,
    a_header_that_is_a_list,
    a_header_that_is_no_json,
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
