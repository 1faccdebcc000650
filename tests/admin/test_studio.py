"""The data browser: behind our sign-in, without credentials, and with every change written down."""

import sys
from collections.abc import AsyncIterator

import httpx2
import pytest
from litestar.types import ASGIApp

from app.admin.studio import CREDENTIALS, Studio, browser
from app.audit import service as audit
from app.auth import people
from app.core import lazy
from app.core.errors import Misconfigured
from app.core.settings import Settings
from app.database.address import Address
from tests.cast import Player, sign_in

USERS = "/studio/api/tables/users/"


@pytest.fixture(scope="session")
def studio(app: ASGIApp, settings: Settings) -> Studio:
    return Studio(app, browser(read_only=False, private=False), settings)


@pytest.fixture
async def desk(studio: Studio, database: Address) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in front of it."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=studio), base_url="http://127.0.0.1:8081"
    ) as client:
        yield client


async def csrf(desk: httpx2.AsyncClient) -> dict[str, str]:
    """What its own pages send along with a change."""
    await desk.get("/studio/")
    return {"x-csrftoken": desk.cookies["csrftoken"], "origin": "http://127.0.0.1:8081"}


async def edits() -> list[audit.Entry]:
    return list((await audit.entries(audit.Filter(action="studio."))).rows)


async def test_nobody_enters_without_our_sign_in(desk: httpx2.AsyncClient) -> None:
    for path in ("/studio", "/studio/", USERS, "/studio/public/meta/", "/studio/assets/x.js"):
        answer = await desk.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/studio/")


async def test_to_somebody_who_is_no_administrator_there_is_nothing_here(
    desk: httpx2.AsyncClient, alice: Player
) -> None:
    await sign_in(desk, alice)
    assert {(await desk.get(path)).status_code for path in ("/studio", "/studio/", USERS)} == {404}


async def test_an_administrator_sees_tables_but_no_credentials_and_nobodys_own(
    desk: httpx2.AsyncClient, root: Player
) -> None:
    await sign_in(desk, root)
    page = await desk.get("/studio/")
    shown = set((await desk.get("/studio/api/tables/")).json())
    assert page.status_code == 200
    assert {"users", "audit_logs", "webhook_deliveries"} <= shown
    assert not shown & (CREDENTIALS | {"notifications", "user_preferences", "user_stats", "jobs"})
    assert (await desk.get("/studio/api/tables/login_sessions/")).status_code == 404
    assert (await desk.get("/studio/api/user/")).json()["username"] == root.name
    assert [row["email"] for row in (await desk.get(USERS)).json()["rows"]] == [root.email]


async def test_a8_its_pages_run_nothing_but_their_own(desk: httpx2.AsyncClient, root: Player) -> None:
    await sign_in(desk, root)
    answer = await desk.get("/studio/")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_its_own_sign_in_is_not_reached(desk: httpx2.AsyncClient, root: Player) -> None:
    await sign_in(desk, root)
    for path in ("/studio/public/login/", "/studio/public/logout/", "/studio/api/change-password/"):
        assert (await desk.get(path)).status_code == 404


async def test_a_change_is_written_down(desk: httpx2.AsyncClient, root: Player, alice: Player) -> None:
    await sign_in(desk, root)
    answer = await desk.patch(f"{USERS}{alice.id}/", json={"name": "Alicia"}, headers=await csrf(desk))
    assert answer.status_code == 200, answer.text
    assert (await people.profile(alice.id)).name == "Alicia"
    entry = (await edits())[0]
    assert (entry.actor_id, entry.action, entry.resource) == (root.id, "studio.edited", "users")
    assert (entry.resource_id, entry.details) == (str(alice.id), {"method": "PATCH"})


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)
async def test_a20_a_change_from_elsewhere_is_refused(
    desk: httpx2.AsyncClient, root: Player, alice: Player, headers: dict[str, str]
) -> None:
    await sign_in(desk, root)
    answer = await desk.patch(f"{USERS}{alice.id}/", json={"name": "Eve"}, headers={**await csrf(desk), **headers})
    assert answer.status_code == 403
    assert (await people.profile(alice.id)).name == "Alice"
    assert await edits() == []


async def test_the_trail_cannot_be_changed_there_either(desk: httpx2.AsyncClient, root: Player) -> None:
    await sign_in(desk, root)
    await audit.record("tests", "tests.kept")
    entry = (await audit.entries(audit.Filter(action="tests."))).rows[0]
    answer = await desk.delete(f"/studio/api/tables/audit_logs/{entry.id}/", headers=await csrf(desk))
    assert answer.status_code == 405
    assert len((await audit.entries(audit.Filter(action="tests."))).rows) == 1


async def test_where_reading_is_all_nothing_can_be_changed(
    app: ASGIApp, settings: Settings, root: Player, alice: Player
) -> None:
    closed = Studio(app, browser(read_only=True, private=True), settings)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=closed), base_url="http://127.0.0.1:8081") as desk:
        await sign_in(desk, root)
        assert "notifications" in (await desk.get("/studio/api/tables/")).json()
        answer = await desk.patch(f"{USERS}{alice.id}/", json={"name": "Eve"}, headers=await csrf(desk))
        assert answer.status_code in (404, 405)
        assert (await people.profile(alice.id)).name == "Alice"


async def test_another_host_name_is_not_answered(desk: httpx2.AsyncClient, root: Player) -> None:
    await sign_in(desk, root)
    assert (await desk.get("/studio/", headers={"host": "rebound.example"})).status_code == 400


async def test_the_house_is_where_it_was(desk: httpx2.AsyncClient, root: Player) -> None:
    await sign_in(desk, root)
    assert (await desk.get("/preferences")).status_code == 200


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "piccolo_admin", None)
    monkeypatch.delitem(sys.modules, "piccolo_admin.endpoints", raising=False)
    with pytest.raises(Misconfigured, match=r"pip install .*\[studio\]"):
        browser(read_only=True, private=False)


def test_it_is_loaded_at_first_use() -> None:
    assert "piccolo_admin.endpoints" in lazy.HEAVY
