"""The pages before and around being signed in."""

from dataclasses import replace

import httpx2
import pytest

from app.auth import invitations, links, people
from app.core.asker import Asker
from app.core.settings import Settings, adopt
from app.core.settings import settings as current
from app.database.engine import db
from app.preferences import service as preferences
from tests.auth.post_office import PostOffice
from tests.cast import Player, csrf, sign_in


async def enter_by_console(client: httpx2.AsyncClient, settings: Settings) -> httpx2.Response:
    """Sign in with the link that the terminal shows."""
    page = (await links.local_link(settings)).removeprefix("http://127.0.0.1:8080")
    return await client.post(page, data={"_csrf": await csrf(client, page)})


async def count(sql: str) -> int:
    return int(await db.fetch_value(f"select count(*) from {sql}"))


# The sign-in page -----------------------------------------------------------------------------------------------------


async def test_where_nothing_is_set_up_the_page_explains_the_consoles_link(client: httpx2.AsyncClient) -> None:
    text = (await client.get("/sign-in")).text
    assert "http://127.0.0.1:8080/sign-in/link/" in text
    assert "commonplace user link" in text
    assert 'name="address"' not in text


async def test_where_there_is_mail_the_page_asks_for_an_address(office: PostOffice, client: httpx2.AsyncClient) -> None:
    text = (await client.get("/sign-in")).text
    assert 'name="address"' in text
    assert "commonplace user link" not in text


async def test_every_provider_has_a_button(client: httpx2.AsyncClient, settings: Settings) -> None:
    adopt(replace(settings, google_client_id="g", oidc_issuer="https://id.example.com", oidc_name="Our school"))
    text = (await client.get("/sign-in?next=/preferences")).text
    assert 'action="/sign-in/google"' in text
    assert "Continue with Our school" in text
    assert 'name="next" value="/preferences"' in text


@pytest.mark.parametrize(
    ("registration", "sentence"),
    [
        ("closed", "Accounts are not open to everybody: ask Root, room 12."),
        ("invitation", "One joins by invitation: ask Root, room 12 for one."),
        ("domain", "Whoever has an address at example.com, example.org can just come in."),
        ("open", "Just come in: the first time makes your account."),
    ],
)
async def test_the_page_says_who_may_join_and_whom_to_ask(
    client: httpx2.AsyncClient, settings: Settings, registration: str, sentence: str
) -> None:
    domains = ("example.com", "example.org")
    adopt(replace(settings, registration=registration, registration_domains=domains, contact="Root, room 12"))  # type: ignore[arg-type]
    assert sentence in (await client.get("/sign-in")).text


async def test_who_is_signed_in_already_goes_on(client: httpx2.AsyncClient, alice: Player) -> None:
    await sign_in(client, alice)
    assert (await client.get("/sign-in?next=/preferences")).headers["location"] == "/preferences"


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/%5cevil.example", "https:evil.example", "/\t/evil.example", "/\r\nx: y"]
)
async def test_a15_the_page_leads_nowhere_else(client: httpx2.AsyncClient, alice: Player, wanted: str) -> None:
    await sign_in(client, alice)
    location = (await client.get("/sign-in", params={"next": wanted})).headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


async def test_a19_looking_at_the_sign_in_page_writes_nothing(client: httpx2.AsyncClient) -> None:
    for _ in range(5):
        await client.get("/sign-in")
    assert await count("login_sessions") == 0
    assert await count("rate_counts") == 0


# Signing out ----------------------------------------------------------------------------------------------------------


