"""Links that sign in once: by mail, and from the console."""

import asyncio
import logging
from dataclasses import replace

import httpx2
import pytest

from app.auth import links, people, registration
from app.auth.links import SignedIn
from app.auth.registration import Newcomer
from app.auth.sessions import Origin, holder
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.core.log import redacted
from app.core.settings import Settings, adopt
from app.database.engine import db
from app.preferences import service as preferences
from tests.auth.post_office import PostOffice
from tests.cast import Player, csrf

BROWSER = Origin("Firefox/140.0 (X11; Linux)", "192.0.2.1")


async def token_for(address: str, office: PostOffice) -> str:
    """The token in the letter that this address gets."""
    before = len(office.letters)
    await links.ask(address, "/preferences")
    await office.delivery(before + 1)
    return office.link().rpartition("/")[2]


async def console_token(settings: Settings) -> str:
    return (await links.local_link(settings)).rpartition("/")[2]


async def aged(minutes: float) -> None:
    await db.fetch("update verification_tokens set expires_at = expires_at - $1::float8 * interval '1 minute'", minutes)


async def count(sql: str) -> int:
    return int(await db.fetch_value(f"select count(*) from {sql}"))


async def settled() -> None:
    """Wait until every job is done."""
    async with asyncio.timeout(20):
        while await count("jobs where state in ('READY', 'RUNNING')"):
            await asyncio.sleep(0.02)


# By mail --------------------------------------------------------------------------------------------------------------


async def test_a_letter_brings_somebody_to_where_they_wanted_to_go(office: PostOffice, alice: Player) -> None:
    signed_in = await links.redeem(await token_for("alice@example.com", office), BROWSER)
    asker = await holder(signed_in.token)
    assert asker is not None
    assert (asker.id, signed_in.next_path) == (alice.id, "/preferences")


