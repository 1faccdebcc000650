"""People and invitations in the administrators' hands."""

from datetime import timedelta
from typing import Any

import pytest

from app.audit import service as audit
from app.auth import people
from app.core.clock import now
from app.core.ids import new_id
from app.core.paging import Cursor
from app.database.engine import db
from tests import cast
from tests.account.browsing import Browser, described, said, send, valid
from tests.cast import Player, sign_in

SWAP = {"HX-Request": "true"}


async def crowd(many: int) -> None:
    for number in range(many):
        await cast.enter(f"guest{number:02}")


# People ---------------------------------------------------------------------------------------------------------------


def names(page: Any) -> list[str]:
    rows = [tag for tag in page.iter("tr") if (tag.get("id") or "").startswith("person-")]
    return ["".join(next(row.iter("a")).itertext()) for row in rows]


async def test_people_are_found_by_a_part_of_name_or_address(office: Browser, alice: Player, bob: Player) -> None:
    assert names(valid(await office.get("/admin/people?words=lic"))) == ["Alice"]
    assert names(valid(await office.get("/admin/people?words=BOB@example"))) == ["Bob"]
    assert "Nobody is called that" in (await office.get("/admin/people?words=%25")).text


async def test_a_long_list_comes_in_pages_that_neither_repeat_nor_skip(office: Browser) -> None:
    await crowd(65)
    seen: list[str] = []
    path = "/admin/people"
    while path:
        page = valid(await office.get(path))
        seen += names(page)
        path = next((tag.get("href") for tag in page.iter("a") if tag.get("rel") == "next"), "")
    assert len(seen) == len(set(seen)) == 66


async def test_a_search_is_kept_on_the_next_page(office: Browser) -> None:
    await crowd(40)
    page = valid(await office.get("/admin/people?words=guest"))
    older = next(tag.get("href") for tag in page.iter("a") if tag.get("rel") == "next")
    assert older.startswith("/admin/people?words=guest&after=")


async def test_htmx_gets_the_list_alone(office: Browser, alice: Player) -> None:
    answer = await office.get("/admin/people?words=alice", headers=SWAP)
    assert answer.text.lstrip().startswith('<div id="people"')
    assert "Alice" in answer.text


async def test_a_role_is_given_and_written_down(office: Browser, alice: Player, root: Player) -> None:
    answer = await send(office, f"/admin/people/{alice.id}/role", {"role": "TEAM_LEAD"})
    assert "The role holds from the next page on." in await said(office, answer)
    assert (await people.profile(alice.id)).role == "TEAM_LEAD"
    entry = (await audit.entries(audit.Filter(action="auth.role_changed"))).rows[0]
    assert (entry.actor_id, entry.details) == (root.id, {"from": "DEVELOPER", "to": "TEAM_LEAD"})


async def test_a_role_that_is_none_is_refused_beside_the_field(office: Browser, alice: Player) -> None:
    answer = await send(office, f"/admin/people/{alice.id}/role", {"role": "EMPEROR"})
    assert answer.status_code == 400
    assert "Choose one of the list." in described(valid(answer), "role")
    assert (await people.profile(alice.id)).role == "DEVELOPER"


async def test_the_last_administrator_stays_one(office: Browser, root: Player) -> None:
    demoted = await send(office, f"/admin/people/{root.id}/role", {"role": "STUDENT"})
    closed = await send(office, f"/admin/people/{root.id}/deactivate")
    assert demoted.status_code == closed.status_code == 409
    assert "This is the last administrator." in described(valid(demoted), "role")
    assert "This is the last administrator." in "".join(valid(closed).itertext())
    person = await people.profile(root.id)
    assert (person.role, person.is_active) == ("ADMIN", True)


async def test_a18_a_closed_account_is_out_at_the_next_request_and_can_be_opened_again(
    office: Browser, other_client: Browser, alice: Player
) -> None:
    await sign_in(other_client, alice)
    assert (await other_client.get("/preferences")).status_code == 200
    answer = await send(office, f"/admin/people/{alice.id}/deactivate")
    assert "The account is closed" in await said(office, answer)
    assert (await other_client.get("/preferences")).status_code == 303
    page = (await office.get(f"/admin/people/{alice.id}")).text
    assert "erased on" in page
    assert "Save the role" not in page
    answer = await send(office, f"/admin/people/{alice.id}/reactivate")
    assert "The account is open again." in await said(office, answer)
    assert (await people.profile(alice.id)).is_active
    assert (await other_client.get("/preferences")).status_code == 303


