"""The way to a provider and back, as a browser goes it."""

import logging
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from app.auth import identities, invitations
from app.auth.tables import User
from app.core.asker import Asker
from app.core.settings import Settings
from app.database.engine import db
from tests import cast
from tests.cast import Player
from tests.oidc.forger import Forger
from tests.oidc.steps import HOSTILE_PATHS, VERIFIED, adopted

Browser = httpx2.AsyncClient
STORABLE_PATHS = [path for path in HOSTILE_PATHS if "\x00" not in path]  # the others are refused at the door


async def leave(client: Browser, address: str = "/sign-in/oidc", next_path: str = "/") -> httpx2.Response:
    """Press the button."""
    page = "/preferences" if address.startswith("/account") else "/sign-in"
    proof = await cast.csrf(client, page)
    return await client.post(
        address, data={"_csrf": proof, "next": next_path}, headers={"origin": str(client.base_url)}
    )


def departure(response: httpx2.Response) -> str:
    """Where the browser is sent."""
    assert response.status_code == 200, response.text
    return response.headers["refresh"].removeprefix('0; url="').removesuffix('"')


async def come_back(client: Browser, liar: Forger, url: str) -> httpx2.Response:
    """Sign in there, and return."""
    back = liar.approve(url)
    return await client.get(f"/sign-in/oidc/callback?{urlencode(vars(back))}")


async def all_the_way(client: Browser, liar: Forger, next_path: str = "/") -> httpx2.Response:
    return await come_back(client, liar, departure(await leave(client, next_path=next_path)))


async def said(client: Browser, response: httpx2.Response) -> str:
    """The page that the answer leads to."""
    assert response.status_code == 303
    page = await client.get(response.headers["location"])
    return page.text


async def test_a_newcomer_signs_in_and_is_asked_three_questions(house: Settings, client: Browser, liar: Forger) -> None:
    liar.person = VERIFIED
    response = await all_the_way(client, liar)
    assert (response.status_code, response.headers["location"]) == (303, "/welcome")
    assert (await client.get("/preferences")).status_code == 200


async def test_the_browser_is_sent_away_without_a_redirect_and_without_a_script(
    house: Settings, client: Browser, liar: Forger
) -> None:
    response = await leave(client)
    assert departure(response).startswith(f"{liar.issuer}/authorize?")
    assert "form-action 'self'" in response.headers["content-security-policy"]
    assert f'href="{liar.issuer}/authorize?' in response.text


async def test_a20_a_sign_in_is_begun_by_a_form_of_ours_alone(house: Settings, client: Browser, liar: Forger) -> None:
    assert (await client.post("/sign-in/oidc", data={"next": "/"})).status_code == 403
    assert (await client.get("/sign-in/oidc")).status_code in (404, 405)
    assert liar.asked.total() == 0


async def test_a14_another_browser_cannot_finish_it(
    house: Settings, client: Browser, other_client: Browser, liar: Forger
) -> None:
    liar.person = VERIFIED
    url = departure(await leave(client))
    refused = await come_back(other_client, liar, url)
    assert "begun in another browser" in await said(other_client, refused)
    assert "session" not in other_client.cookies
    assert (await come_back(client, liar, url)).headers["location"] == "/welcome"


async def test_a14_two_tabs_both_arrive(house: Settings, client: Browser, liar: Forger) -> None:
    liar.person = VERIFIED
    first, second = departure(await leave(client, next_path="/one")), departure(await leave(client, next_path="/two"))
    for url, path in ((second, "/two"), (first, "/one")):
        response = await come_back(client, liar, url)
        assert response.headers["location"] == f"/welcome?next={path}"


@pytest.mark.parametrize("query", ["", "state=&code=", "state=x&code=y", "error=server_error"])
async def test_a14_a_callback_that_nobody_began_leads_back_to_the_door(
    house: Settings, client: Browser, query: str
) -> None:
    response = await client.get(f"/sign-in/oidc/callback?{query}")
    assert response.headers["location"] == "/sign-in"
    assert "begin again" in await said(client, response)


@pytest.mark.parametrize("path", STORABLE_PATHS, ids=range(len(STORABLE_PATHS)))
async def test_a15_one_arrives_on_this_host(
    house: Settings, client: Browser, liar: Forger, path: str, alice: Player
) -> None:
    liar.person = {"email": alice.email, "email_verified": True}
    response = await all_the_way(client, liar, path)
    assert response.headers["location"] == "/"