async def test_a_link_works_once_of_fifty_times_at_once(office: PostOffice, alice: Player) -> None:
    token = await token_for("alice@example.com", office)
    found = await asyncio.gather(*(links.redeem(token, BROWSER) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(one, SignedIn) for one in found) == 1
    assert sum(isinstance(one, NotFound) for one in found) == 49
    assert await count("login_sessions") == 1


async def test_a_link_works_for_a_quarter_of_an_hour(office: PostOffice, alice: Player) -> None:
    token = await token_for("alice@example.com", office)
    await aged(14.9)
    await links.shown(token)
    await aged(0.2)
    with pytest.raises(NotFound, match="quarter of an hour"):
        await links.shown(token)
    with pytest.raises(NotFound):
        await links.redeem(token, BROWSER)


async def test_looking_at_a_link_does_not_use_it_up(office: PostOffice, alice: Player) -> None:
    token = await token_for("alice@example.com", office)
    for _ in range(20):
        assert (await links.shown(token)).address == "alice@example.com"
    assert (await links.redeem(token, BROWSER)).token


async def test_a24_neither_the_queue_nor_the_database_knows_the_token(office: PostOffice, alice: Player) -> None:
    token = await token_for("alice@example.com", office)
    await settled()
    for table in ("jobs", "verification_tokens", "audit_logs", "rate_counts"):
        assert await count(f"{table} t where t::text like '%{token}%'") == 0
    assert await count("jobs where state = 'DONE'") == 1


@pytest.mark.parametrize("address", ["stranger@example.com", "alice@example.org", "no address", "", "\x00@example.com"])
async def test_nobody_is_written_to_who_may_not_come_in(office: PostOffice, alice: Player, address: str) -> None:
    await links.ask(address, "/")
    await settled()
    assert office.letters == []


async def test_a13_the_letter_goes_to_the_address_as_the_account_has_it(office: PostOffice, alice: Player) -> None:
    await token_for("ALICE@Example.COM", office)
    assert office.envelopes[0].rcpt_tos == ["alice@example.com"]


async def test_a13_no_letter_opens_an_account_whose_address_nobody_confirmed(office: PostOffice, alice: Player) -> None:
    await db.fetch("update users set email_verified_at = null")
    await links.ask("alice@example.com", "/")
    await settled()
    assert office.letters == []


async def test_a18_no_letter_opens_a_closed_account(office: PostOffice, alice: Player) -> None:
    token = await token_for("alice@example.com", office)
    await people.deactivate("console", alice.id)
    with pytest.raises(NotFound):
        await links.redeem(token, BROWSER)
    await links.ask("alice@example.com", "/")
    await settled()
    assert len(office.letters) == 1


async def test_a13_a_link_does_not_open_the_account_that_took_the_address_over(
    office: PostOffice, alice: Player, bob: Player
) -> None:
    token = await token_for("alice@example.com", office)
    await db.fetch("update users set email = 'old@example.com' where id = $1", alice.id)
    await db.fetch("update users set email = 'alice@example.com' where id = $1", bob.id)
    with pytest.raises(Forbidden, match="no longer belongs"):
        await links.redeem(token, BROWSER)
    assert await count("login_sessions") == 0


async def test_in_an_open_house_a_letter_makes_the_account(office: PostOffice, settings: Settings) -> None:
    opened(settings, office)
    signed_in = await links.redeem(await token_for("dora.dee@example.com", office), BROWSER)
    asker = await holder(signed_in.token)
    assert asker is not None
    assert (asker.name, asker.role, asker.onboarded) == ("Dora Dee", "DEVELOPER", False)
    assert (await people.profile(asker.id)).is_verified


async def test_two_letters_to_a_newcomer_lead_to_one_account(office: PostOffice, settings: Settings) -> None:
    opened(settings, office)
    tokens = [await token_for("dora@example.com", office) for _ in range(2)]
    for token in tokens:
        await links.redeem(token, BROWSER)
    assert await count("users") == 1
    assert await count("login_sessions") == 2


async def test_a13_a_letter_does_not_open_an_account_that_claimed_the_address_meanwhile(
    office: PostOffice, settings: Settings
) -> None:
    opened(settings, office)
    token = await token_for("dora@example.com", office)
    await registration.join(Newcomer(address="dora@example.com", how="provider", is_verified=False))
    with pytest.raises(Forbidden, match="no longer belongs"):
        await links.redeem(token, BROWSER)
    assert await count("login_sessions") == 0


async def test_a_house_that_closed_meanwhile_lets_nobody_in(office: PostOffice, settings: Settings) -> None:
    opened(settings, office)
    token = await token_for("dora@example.com", office)
    adopt(replace(settings, registration="closed"))
    with pytest.raises(Forbidden):
        await links.redeem(token, BROWSER)
    assert await count("users") == 0


def opened(settings: Settings, office: PostOffice) -> None:
    url = f"smtp://127.0.0.1:{office.port}"
    adopt(replace(settings, registration="open", smtp_url=url, mail_from="Book <book@example.com>"))


async def test_a_letter_is_written_in_the_language_of_who_asked(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player
) -> None:
    client.headers["accept-language"] = "de"
    await ask(client, "alice@example.com")
    await office.delivery()
    letter = office.letters[0].get_body(("html",))
    assert letter is not None
    assert 'lang="de"' in letter.get_content()


async def test_a_letter_to_somebody_known_is_in_their_own_language(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player
) -> None:
    await preferences.change(alice.id, language="de")
    client.headers["accept-language"] = "en"
    await ask(client, "alice@example.com")
    await office.delivery()
    assert office.letters[0]["Subject"] == "Anmelden bei Commonplace"


# From the console -----------------------------------------------------------------------------------------------------


async def test_a17_the_consoles_link_makes_the_first_administrator(database: object, settings: Settings) -> None:
    link = await links.local_link(settings)
    assert link.startswith("http://127.0.0.1:8080/sign-in/link/")
    asker = await holder((await links.redeem(link.rpartition("/")[2], BROWSER)).token)
    assert asker is not None
    assert (asker.role, asker.onboarded) == ("ADMIN", False)


async def test_a17_fifty_who_use_the_consoles_link_at_once_are_one_administrator(
    database: object, settings: Settings
) -> None:
    for _ in range(20):
        await db.fetch("delete from users")
        token = await console_token(settings)
        await asyncio.gather(*(links.redeem(token, BROWSER) for _ in range(50)), return_exceptions=True)
        assert await count("users where role = 'ADMIN'") == 1
        assert await count("users") == await count("login_sessions") == 1


async def test_a17_fifty_consoles_at_once_have_one_administrator(database: object, settings: Settings) -> None:
    tokens = await asyncio.gather(*(console_token(settings) for _ in range(50)))
    await asyncio.gather(*(links.redeem(token, BROWSER) for token in tokens), return_exceptions=True)
    assert await count("users where role = 'ADMIN'") == await count("users") == 1


async def test_a17_the_next_link_opens_the_same_administrator(database: object, settings: Settings) -> None:
    for _ in range(3):
        await links.redeem(await console_token(settings), BROWSER)
    assert await count("users") == 1


async def test_a_new_start_ends_the_link_of_the_one_before(database: object, settings: Settings) -> None:
    before = await console_token(settings)
    await console_token(settings)
    with pytest.raises(NotFound):
        await links.redeem(before, BROWSER)


async def test_there_is_no_console_link_where_people_come_from_a_provider(database: object, settings: Settings) -> None:
    assert await links.local_link(replace(settings, oidc_issuer="https://id.example.com")) == ""
    assert await count("verification_tokens") == 0


async def test_the_console_can_make_a_link_for_one_person(root: Player, alice: Player) -> None:
    token = (await links.link_for(alice.id)).rpartition("/")[2]
    assert (await links.shown(token)).address == "alice@example.com"
    asker = await holder((await links.redeem(token, BROWSER)).token)
    assert asker is not None
    assert asker.id == alice.id
    assert await count("audit_logs where action = 'auth.link_made' and actor_label = 'console'") == 1


async def test_nobody_makes_a_link_for_somebody_who_is_not_here(alice: Player) -> None:
    await people.deactivate("console", alice.id)
    for user_id in (alice.id, new_id()):
        with pytest.raises(NotFound):
            await links.link_for(user_id)


# In the browser -------------------------------------------------------------------------------------------------------


async def ask(client: httpx2.AsyncClient, address: str, next_path: str = "/") -> httpx2.Response:
    sent = {"_csrf": await csrf(client, "/sign-in"), "address": address, "next": next_path}
    return await client.post("/sign-in", data=sent)


async def use(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    page = f"/sign-in/link/{token}"
    return await client.post(page, data={"_csrf": await csrf(client, page)})


async def test_the_page_says_the_same_to_everybody(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player
) -> None:
    known, unknown = await ask(client, "alice@example.com"), await ask(client, "stranger@example.com")
    assert known.status_code == unknown.status_code == 303
    assert known.headers["location"] == unknown.headers["location"] == "/sign-in/sent"
    assert "If this address may sign in here" in (await client.get("/sign-in/sent")).text


async def test_a19_the_button_signs_in_with_a_cookie_that_scripts_cannot_read(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player
) -> None:
    token = await token_for("alice@example.com", office)
    answer = await use(client, token)
    assert (answer.status_code, answer.headers["location"]) == (303, "/preferences")
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("session="))
    assert "HttpOnly; SameSite=Lax" in cookie
    assert (await client.get("/api/me")).json()["email"] == "alice@example.com"


async def test_a20_a_link_is_not_used_by_getting_it_nor_without_the_pages_proof(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player
) -> None:
    page = f"/sign-in/link/{await token_for('alice@example.com', office)}"
    for _ in range(3):
        assert (await client.get(page)).status_code == 200
        assert (await client.head(page)).status_code in (200, 405)
    assert (await client.post(page)).status_code == 403
    assert await count("login_sessions") == 0
    assert await count("verification_tokens") == 1


async def test_a19_a_session_chosen_before_signing_in_is_worth_nothing_after(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player
) -> None:
    client.cookies.set("session", "chosen-by-an-attacker", domain="127.0.0.1", path="/")
    token = await token_for("alice@example.com", office)
    await use(client, token)
    assert client.cookies.get("session", domain="127.0.0.1", path="/") != "chosen-by-an-attacker"
    assert await holder("chosen-by-an-attacker") is None


async def test_a_link_that_is_over_says_so_and_leads_on(client: httpx2.AsyncClient, alice: Player) -> None:
    answer = await client.get("/sign-in/link/unknown")
    assert answer.status_code == 404
    assert "This link is over" in answer.text
    assert 'href="/sign-in"' in answer.text


async def test_a24_no_log_has_the_token_of_a_link(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    token = await token_for("alice@example.com", office)
    await use(client, token)
    await client.get(f"/sign-in/link/{token}")
    from_us = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "mail.log"))]
    assert all(token not in message for message in from_us)


