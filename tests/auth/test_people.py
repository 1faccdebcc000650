"""Accounts: named, promoted, closed, opened again; and never without an administrator."""

import asyncio

import httpx2
import pytest

from app.auth import links, people, registration, sessions, tokens
from app.auth.registration import Newcomer
from app.auth.sessions import Origin
from app.core.asker import Asker
from app.core.errors import AppError, Conflict, Duplicate, NotFound, Rejected
from app.core.events import PersonDeactivated, subscribe
from app.core.ids import new_id
from app.core.paging import Cursor
from app.core.settings import Settings
from app.database.engine import db
from tests import cast
from tests.auth.post_office import PostOffice
from tests.cast import Player, csrf, sign_in


async def signed_in(player: Player) -> str:
    return await sessions.begin(player.id, "test", Origin())


async def count(sql: str, *values: object) -> int:
    return int(await db.fetch_value(f"select count(*) from {sql}", *values))


async def audited() -> list[str]:
    return [row["action"] for row in await db.fetch("select action from audit_logs order by id")]


# Found and listed -----------------------------------------------------------------------------------------------------


async def test_a_person_has_a_profile(alice: Player) -> None:
    profile = await people.profile(alice.id)
    assert (profile.name, profile.email, profile.is_verified, profile.is_active) == ("Alice", alice.email, True, True)


async def test_an_unknown_person_is_not_found(database: object) -> None:
    with pytest.raises(NotFound):
        await people.profile(new_id())


@pytest.mark.parametrize("address", ["alice@example.com", "ALICE@EXAMPLE.COM"])
async def test_a_person_is_found_by_their_address_in_any_case(alice: Player, address: str) -> None:
    found = await people.at_address(address)
    assert found is not None
    assert found.id == alice.id


@pytest.mark.parametrize("address", ["bob@example.com", "", "\x00", "%"])
async def test_what_is_nobodys_address_finds_nobody(alice: Player, address: str) -> None:
    assert await people.at_address(address) is None


async def test_everybody_is_listed_once_the_newest_first(database: object) -> None:
    for number in range(7):
        await cast.enter(f"person{number}")
    names, after = [], None
    while True:
        page = await people.listed(after=after, size=3)
        names += [person.name for person in page.rows]
        if page.next is None:
            break
        after = Cursor.parse(str(page.next))
    assert names == [f"Person{number}" for number in reversed(range(7))]


@pytest.mark.parametrize(
    ("words", "names"), [("ali", ["Alice"]), ("BOB@", ["Bob"]), ("%", []), ("\x00", ["Bob", "Alice"])]
)
async def test_people_are_looked_for_by_name_or_address(
    alice: Player, bob: Player, words: str, names: list[str]
) -> None:
    assert [person.name for person in (await people.listed(words)).rows] == names


async def test_the_list_tells_when_somebody_was_here_last(alice: Player) -> None:
    assert (await people.listed()).rows[0].last_seen_at is None
    await signed_in(alice)
    assert (await people.listed()).rows[0].last_seen_at is not None


# Roles ----------------------------------------------------------------------------------------------------------------


async def test_a_role_is_given_and_written_down(root: Player, alice: Player) -> None:
    await people.set_role(root.id, alice.id, "ADMIN")
    assert (await people.profile(alice.id)).role == "ADMIN"
    row = await db.fetch_one("select actor_id, action, details from audit_logs")
    assert row is not None
    assert (row["actor_id"], row["action"]) == (root.id, "auth.role_changed")
    assert '"to": "ADMIN"' in row["details"]


async def test_a_new_role_counts_at_the_next_request(root: Player, alice: Player) -> None:
    token = await signed_in(alice)
    await people.set_role(root.id, alice.id, "STUDENT")
    asker = await sessions.holder(token)
    assert asker is not None
    assert asker.role == "STUDENT"


async def test_a25_there_is_no_role_that_is_not_on_the_list(root: Player, alice: Player) -> None:
    with pytest.raises(Rejected):
        await people.set_role(root.id, alice.id, "GOD")


async def test_the_last_administrator_stays_one(root: Player, alice: Player) -> None:
    with pytest.raises(Conflict, match="last administrator"):
        await people.set_role(root.id, root.id, "DEVELOPER")
    with pytest.raises(Conflict, match="last administrator"):
        await people.deactivate(root.id, root.id)
    assert (await people.profile(root.id)).role == "ADMIN"


