"""What is sealed for a browser and signed by us, beside the examples in the standards themselves."""

import json
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.core import webpush
from app.core.webpush import Browser, decoded, encoded
from tests.receiving import opened

# RFC 8291, section 5 and appendix A
WORDS = b"When I grow up, I want to be a watermelon"
ONCE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
THEIRS = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
THEIR_KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
# RFC 8292, section 2.4
TOKEN = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1Yi"
    "I6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9Ok"
    "SSHzvoD1oA"
)
TOKENS_KEY = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
BROWSER = Browser("https://push.example.net/push/x", decoded(THEIR_KEY), decoded(AUTH))


def check(token: str, key: str) -> None:
    """Raise where this key did not sign it."""
    text, _, signature = token.rpartition(".")
    numbers = decoded(signature)
    der = encode_dss_signature(int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big"))
    signer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    signer.verify(der, text.encode(), ec.ECDSA(hashes.SHA256()))


def signed(moment: datetime, key: webpush.Key | None = None) -> tuple[str, str]:
    """The token and the key of the header."""
    header = webpush.authorization(BROWSER.endpoint, key or webpush.new_key(), "mailto:push@example.com", moment)
    token, _, public = header.removeprefix("vapid t=").partition(", k=")
    return token, public


def test_a_message_is_sealed_as_the_standard_s_example() -> None:
    body = webpush.sealed(WORDS, BROWSER, once=webpush.read(ONCE), salt=decoded(SALT))
    assert encoded(body) == BODY


def test_the_standard_s_example_is_opened_by_the_browser_s_side() -> None:
    assert opened(decoded(BODY), webpush.read(THEIRS), decoded(AUTH)) == WORDS


def test_two_seals_of_one_message_differ_and_both_open() -> None:
    bodies = [webpush.sealed(b"twice", BROWSER) for _ in range(2)]
    assert bodies[0] != bodies[1]
    assert [opened(body, webpush.read(THEIRS), decoded(AUTH)) for body in bodies] == [b"twice", b"twice"]


def test_a_signature_says_what_the_standard_s_example_says() -> None:
    check(TOKEN, TOKENS_KEY)
    token, _ = signed(datetime.fromtimestamp(1453523768 - 12 * 3600, UTC))
    assert token.rpartition(".")[0] == TOKEN.rpartition(".")[0]


def test_a_signature_fits_its_key_and_no_other() -> None:
    token, key = signed(datetime.now(UTC))
    check(token, key)
    with pytest.raises(InvalidSignature):
        check(token, TOKENS_KEY)


def test_a_signature_is_for_one_service_and_for_less_than_a_day() -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    claims = json.loads(decoded(signed(moment)[0].split(".")[1]))
    assert (claims["aud"], claims["exp"] - moment.timestamp()) == ("https://push.example.net", 12 * 3600)


def test_a_key_is_the_same_when_it_is_read_again() -> None:
    key = webpush.new_key()
    assert webpush.public(webpush.read(webpush.written(key))) == webpush.public(key)


@pytest.mark.parametrize(
    ("key", "auth"),
    [
        ("", AUTH),
        (THEIR_KEY[:-3], AUTH),
        (encoded(b"\x04" + b"\x01" * 64), AUTH),
        (THEIR_KEY, ""),
        (THEIR_KEY, SALT + "AAAA"),
    ],
)
def test_a_browser_that_nothing_can_be_sealed_for_is_noticed(key: str, auth: str) -> None:
    assert Browser("https://push.example.net", decoded(THEIR_KEY), decoded(AUTH)).is_whole
    assert not Browser("https://push.example.net", decoded(key), decoded(auth)).is_whole


@pytest.mark.parametrize("text", ["ä", "a b", "====", "a"])
def test_what_is_not_encoded_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decoded(text)
