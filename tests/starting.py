"""The product as people start it: the command in a process of its own, with a database of its own, signed in to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import httpx2

from tests.bench.house import House, house, scratch

FORM: Final = "application/x-www-form-urlencoded"


@dataclass
class Started:
    """A running server and whoever owns it."""

    house: House
    token: str  # of the API, may do everything

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.house.port}"

    @property
    def is_signed_in(self) -> bool:
        """Whether the owner still is: a window at a page of sign-in would let many a test pass."""
        return httpx2.get(f"{self.origin}/account", headers={"cookie": self.house.cookie}).status_code == 200


@contextmanager
def starting() -> Iterator[Started]:
    """A server whose owner came in by the link on the console."""
    with scratch() as folder, house(folder / "data", COMMONPLACE_METRICS="off", COMMONPLACE_PROFILE="test") as here:
        yield owned(here)


def owned(here: House) -> Started:
    """The same server with its owner, who came in by the link on the console and made a token."""
    here.sign_in()
    proof = here.ask("/welcome")[2].split('name="_csrf" value="', 1)[1].split('"', 1)[0]
    here.ask("/welcome", method="POST", body=f"name=Ada&_csrf={proof}", **{"content-type": FORM})
    body = json.dumps({"name": "tests", "scopes": ["read", "write", "admin"], "days": 1})
    headers = {"content-type": "application/json", "x-csrf-token": proof}
    status, _, made = here.ask("/api/tokens", method="POST", body=body, **headers)
    assert status == 201, made
    return Started(here, json.loads(made)["token"])