async def test_a17_two_administrators_who_demote_each_other_at_once_leave_one(root: Player, alice: Player) -> None:
    for _ in range(20):
        await db.fetch("update users set role = 'ADMIN'")
        work = [people.set_role(root.id, alice.id, "DEVELOPER"), people.set_role(alice.id, root.id, "DEVELOPER")]
        found = await asyncio.gather(*work, return_exceptions=True)
        assert sum(isinstance(one, Conflict) for one in found) == 1
        assert await count("users where role = 'ADMIN'") == 1


async def test_nobody_gets_a_role_who_is_not_here(root: Player, alice: Player) -> None:
    await people.deactivate(root.id, alice.id)
    for person_id in (alice.id, new_id()):
        with pytest.raises(NotFound):
            await people.set_role(root.id, person_id, "ADMIN")


# Closing and opening --------------------------------------------------------------------------------------------------


async def test_a18_closing_an_account_ends_every_credential_at_once(
    root: Player, alice: Player, settings: Settings
) -> None:
    session = await signed_in(alice)
    asker = Asker(id=alice.id, name="Alice", email=alice.email, role="DEVELOPER")
    token = (await tokens.create(asker, "script", ["read"])).secret
    link = (await links.link_for(alice.id)).rpartition("/")[2]
    await people.deactivate(root.id, alice.id)
    assert await sessions.holder(session) is None
    assert await tokens.holder(token) is None
    with pytest.raises(NotFound):
        await links.redeem(link, Origin())
    assert await count("login_sessions where revoked_at is null") == 0
    assert await count("api_tokens where revoked_at is null") == 0


async def test_a18_the_next_request_of_a_closed_account_is_refused(
    client: httpx2.AsyncClient, root: Player, alice: Player
) -> None:
    await sign_in(client, alice)
    assert (await client.get("/api/me")).status_code == 200
    await people.deactivate(root.id, alice.id)
    assert (await client.get("/api/me")).status_code == 401
    assert (await client.get("/")).headers["location"].startswith("/sign-in")


async def test_closing_an_account_is_a_fact_and_is_written_down(root: Player, alice: Player) -> None:
    heard: list[PersonDeactivated] = []

    async def hear(fact: PersonDeactivated) -> None:
        heard.append(fact)

    subscribe(PersonDeactivated, hear)
    await people.deactivate(root.id, alice.id)
    assert PersonDeactivated(alice.id) in heard
    assert await audited() == ["auth.deactivated"]
    assert (await people.profile(alice.id)).deactivated_at is not None


async def test_a_closed_account_is_not_closed_again(root: Player, alice: Player) -> None:
    await people.deactivate(root.id, alice.id)
    with pytest.raises(NotFound):
        await people.deactivate(root.id, alice.id)
    assert await audited() == ["auth.deactivated"]


async def test_an_account_that_is_opened_again_holds_nothing_from_before(root: Player, alice: Player) -> None:
    session = await signed_in(alice)
    await people.deactivate(root.id, alice.id)
    await people.reactivate(root.id, alice.id)
    assert await sessions.holder(session) is None
    assert await sessions.holder(await signed_in(alice)) is not None
    with pytest.raises(NotFound):
        await people.reactivate(root.id, alice.id)


async def test_the_address_of_a_closed_account_is_free(root: Player, alice: Player) -> None:
    await people.deactivate(root.id, alice.id)
    await registration.join(Newcomer(address=alice.email, how="provider", is_verified=True))
    with pytest.raises(Duplicate, match="address"):
        await people.reactivate(root.id, alice.id)
    assert not (await people.profile(alice.id)).is_active


# What one is called ---------------------------------------------------------------------------------------------------


async def test_a_person_changes_what_they_are_called(alice: Player) -> None:
    profile = await people.update_profile(alice.id, "  Alice  A. ", "Alice", "")
    assert (profile.name, profile.first_name, profile.last_name) == ("Alice A.", "Alice", "")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "a\ud800", "a\u202eb"])
async def test_a_name_that_cannot_be_shown_is_refused_beside_its_field(alice: Player, name: str) -> None:
    with pytest.raises(Rejected) as wrong:
        await people.update_profile(alice.id, name)
    assert list(wrong.value.fields) == ["name"]
    assert (await people.profile(alice.id)).name == "Alice"


# Another address ------------------------------------------------------------------------------------------------------


async def confirmation(person: Player, address: str, office: PostOffice) -> str:
    """The token in the letter to the new address."""
    await people.ask_address(person.id, address)
    await office.delivery()
    assert office.envelopes[-1].rcpt_tos == [address]
    return office.link().rpartition("/")[2]