async def test_a15_after_the_callback_no_code_is_in_an_address_or_a_log(
    house: Settings, client: Browser, liar: Forger, caplog: pytest.LogCaptureFixture
) -> None:
    liar.person = VERIFIED
    url = departure(await leave(client))
    back = liar.approve(url)
    with caplog.at_level(logging.DEBUG, "commonplace"):
        response = await client.get(f"/sign-in/oidc/callback?{urlencode(vars(back))}")
    secrets = (back.code, back.state, liar.last_token)
    assert not any(secret in response.headers["location"] + caplog.text for secret in secrets)
    assert response.headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert response.headers["cache-control"] == "no-store"


async def test_a19_a_session_that_somebody_planted_is_not_the_one_that_counts(
    house: Settings, client: Browser, liar: Forger
) -> None:
    liar.person = VERIFIED
    client.cookies.set("session", "planted")
    response = await all_the_way(client, liar)
    assert "session=planted" not in response.headers.get("set-cookie", "")
    client.cookies.delete("session")
    client.cookies.set("session", "planted")
    assert (await client.get("/preferences")).status_code == 303


async def test_a19_who_signs_in_again_ends_the_session_before(house: Settings, client: Browser, liar: Forger) -> None:
    liar.person = VERIFIED
    await all_the_way(client, liar)
    before = client.cookies["session"]
    client.cookies.delete("session")
    url = departure(await leave(client))
    client.cookies.set("session", before)
    await come_back(client, liar, url)
    rows = await db.fetch("select revoked_at is null as holds from login_sessions order by created_at")
    assert [row["holds"] for row in rows] == [False, True]


async def test_b19_while_a_provider_is_away_the_page_says_so_and_who_is_in_stays_in(
    house: Settings, client: Browser, other_client: Browser, liar: Forger, alice: Player
) -> None:
    await cast.sign_in(other_client, alice)
    liar.statuses = {"/.well-known/openid-configuration": 500}
    response = await leave(client)
    assert response.headers["location"] == "/sign-in"
    page = await said(client, response)
    assert "Liar &amp; Sons is not answering at the moment" in page
    statuses = [(await other_client.get("/preferences")).status_code for _ in range(10)]
    print(f"B19: provider away, pages for who is signed in: {statuses.count(200)} of {len(statuses)}")
    assert statuses == [200] * 10


async def test_who_says_no_at_the_provider_is_back_at_the_door(house: Settings, client: Browser, liar: Forger) -> None:
    state = parse_qs(urlsplit(departure(await leave(client))).query)["state"][0]
    response = await client.get(f"/sign-in/oidc/callback?error=access_denied&state={state}")
    assert "did not sign you in" in await said(client, response)


async def test_a_provider_that_is_not_set_up_is_not_there(house: Settings, client: Browser) -> None:
    assert (await leave(client, "/sign-in/google")).status_code == 404
    assert (await client.get("/sign-in/google/callback?state=x&code=y")).status_code == 404


async def test_an_invitation_is_still_known_after_the_provider(
    settings: Settings, house: Settings, client: Browser, liar: Forger, root: Player
) -> None:
    adopted(settings, liar, registration="invitation")
    asker = Asker(root.id, root.name, root.email, "ADMIN")
    given = await invitations.create(asker, "", "TEAM_LEAD")
    liar.person = VERIFIED
    refused = await all_the_way(client, liar)
    assert "by invitation" in await said(client, refused)
    await client.get(urlsplit(given.link).path)
    assert (await all_the_way(client, liar)).headers["location"] == "/welcome"
    row = await User.select(User.role).where(User.email == VERIFIED["email"]).first().run()
    assert row == {"role": "TEAM_LEAD"}


async def test_alice_links_and_unlinks_an_identity(
    house: Settings, client: Browser, liar: Forger, alice: Player
) -> None:
    await cast.sign_in(client, alice)
    for subject in ("subject-1", "subject-2"):
        liar.person = {"sub": subject}
        response = await come_back(client, liar, departure(await leave(client, "/account/link/oidc")))
        assert response.headers["location"] == "/account/identities"
    first, second = await identities.listed(alice.id)
    await leave(client, f"/account/unlink/{first.id}")
    await leave(client, f"/account/unlink/{second.id}")
    assert await identities.listed(alice.id) == [second]


async def test_nobody_links_without_being_signed_in(house: Settings, client: Browser, liar: Forger) -> None:
    proof = await cast.csrf(client, "/sign-in")
    headers = {"origin": str(client.base_url)}
    response = await client.post("/account/link/oidc", data={"_csrf": proof}, headers=headers)
    assert response.headers["location"].startswith("/sign-in")
    assert liar.asked.total() == 0