@pytest.mark.parametrize("path", ["/sign-in/link/", "/sign-in/address/", "/invitation/"])
def test_a24_the_log_takes_links_out_should_one_ever_get_there(path: str) -> None:
    assert redacted(f"GET http://h{path}aB-_9 200") == f"GET http://h{path}… 200"


@pytest.mark.parametrize(
    "next_path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_a15_a_link_leads_nowhere_else(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player, next_path: str
) -> None:
    await ask(client, "alice@example.com", next_path)
    await office.delivery()
    answer = await use(client, office.link().rpartition("/")[2])
    assert answer.headers["location"] == "/"


async def not_at_the_end(window: int) -> None:
    """Limits are counted per window of the clock: begin where the test fits into the present one."""
    left = window - now().timestamp() % window
    if left < 5:
        await asyncio.sleep(left)


async def test_a21_an_address_is_not_flooded_with_letters(
    office: PostOffice, client: httpx2.AsyncClient, alice: Player
) -> None:
    await not_at_the_end(300)
    answers = [await ask(client, address) for address in ["alice@example.com", "ALICE@example.com"] * 4]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429] * 3
    assert int(answers[-1].headers["retry-after"]) > 0
    await settled()
    assert len(office.letters) == 5


async def test_a21_one_peer_does_not_try_addresses_without_end(office: PostOffice, client: httpx2.AsyncClient) -> None:
    await not_at_the_end(300)
    proof = await csrf(client, "/sign-in")
    sent = [{"_csrf": proof, "address": f"someone{number}@example.com"} for number in range(31)]
    answers = [
        await client.post("/sign-in", data=one, headers={"x-forwarded-for": f"198.51.100.{i}"})
        for i, one in enumerate(sent)
    ]
    assert [answer.status_code for answer in answers] == [303] * 30 + [429]


async def test_what_is_no_address_is_said_beside_the_field(office: PostOffice, client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "alice at example.com")
    assert answer.status_code == 400
    assert 'value="alice at example.com"' in answer.text
    assert "This does not look like a mail address." in answer.text