async def test_a19_signing_out_ends_the_session_and_clears_the_browser(
    client: httpx2.AsyncClient, alice: Player
) -> None:
    token = await sign_in(client, alice)
    answer = await client.post("/sign-out", data={"_csrf": await csrf(client)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "session=; Path=/; Max-Age=0" in str(answer.headers.get_list("set-cookie"))
    client.cookies.set("session", token, domain="127.0.0.1", path="/")
    assert (await client.get("/api/me")).status_code == 401


async def test_a20_nobody_is_signed_out_by_a_foreign_form(client: httpx2.AsyncClient, alice: Player) -> None:
    await sign_in(client, alice)
    proof = await csrf(client)
    assert (await client.post("/sign-out")).status_code == 403
    for header in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await client.post("/sign-out", data={"_csrf": proof}, headers=header)).status_code == 403
    assert (await client.get("/api/me")).status_code == 200


async def test_who_is_signed_out_already_just_arrives(client: httpx2.AsyncClient, settings: Settings) -> None:
    adopt(replace(settings, google_client_id="g"))
    answer = await client.post("/sign-out", data={"_csrf": await csrf(client, "/sign-in")})
    assert answer.headers["location"] == "/sign-in"


# The first visit ------------------------------------------------------------------------------------------------------


async def test_the_first_visit_begins_with_three_questions(client: httpx2.AsyncClient, settings: Settings) -> None:
    answer = await enter_by_console(client, settings)
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    text = (await client.get("/welcome")).text
    assert all(f'name="{field}"' in text for field in ("name", "language", "purpose"))
    assert "Administrator" not in text


async def test_the_answers_are_kept(client: httpx2.AsyncClient, settings: Settings) -> None:
    await enter_by_console(client, settings)
    sent = {
        "_csrf": await csrf(client, "/welcome"),
        "name": "Rosa",
        "language": "de",
        "purpose": "code",
        "next": "/preferences",
    }
    answer = await client.post("/welcome", data=sent)
    assert answer.headers["location"] == "/preferences"
    (person,) = (await people.listed()).rows
    assert person.name == "Rosa"
    assert (await preferences.of(person.id)).language == "de"
    assert await db.fetch_value("select onboarding ->> 'purpose' from users") == "code"
    assert (await client.get("/welcome")).headers["location"] == "/"


async def test_the_questions_can_be_skipped(client: httpx2.AsyncClient, settings: Settings) -> None:
    await enter_by_console(client, settings)
    answer = await client.post("/welcome", data={"_csrf": await csrf(client, "/welcome"), "name": "Typed", "skip": "1"})
    assert answer.headers["location"] == "/"
    assert (await people.listed()).rows[0].name == "Administrator"
    assert (await client.get("/welcome")).headers["location"] == "/"


@pytest.mark.parametrize(
    ("field", "value"), [("name", "x" * 101), ("name", "a\x00b"), ("purpose", "conquer"), ("name", "x" * 500)]
)
async def test_an_answer_that_cannot_be_kept_is_said_beside_the_field(
    client: httpx2.AsyncClient, settings: Settings, field: str, value: str
) -> None:
    await enter_by_console(client, settings)
    answer = await client.post("/welcome", data={"_csrf": await csrf(client, "/welcome"), field: value})
    assert answer.status_code == 400
    assert await count("users where onboarding ? 'done'") == 0


async def test_a25_the_first_answers_change_nothing_else(client: httpx2.AsyncClient, alice: Player) -> None:
    await db.fetch("update users set onboarding = '{}'")
    await sign_in(client, alice)
    extra = {"role": "ADMIN", "email": "x@example.com", "is_active": "false", "user_id": "1", "onboarding": "{}"}
    answer = await client.post("/welcome", data={"_csrf": await csrf(client, "/welcome"), "name": "Alice", **extra})
    assert answer.status_code == 303
    profile = await people.profile(alice.id)
    assert (profile.role, profile.email, profile.is_active) == ("DEVELOPER", alice.email, True)


# Invitations ----------------------------------------------------------------------------------------------------------


async def invited(root: Player, settings: Settings, email: str = "") -> str:
    adopt(replace(settings, registration="invitation"))
    asker = Asker(id=root.id, name=root.name, email=root.email, role="ADMIN")
    return (await invitations.create(asker, email, "TEAM_LEAD")).link.removeprefix("http://127.0.0.1:8080")


async def test_an_invitation_says_from_whom_and_is_not_used_by_looking(
    client: httpx2.AsyncClient, root: Player, settings: Settings
) -> None:
    page = await invited(root, settings, "dora@example.com")
    for _ in range(3):
        answer = await client.get(page)
        assert answer.status_code == 200
        assert "Root has kept a page for you" in answer.text
        assert "Join as dora@example.com" in answer.text
    assert await count("invitations where accepted_at is null") == 1
    assert await count("rate_counts") == 0


async def test_whoever_accepts_an_invitation_is_signed_in(
    client: httpx2.AsyncClient, root: Player, settings: Settings
) -> None:
    page = await invited(root, settings)
    sent = {"_csrf": await csrf(client, page), "name": "Dora", "address": "dora@example.com"}
    answer = await client.post(page, data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    me = (await client.get("/api/me")).json()
    assert (me["name"], me["role"], me["email_verified"]) == ("Dora", "TEAM_LEAD", False)
    assert "This link is over" in (await client.get(page)).text


@pytest.mark.parametrize(("address", "status"), [("nobody", 400), ("", 400), ("root@example.com", 409)])
async def test_an_address_that_cannot_join_is_said_beside_the_field(
    client: httpx2.AsyncClient, root: Player, settings: Settings, address: str, status: int
) -> None:
    page = await invited(root, settings)
    sent = {"_csrf": await csrf(client, page), "name": "Dora", "address": address}
    answer = await client.post(page, data=sent)
    assert answer.status_code == status
    assert 'id="field-address-error"' in answer.text
    assert 'value="Dora"' in answer.text
    assert await count("users") == 1


async def test_a25_an_invited_person_does_not_choose_the_role(
    client: httpx2.AsyncClient, root: Player, settings: Settings
) -> None:
    page = await invited(root, settings)
    sent = {"_csrf": await csrf(client, page), "address": "dora@example.com", "role": "ADMIN", "is_verified": "true"}
    await client.post(page, data=sent)
    assert await count("users where role = 'ADMIN'") == 1


async def test_an_invitation_goes_out_by_mail_with_a_link_that_works(
    office: PostOffice, client: httpx2.AsyncClient, root: Player
) -> None:
    adopt(replace(current(), registration="invitation"))
    asker = Asker(id=root.id, name=root.name, email=root.email, role="ADMIN")
    made = await invitations.create(asker, "dora@example.com", "DEVELOPER")
    assert made.link == ""
    await office.delivery()
    assert "Root invites you" in office.text()
    page = office.link().removeprefix("http://127.0.0.1:8080")
    answer = await client.post(page, data={"_csrf": await csrf(client, page)})
    assert answer.headers["location"] == "/welcome"
    assert (await client.get("/api/me")).json()["email_verified"] is True


# Cookies --------------------------------------------------------------------------------------------------------------


async def test_a20_under_tls_the_browser_itself_guards_the_cookie(
    client: httpx2.AsyncClient, settings: Settings
) -> None:
    adopt(replace(settings, public_url="https://127.0.0.1:8080"))
    client.base_url = httpx2.URL("https://127.0.0.1:8080")
    page = (await links.local_link(settings)).removeprefix("http://127.0.0.1:8080")
    answer = await client.post(page, data={"_csrf": await csrf(client, page)})
    cookie = next(line for line in answer.headers.get_list("set-cookie") if "session=" in line)
    assert cookie.startswith("__Host-session=")
    assert cookie.endswith("; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure")
