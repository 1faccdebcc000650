"""ID tokens: who signed them, for whom, for which sign-in, and when. Pure; what is doubtful is refused."""

import base64
import hashlib
import json
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.core import clock
from app.core.errors import Rejected
from app.core.language import marked
from app.core.lazy import load
from app.core.log import logger
from app.core.secrets import same

Claims = Mapping[str, Any]
Key = Mapping[str, Any]

log = logger(__name__)
SKEW: Final = 60
OLDEST: Final = 600  # a sign-in may take that long, and its token is made at its end
_LONGEST: Final = 64_000
_MOST_KEYS: Final = 10
_LEAST_RSA_BITS: Final = 2048
# What may sign, the kind of key for it, and the hash that at_hash is made with.
ALGORITHMS: Final = {
    "RS256": ("RSA", "sha256"),
    "RS384": ("RSA", "sha384"),
    "RS512": ("RSA", "sha512"),
    "PS256": ("RSA", "sha256"),
    "PS384": ("RSA", "sha384"),
    "PS512": ("RSA", "sha512"),
    "ES256": ("EC", "sha256"),
    "ES384": ("EC", "sha384"),
    "ES512": ("EC", "sha512"),
    "EdDSA": ("OKP", "sha512"),
    "Ed25519": ("OKP", "sha512"),
}
# A token may bring neither its own key nor rules of its own.
_UNWANTED: Final = ("jwk", "jku", "x5u", "x5c", "crit", "b64", "enc")


class Untrusted(Rejected):
    """An answer that somebody else may have made. The person learns that it failed, the log learns why."""

    code = "UNTRUSTED_ANSWER"
    sentence = marked("The provider's answer could not be trusted, so nobody was signed in. Please try again.")

    def __init__(self, reason: str) -> None:
        self.reason = reason
        log.warning("sign-in refused: %s", reason)
        super().__init__()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say to be the one we are waiting for."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    needs_at_hash: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of its own signature, before anything of it is believed."""

    alg: str
    kid: str | None


def header_of(token: object) -> Header:
    """The header, if it asks for nothing that we do not do."""
    if not isinstance(token, str) or len(token) > _LONGEST or token.count(".") != 2:  # noqa: PLR2004 - header.claims.signature
        raise Untrusted("not a signed token")
    header = _document(token.partition(".")[0])
    alg, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise Untrusted("algorithm not allowed")
    if not isinstance(kind, str) or kind.upper() != "JWT" or not isinstance(kid, str | None):
        raise Untrusted("kind of token not allowed")
    if any(name in header for name in _UNWANTED):
        raise Untrusted("header brings its own key or rules")
    return Header(alg, kid)


def _document(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise Untrusted("not readable") from None
    if not isinstance(found, dict):
        raise Untrusted("not readable")
    return found


def fitting(keys: Iterable[Key], header: Header) -> list[Key]:
    """The keys of an issuer that may have made this signature."""
    return [key for key in keys if _fits(key, header)][:_MOST_KEYS]


def _fits(key: Key, header: Header) -> bool:
    return (
        key.get("kty") == ALGORITHMS[header.alg][0]
        and key.get("use", "sig") == "sig"
        and key.get("alg", header.alg) == header.alg
        and (header.kid is None or key.get("kid") == header.kid)
    )


def verified(token: str, keys: Sequence[Key], expected: Expected) -> Claims:
    """What the issuer says of this person."""
    header = header_of(token)
    claims = _signed(token, header, fitting(keys, header))
    _check_parties(claims, expected)
    _check_times(claims)
    _check_access_token(claims, header.alg, expected)
    return claims


def _signed(token: str, header: Header, keys: Sequence[Key]) -> Claims:
    for key in keys:
        if _is_signed(token, header, key):
            return _document(token.split(".")[1])
    raise Untrusted("signature by nobody we know")


def _is_signed(token: str, header: Header, key: Key) -> bool:
    jws, jwk = load("joserfc.jws"), load("joserfc.jwk")
    registry = jws.JWSRegistry(algorithms=[header.alg], strict_check_header=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the name EdDSA is going out of fashion; issuers use it all the same
            imported = jwk.import_key(dict(key))
            jws.deserialize_compact(token, imported, registry=registry)
            return _is_strong(key)
    except (load("joserfc.errors").JoseError, ValueError, TypeError):
        return False


def _is_strong(key: Key) -> bool:
    if key.get("kty") != "RSA":
        return True
    modulus = str(key.get("n", ""))
    return len(base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))) * 8 >= _LEAST_RSA_BITS


def _check_parties(claims: Claims, expected: Expected) -> None:
    wrong = {
        "another issuer": claims.get("iss") != expected.issuer,
        "another audience": claims.get("aud") not in (expected.client_id, [expected.client_id]),
        "another authorized party": claims.get("azp", expected.client_id) != expected.client_id,
        "another nonce": not same(str(claims.get("nonce")), expected.nonce) or not expected.nonce,
        "no subject": not _is_subject(claims.get("sub")),
    }
    for reason, holds in wrong.items():
        if holds:
            raise Untrusted(reason)


def _is_subject(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()  # noqa: PLR2004 - OpenID Connect's own limit


def _check_times(claims: Claims) -> None:
    now = clock.now().timestamp()
    if _moment(claims, "exp") <= now - SKEW:
        raise Untrusted("expired")
    if not now - OLDEST - SKEW <= _moment(claims, "iat") <= now + SKEW:
        raise Untrusted("made at another time")
    if "nbf" in claims and _moment(claims, "nbf") > now + SKEW:
        raise Untrusted("not valid yet")


def _moment(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (isinstance(value, float) and math.isnan(value))
    ):
        raise Untrusted(f"no {name}")
    return value


def _check_access_token(claims: Claims, alg: str, expected: Expected) -> None:
    """at_hash binds the access token to the ID token: neither can be swapped for another person's."""
    if "at_hash" not in claims and not expected.needs_at_hash:
        return
    if not same(str(claims.get("at_hash")), half_hash(expected.access_token, alg)):
        raise Untrusted("another access token")


def half_hash(text: str, alg: str) -> str:
    """The left half of the hash that belongs to this algorithm."""
    digest = hashlib.new(ALGORITHMS[alg][1], text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
