"""More than one: two server processes on one database, and everything through a pooler."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import httpx2
import pytest

from app.core.secrets import new_token
from app.database.embedded import Cluster
from tests import bouncer
from tests.bench.house import House, house, scratch

TOKENS_AN_HOUR: Final = 20
PATIENCE: Final = 200


@contextmanager
def browser(here: House, cookie: str = "") -> Iterator[httpx2.Client]:
    headers = {"cookie": cookie} if cookie else {}
    with httpx2.Client(base_url=f"http://127.0.0.1:{here.port}", headers=headers, timeout=30) as client:
        yield client


def proof(client: httpx2.Client) -> dict[str, str]:
    return {"x-csrf-token": re.findall(r'name="_csrf" value="([^"]+)"', client.get("/preferences").text)[0]}


# Two processes --------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair() -> Iterator[tuple[House, House]]:
    """Two servers that share a data directory."""
    with scratch() as folder, house(folder / "data") as one, house(folder / "data") as two:
        two.sign_in()  # the link that counts is the newest
        yield two, one


def test_who_signs_in_at_one_is_signed_in_at_the_other_and_signed_out_of_both(pair: tuple[House, House]) -> None:
    one, two = pair
    with browser(one, one.cookie) as here, browser(two, one.cookie) as there:
        assert there.get("/account").status_code == 200
        saved = there.post("/preferences", data={"theme": "dark", "timezone": "UTC"}, headers=proof(here))
        assert saved.status_code == 303
        assert here.get("/api/preferences").json()["theme"] == "dark"
        assert here.post("/sign-out", headers=proof(there)).status_code == 303
        assert there.get("/account").status_code == 303
        assert there.get("/api/me").status_code == 401


def test_a21_a_limit_counts_at_both_together(pair: tuple[House, House]) -> None:
    one, two = pair
    with browser(one, one.cookie) as here, browser(two, one.cookie) as there:
        headers = proof(here)
        body = {"name": "many", "scopes": ["read"]}
        answers = [
            client.post("/api/tokens", json=body, headers={**headers, "x-forwarded-for": f"10.0.0.{number}"})
            for number in range(TOKENS_AN_HOUR + 2)
            for client in (here, there)
        ]
        made = [answer for answer in answers if answer.status_code == 201]
        refused = [answer for answer in answers if answer.status_code == 429]
    print(f"A21: {len(made)} of {len(answers)} were let through by two processes, {TOKENS_AN_HOUR} an hour may be")
    assert len(made) + len(refused) == len(answers)
    assert len(made) in (TOKENS_AN_HOUR, len(answers))  # the latter where the hour ended meanwhile
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


def test_one_may_end_and_the_other_goes_on() -> None:
    with scratch() as folder, house(folder / "data") as stays:
        with house(folder / "data") as goes:
            goes.sign_in()
            cookie = goes.cookie
        with browser(stays, cookie) as client:
            assert client.get("/account").status_code == 200


# A pooler -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def pooled(cluster: Cluster) -> None:
    if bouncer.program() is None:
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    await bouncer.made(cluster.superuser.host)


@pytest.fixture(scope="module")
def behind(cluster: Cluster, pooled: None) -> Iterator[House]:
    """A server whose database is behind PgBouncer, with fewer connections than it asks for."""
    sockets = cluster.superuser.host
    with scratch() as folder, bouncer.bouncing(sockets, folder) as ways:
        variables = {
            "DATABASE_URL": ways.pooled,
            "DATABASE_DIRECT_URL": ways.direct,
            "DATABASE_POOLED": "yes",
            "COMMONPLACE_SECRET": new_token(),
        }
        with house(folder / "data", **variables) as here:
            here.sign_in()
            yield here


async def test_behind_a_pooler_people_live_as_everywhere(behind: House) -> None:
    with browser(behind, behind.cookie) as client:
        headers = proof(client)
        assert client.post("/account/profile", data={"name": "Ada"}, headers=headers).status_code == 303
        assert "Ada" in client.get("/account").text
        assert client.post("/preferences", data={"theme": "dark", "timezone": "UTC"}, headers=headers).is_redirect
        token = client.post("/api/tokens", json={"name": "t", "scopes": ["read"]}, headers=headers).json()["token"]
        assert client.post("/account/data/archives", headers=headers).is_redirect
    with httpx2.Client(base_url=f"http://127.0.0.1:{behind.port}") as program:
        told = program.get("/api/me", headers={"authorization": f"Bearer {token}"})
        assert told.json()["name"] == "Ada"
        assert program.get("/health/ready").status_code == 200
    assert _archive_comes(behind), "the job that makes an archive never ends"


def _archive_comes(here: House) -> bool:
    with browser(here, here.cookie) as client:
        for _ in range(PATIENCE):
            if re.search(r"/account/data/archives/[0-9a-f-]{36}\"", client.get("/account/data").text):
                return True
    return False


async def test_behind_a_pooler_many_at_once_get_their_own_answers(behind: House) -> None:
    paths = [
        "/account/data",
        "/account",
        "/preferences",
        "/notifications",
        "/account/devices",
        "/api/me",
        "/api/sessions",
        "/help",
    ]

    def visit(number: int) -> list[int]:
        with browser(behind, behind.cookie) as client:
            return [client.get(paths[(number + step) % len(paths)]).status_code for step in range(30)]

    with ThreadPoolExecutor(8) as threads:
        statuses = [status for found in threads.map(visit, range(8)) for status in found]
    print(f"pooler: {sum(status != 200 for status in statuses)} of {len(statuses)} answers were wrong")
    assert set(statuses) == {200}