async def test_a_new_address_counts_once_it_was_confirmed(office: PostOffice, alice: Player) -> None:
    token = await confirmation(alice, "new@example.com", office)
    assert (await people.profile(alice.id)).email == alice.email
    await people.confirm_address(alice.id, token, None)
    profile = await people.profile(alice.id)
    assert (profile.email, profile.is_verified) == ("new@example.com", True)
    await office.delivery(2)
    assert office.envelopes[-1].rcpt_tos == [alice.email]
    assert "new@example.com" in office.text()


async def test_a19_a_new_address_signs_out_everywhere_else(office: PostOffice, alice: Player) -> None:
    here, there = await signed_in(alice), await signed_in(alice)
    kept = await sessions.holder(here)
    assert kept is not None
    await people.confirm_address(alice.id, await confirmation(alice, "new@example.com", office), kept.session_id)
    assert await sessions.holder(here) is not None
    assert await sessions.holder(there) is None


async def test_a13_nobody_else_confirms_it(office: PostOffice, alice: Player, bob: Player) -> None:
    token = await confirmation(alice, "new@example.com", office)
    with pytest.raises(NotFound):
        await people.confirm_address(bob.id, token, None)
    with pytest.raises(NotFound):
        await links.redeem(token, Origin())
    await people.confirm_address(alice.id, token, None)
    with pytest.raises(NotFound):
        await people.confirm_address(alice.id, token, None)


async def test_somebody_elses_address_gets_no_letter_and_the_answer_does_not_tell(
    office: PostOffice, alice: Player, bob: Player
) -> None:
    await people.ask_address(alice.id, bob.email)
    await people.ask_address(alice.id, "new@example.com")
    await office.delivery()
    assert [envelope.rcpt_tos for envelope in office.envelopes] == [["new@example.com"]]


async def test_an_address_that_was_taken_meanwhile_stays_with_who_has_it(office: PostOffice, alice: Player) -> None:
    token = await confirmation(alice, "new@example.com", office)
    await registration.join(Newcomer(address="new@example.com", how="provider"))
    with pytest.raises(Duplicate):
        await people.confirm_address(alice.id, token, None)
    assert (await people.profile(alice.id)).email == alice.email


@pytest.mark.parametrize("address", ["alice", "alice@example.com", "ALICE@example.com"])
async def test_an_address_that_changes_nothing_or_is_none_is_refused(
    office: PostOffice, alice: Player, address: str
) -> None:
    with pytest.raises(Rejected):
        await people.ask_address(alice.id, address)


async def test_without_a_mail_server_an_address_cannot_be_confirmed(alice: Player) -> None:
    with pytest.raises(Conflict, match="administrator"):
        await people.ask_address(alice.id, "new@example.com")


async def test_an_address_that_an_administrator_writes_down_is_not_confirmed_by_that(
    root: Player, alice: Player, bob: Player
) -> None:
    await people.set_address(root.id, alice.id, "new@example.com")
    profile = await people.profile(alice.id)
    assert (profile.email, profile.is_verified) == ("new@example.com", False)
    for address, person_id in ((bob.email, alice.id), ("other@example.com", new_id()), ("none", alice.id)):
        with pytest.raises(AppError):
            await people.set_address(root.id, person_id, address)


async def test_an_address_is_confirmed_in_the_browser_where_one_is_signed_in(
    office: PostOffice, client: httpx2.AsyncClient, other_client: httpx2.AsyncClient, alice: Player, bob: Player
) -> None:
    page = f"/sign-in/address/{await confirmation(alice, 'new@example.com', office)}"
    assert (await client.get(page)).headers["location"].startswith("/sign-in?next=")
    await sign_in(other_client, bob)
    assert (await other_client.get(page)).status_code == 404
    await sign_in(client, alice)
    answer = await client.post(page, data={"_csrf": await csrf(client, page)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert (await client.get("/api/me")).json()["email"] == "new@example.com"


async def test_nobody_changes_an_account_that_is_closed(office: PostOffice, root: Player, alice: Player) -> None:
    await people.deactivate(root.id, alice.id)
    with pytest.raises(NotFound):
        await people.update_profile(alice.id, "Alice")
    await people.send_confirmation(alice.id, "new@example.com")
    assert office.letters == []


async def test_an_address_that_nobody_confirmed_can_be_confirmed_as_it_is(office: PostOffice, alice: Player) -> None:
    await db.fetch("update users set email_verified_at = null")
    await people.confirm_address(alice.id, await confirmation(alice, alice.email, office), None)
    assert (await people.profile(alice.id)).is_verified
