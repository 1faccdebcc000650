"""The product as people start it: the command in a process of its own, with a database of its own, signed in to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

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


@pytest.fixture(scope="session")
def started() -> Iterator[Started]:
    """One server for the whole run; its owner came in by the link on the console."""
    with scratch() as folder, house(folder / "data", COMMONPLACE_METRICS="off", COMMONPLACE_PROFILE="test") as here:
        here.sign_in()
        proof = here.ask("/welcome")[2].split('name="_csrf" value="', 1)[1].split('"', 1)[0]
        here.ask("/welcome", method="POST", body=f"name=Ada&_csrf={proof}", **{"content-type": FORM})
        body = json.dumps({"name": "tests", "scopes": ["read", "write", "admin"], "days": 1})
        headers = {"content-type": "application/json", "x-csrf-token": proof}
        status, _, made = here.ask("/api/tokens", method="POST", body=body, **headers)
        assert status == 201, made
        yield Started(here, json.loads(made)["token"])
