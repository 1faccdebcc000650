"""An issuer of our own on loopback that tells the truth until it is told to lie.

Everything about its answers can be broken: what a test does not break stays as a careful provider would say it.
"""

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from app.auth.id_tokens import half_hash
from app.core.secrets import hashed, new_token

CLIENT_ID, CLIENT_SECRET = "commonplace", "a secret of the tests"
Claims = dict[str, Any]


@dataclass
class Callback:
    """What the browser brings back."""

    code: str
    state: str
    iss: str


@dataclass
class Forger:
    """The issuer, and all that it does wrong."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True))
    person: Claims = field(default_factory=dict)  # what the ID token says beside what it has to
    claims: Claims = field(default_factory=dict)  # in place of what it has to say; None takes a claim away
    header: Claims = field(default_factory=dict)  # the same for the header
    alg: str = "RS256"
    signing: Callable[[bytes], bytes] | None = None  # in place of the true signature
    signing_key: RSAKey | ECKey | None = None  # in place of the published one
    token: str = ""  # in place of the whole ID token
    discovery: Claims = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)  # by path: in place of what is published there
    statuses: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # content types
    delays: dict[str, float] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    last_form: dict[str, str] = field(default_factory=dict)
    last_token: str = ""
    closing: threading.Event = field(default_factory=threading.Event)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def rotate(self) -> None:
        """Sign with a new key, and publish that one alone."""
        self.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)

    def approve(self, url: str) -> Callback:
        """What the browser would bring back when somebody signed in at this address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = new_token()
        self.codes[code] = asked
        return Callback(code, asked["state"], self.issuer)

    # What it publishes ----------------------------------------------------------------------------------------------

    def published(self, path: str, form: dict[str, str]) -> Any:
        if path in self.documents:
            return self.documents[path]
        makers: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": self._configuration,
            "/jwks": lambda: {"keys": [self.key.as_dict(private=False, alg="RS256" if self.alg == "RS256" else None)]},
            "/token": lambda: self._tokens(form),
            "/userinfo": lambda: {"sub": self.person.get("sub", "subject-1")},
        }
        return makers[path]()

    def _configuration(self) -> Claims:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return _merged(told, self.discovery)

    def _tokens(self, form: dict[str, str]) -> Claims:
        self.last_form = form
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or not _is_proven(asked, form):
            return {"error": "invalid_grant"}
        access = new_token()
        self.last_token = self.token or self.id_token(asked.get("nonce", ""), access)
        return {"access_token": access, "token_type": "Bearer", "expires_in": 600, "id_token": self.last_token}

    def id_token(self, nonce: str, access: str) -> str:
        """The ID token as it should be, with this forger's flaws."""
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": half_hash(access, "RS256"),
            **self.person,
        }
        header = _merged({"alg": self.alg, "kid": self.key.kid, "typ": "JWT"}, self.header)
        return self._signed(header, _merged(told, self.claims))

    def _signed(self, header: Claims, claims: Claims) -> str:
        said = f"{_packed(header)}.{_packed(claims)}"
        if self.signing is not None:
            return f"{said}.{_text(self.signing(said.encode()))}"
        key = self.signing_key or self.key
        algorithm = jws.JWSRegistry.algorithms[str(header["alg"])]
        return f"{said}.{_text(algorithm.sign(said.encode(), key))}"


def _merged(told: Claims, changes: Claims) -> Claims:
    return {name: value for name, value in (told | changes).items() if value is not None}


def _packed(document: Claims) -> str:
    return _text(json.dumps(document).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _is_proven(asked: dict[str, str], form: dict[str, str]) -> bool:
    is_same_place = asked["redirect_uri"] == form.get("redirect_uri")
    return is_same_place and asked["code_challenge"] == _text(hashed(form.get("code_verifier", "")))


class _Handler(BaseHTTPRequestHandler):
    forger: Forger

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/authorize":
            self._send_back(query)
        else:
            self._answer(path, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        self._answer(self.path, {name: values[0] for name, values in parse_qs(body).items()})

    def _send_back(self, query: str) -> None:
        back = self.forger.approve(f"/?{query}")
        place = parse_qs(query)["redirect_uri"][0]
        self.send_response(302)
        self.send_header("location", f"{place}?{urlencode(vars(back))}")
        self.end_headers()

    def _answer(self, path: str, form: dict[str, str]) -> None:
        forger = self.forger
        forger.asked[path] += 1
        forger.closing.wait(forger.delays.get(path, 0))
        document = forger.published(path, form)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        is_refused = isinstance(document, dict) and "error" in document
        self.send_response(forger.statuses.get(path, 400 if is_refused else 200))
        self.send_header("content-type", forger.kinds.get(path, "application/json"))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # whoever asked did not wait for the answer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def forging() -> Iterator[Forger]:
    """A forger that listens until the end of the test."""
    forger = Forger()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"forger": forger}))
    forger.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield forger
    finally:
        forger.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