async def test_an_account_whose_address_is_taken_cannot_be_opened_again(office: Browser, alice: Player) -> None:
    await people.deactivate("console", alice.id)
    await cast.enter("alice")
    answer = await send(office, f"/admin/people/{alice.id}/reactivate")
    assert answer.status_code == 409
    valid(answer)
    assert not (await people.profile(alice.id)).is_active


async def test_an_address_is_written_down_or_refused_beside_the_field(
    office: Browser, alice: Player, bob: Player
) -> None:
    path = f"/admin/people/{alice.id}/address"
    assert (await send(office, path, {"address": "new@example.com"})).status_code == 303
    changed = await people.profile(alice.id)
    assert (changed.email, changed.is_verified) == ("new@example.com", False)
    taken = await send(office, path, {"address": bob.email})
    assert taken.status_code in (400, 409)
    assert described(valid(taken), "address").strip()
    assert bob.email in taken.text


@pytest.mark.parametrize("what", ["", "/role", "/address", "/deactivate", "/reactivate"])
async def test_somebody_who_does_not_exist_is_not_found(office: Browser, what: str) -> None:
    path = f"/admin/people/{new_id()}{what}"
    answer = await send(office, path, {"role": "ADMIN", "address": "x@example.com"}) if what else await office.get(path)
    assert answer.status_code == 404


async def test_a_page_that_was_promised_and_is_empty_says_so(office: Browser) -> None:
    long_ago = Cursor(now() - timedelta(days=9999), new_id())
    page = valid(await office.get(f"/admin/people?after={long_ago}"))
    assert "That was everybody" in "".join(page.itertext())


# Invitations ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("by_invitation")
async def test_an_invitations_link_is_shown_once(office: Browser) -> None:
    form = {"email": "", "role": "TEAM_LEAD", "days": "30"}
    made = await send(office, "/admin/invitations", form, page="/admin/invitations")
    shown = [tag.get("value") for tag in valid(made).iter("input") if tag.get("data-secret") is not None]
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    assert len(shown) == 1
    assert "/invitation/" in shown[0]
    again = await office.get("/admin/invitations")
    assert shown[0] not in again.text
    row = await db.fetch_one("select role, expires_at - created_at as holds from invitations")
    assert row is not None
    assert (row["role"], row["holds"]) == ("TEAM_LEAD", timedelta(days=30))


@pytest.mark.usefixtures("by_invitation")
@pytest.mark.parametrize(
    ("field", "wrong"), [("email", "no address"), ("role", "EMPEROR"), ("days", "3650"), ("days", "x"), ("role", "")]
)
async def test_an_invitation_that_cannot_be_is_refused_beside_the_field(
    office: Browser, field: str, wrong: str
) -> None:
    form = {"email": "eve@example.com", "role": "DEVELOPER", "days": "7", field: wrong}
    answer = await send(office, "/admin/invitations", form, page="/admin/invitations")
    assert answer.status_code == 400
    assert described(valid(answer), field).strip()
    assert "eve@example.com" in answer.text or field == "email"
    assert await db.fetch_value("select count(*) from invitations") == 0


async def test_while_registration_is_closed_the_form_says_so(office: Browser) -> None:
    answer = await send(office, "/admin/invitations", {"days": "7", "role": "DEVELOPER"}, page="/admin/invitations")
    assert answer.status_code == 409
    assert "COMMONPLACE_REGISTRATION" in described(valid(answer), "email")


@pytest.mark.usefixtures("by_invitation")
async def test_an_invitation_is_taken_back_once(office: Browser) -> None:
    await send(office, "/admin/invitations", {"days": "7", "role": "DEVELOPER"}, page="/admin/invitations")
    invitation = await db.fetch_value("select id from invitations")
    answer = await send(office, f"/admin/invitations/{invitation}/revoke", page="/admin/invitations")
    assert "leads nowhere now" in await said(office, answer)
    assert "Taken back" in (await office.get("/admin/invitations")).text
    again = await send(office, f"/admin/invitations/{invitation}/revoke", page="/admin/invitations")
    assert again.status_code == 404
