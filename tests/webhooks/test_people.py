"""What becomes of people as events about them arrive."""

from typing import Any

import httpx2
import pytest

from app.auth import people, reopening
from app.core import events
from app.core.clock import now, timedelta
from app.database.engine import db
from app.webhooks import listeners, service
from tests.cast import Player, sign_in
from tests.webhooks.clerk_events import NOON, Told, deliver

SUBJECT = Told("user.created", 0, "x").subject


async def _person(subject: str = SUBJECT) -> dict[str, Any]:
    row = await db.fetch_one("select * from users where clerk_id = $1", subject)
    assert row is not None
    return dict(row)


async def _delivery(delivery_id: str) -> dict[str, Any]:
    row = await db.fetch_one("select * from webhook_deliveries where delivery_id = $1", delivery_id)
    assert row is not None
    return dict(row)


async def _outcome(client: httpx2.AsyncClient, told: Told) -> str:
    answer = await deliver(client, told)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


async def test_a_new_person_gets_an_account(client: httpx2.AsyncClient, secret: str) -> None:
    assert await _outcome(client, Told("user.created", 1, "msg_1")) == "APPLIED"
    person = await _person()
    assert (person["name"], person["email"], person["role"]) == ("Ada Lovelace", "ada@example.org", "DEVELOPER")
    assert person["email_verified_at"] == person["clerk_event_at"] == NOON + timedelta(seconds=1)
    assert await db.fetch_value("select count(*) from user_stats where user_id = $1", person["id"]) == 1


async def test_an_update_changes_the_profile(client: httpx2.AsyncClient, secret: str) -> None:
    await deliver(client, Told("user.created", 1, "msg_1"))
    assert await _outcome(client, Told("user.updated", 2, "msg_2", first_name="Augusta", email="a@b.org")) == "APPLIED"
    person = await _person()
    assert (person["name"], person["email"]) == ("Augusta Lovelace", "a@b.org")


async def test_an_update_of_somebody_unknown_makes_the_account(client: httpx2.AsyncClient, secret: str) -> None:
    assert await _outcome(client, Told("user.updated", 2, "msg_2")) == "APPLIED"
    assert (await _person())["is_active"]


async def test_a_deletion_closes_the_account_and_ends_its_sessions(
    client: httpx2.AsyncClient, other_client: httpx2.AsyncClient, secret: str
) -> None:
    await deliver(client, Told("user.created", 1, "msg_1"))
    person = await _person()
    await sign_in(other_client, Player(person["id"], person["name"], person["email"]))
    assert (await other_client.get("/preferences")).status_code == 200
    assert await _outcome(client, Told("user.deleted", 2, "msg_2")) == "APPLIED"
    assert (await other_client.get("/preferences")).status_code == 303
    person = await _person()
    assert not person["is_active"]
    assert person["deactivated_at"] is not None


async def test_the_deletion_of_somebody_unknown_is_fine(client: httpx2.AsyncClient, secret: str) -> None:
    assert await _outcome(client, Told("user.deleted", 2, "msg_2")) == "APPLIED"
    assert await db.fetch_value("select count(*) from users") == 0


@pytest.mark.parametrize("kind", ["user.created", "user.updated"])
async def test_nobody_comes_back_by_a_late_event(client: httpx2.AsyncClient, secret: str, kind: str) -> None:
    await deliver(client, Told("user.deleted", 2, "msg_2"))
    for second in (1, 3):
        await deliver(client, Told(kind, second, f"msg_late_{second}"))
    assert await db.fetch_value("select count(*) from users where is_active") == 0


async def test_an_account_with_the_verified_address_is_linked(
    client: httpx2.AsyncClient, secret: str, alice: Player
) -> None:
    await deliver(client, Told("user.created", 1, "msg_1", email=alice.email.upper()))
    assert (await _person())["id"] == alice.id
    assert await db.fetch_value("select count(*) from users") == 1


async def test_an_account_is_not_linked_by_an_unverified_address(
    client: httpx2.AsyncClient, secret: str, alice: Player
) -> None:
    answer = await deliver(client, Told("user.created", 1, "msg_1", email=alice.email, is_verified=False))
    assert (answer.status_code, answer.json()["code"]) == (409, "ADDRESS_TAKEN")
    assert (await _delivery("msg_1"))["outcome"] == "FAILED"
    assert await db.fetch_value("select count(*) from users where clerk_id is not null") == 0


async def test_a13_an_account_that_only_claims_the_address_is_not_linked(
    client: httpx2.AsyncClient, secret: str, alice: Player
) -> None:
    await db.fetch("update users set email_verified_at = null where id = $1", alice.id)
    answer = await deliver(client, Told("user.created", 1, "msg_1", email=alice.email))
    assert (answer.status_code, answer.json()["code"]) == (409, "ADDRESS_TAKEN")
    assert await db.fetch_value("select email_verified_at from users where id = $1", alice.id) is None


async def test_an_address_that_is_not_the_primary_one_links_nobody(
    client: httpx2.AsyncClient, secret: str, alice: Player
) -> None:
    other = {"id": "idn_2", "email_address": alice.email, "verification": {"status": "verified"}}
    mine = {"id": "idn_1", "email_address": "eve@example.org", "verification": {"status": "verified"}}
    more = {"email_addresses": [other, mine], "primary_email_address_id": "idn_1"}
    await deliver(client, Told("user.created", 1, "msg_1", more=more))
    assert (await _person())["id"] != alice.id


@pytest.mark.parametrize("status", ["unverified", "Verified", "true", "", None, "failed", "expired"])
async def test_a13_only_the_word_verified_counts(
    client: httpx2.AsyncClient, secret: str, alice: Player, status: str | None
) -> None:
    address = {"id": "idn_1", "email_address": alice.email, "verification": {"status": status}}
    more = {"email_addresses": [address], "primary_email_address_id": "idn_1"}
    assert (await deliver(client, Told("user.created", 1, "msg_1", more=more))).status_code == 409
    assert await db.fetch_value("select count(*) from users where clerk_id is not null") == 0


async def test_an_account_that_is_linked_already_is_not_taken_over(
    client: httpx2.AsyncClient, secret: str, alice: Player
) -> None:
    await deliver(client, Told("user.created", 1, "msg_1", email=alice.email))
    answer = await deliver(client, Told("user.created", 2, "msg_2", subject="user_other", email=alice.email))
    assert answer.status_code == 409
    assert (await _person())["id"] == alice.id


async def test_a_delivery_that_failed_is_applied_when_it_comes_again(
    client: httpx2.AsyncClient, secret: str, alice: Player
) -> None:
    told = Told("user.created", 1, "msg_1", email=alice.email, is_verified=False)
    assert (await deliver(client, told)).status_code == 409
    await db.fetch("update users set email = 'elsewhere@example.com' where id = $1", alice.id)
    assert await _outcome(client, told) == "APPLIED"
    assert (await _delivery("msg_1"))["error"] is None


async def test_somebody_without_an_address_is_noted_and_not_asked_for_again(
    client: httpx2.AsyncClient, secret: str
) -> None:
    more: dict[str, Any] = {"email_addresses": [], "primary_email_address_id": None}
    assert await _outcome(client, Told("user.created", 1, "msg_1", more=more)) == "FAILED"
    assert await db.fetch_value("select count(*) from users") == 0


async def test_the_last_administrator_stays_and_the_sender_hears_of_it(
    client: httpx2.AsyncClient, secret: str, root: Player
) -> None:
    await deliver(client, Told("user.created", 1, "msg_1", email=root.email))
    answer = await deliver(client, Told("user.deleted", 2, "msg_2"))
    assert (answer.status_code, answer.json()["code"]) == (409, "LAST_ADMINISTRATOR")
    assert (await _person())["is_active"]


async def test_events_of_other_things_are_none_of_ours(client: httpx2.AsyncClient, secret: str) -> None:
    assert await _outcome(client, Told("session.created", 1, "msg_1", more={"id": "sess_1"})) == "IGNORED"
    assert await db.fetch_value("select count(*) from webhook_deliveries") == 0


async def test_a25_what_a_person_may_not_choose_no_event_sets(client: httpx2.AsyncClient, secret: str) -> None:
    more = {"role": "ADMIN", "is_active": False, "user_id": "1", "public_metadata": {"role": "ADMIN"}}
    await deliver(client, Told("user.created", 1, "msg_1", more=more))
    person = await _person()
    assert (person["role"], person["is_active"]) == ("DEVELOPER", True)


async def test_names_are_made_storable(client: httpx2.AsyncClient, secret: str) -> None:
    more = {"first_name": "A\x07d\u2028a\x1b[31m", "last_name": "L" * 200, "image_url": "javascript:alert(1)"}
    await deliver(client, Told("user.created", 1, "msg_1", more=more))
    person = await _person()
    assert person["name"].startswith("A d a [31m LLL")
    assert len(person["name"]) == 100
    assert person["avatar_url"] is None


async def test_no_event_brings_back_somebody_who_was_erased_here(
    client: httpx2.AsyncClient, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_listeners", {})
    listeners.subscribe_all()
    await deliver(client, Told("user.created", 1, "msg_1"))
    person = await _person()
    await events.publish(events.PersonErased(person["id"]))
    await db.fetch("delete from users")
    assert await _outcome(client, Told("user.updated", 9, "msg_9")) == "IGNORED_OLDER"
    assert await db.fetch_value("select count(*) from users") == 0
    assert await db.fetch_value("select count(*) from webhook_deliveries where subject_id = $1", SUBJECT) == 0


async def test_somebody_who_was_deleted_long_ago_does_not_even_get_a_closed_account(
    client: httpx2.AsyncClient, secret: str
) -> None:
    await deliver(client, Told("user.deleted", 2, "msg_2"))
    await db.fetch("update webhook_deliveries set event_time = $1", now() - timedelta(days=31))
    assert await _outcome(client, Told("user.created", 1, "msg_1")) == "IGNORED_OLDER"
    assert await db.fetch_value("select count(*) from users") == 0


async def test_what_the_source_deleted_is_no_longer_ones_own_to_open_again(
    client: httpx2.AsyncClient, secret: str, alice: Player
) -> None:
    await deliver(client, Told("user.created", 1, "msg_1", email=alice.email))
    await people.deactivate(alice.id, alice.id)
    assert await reopening.may_reopen(alice.id)
    assert await _outcome(client, Told("user.deleted", 2, "msg_2")) == "APPLIED"
    assert not await reopening.may_reopen(alice.id)


async def test_a_late_creation_of_somebody_linked_by_address_closes_that_account(
    client: httpx2.AsyncClient, secret: str, alice: Player
) -> None:
    await deliver(client, Told("user.deleted", 2, "msg_2"))
    assert await _outcome(client, Told("user.created", 1, "msg_1", email=alice.email)) == "APPLIED"
    assert not (await people.profile(alice.id)).is_active


async def test_a_second_deletion_is_too_late(client: httpx2.AsyncClient, secret: str) -> None:
    await deliver(client, Told("user.deleted", 2, "msg_2"))
    assert await _outcome(client, Told("user.deleted", 3, "msg_3")) == "IGNORED_OLDER"


async def test_old_deliveries_are_forgotten_but_not_that_somebody_is_gone(
    client: httpx2.AsyncClient, secret: str
) -> None:
    await deliver(client, Told("user.created", 1, "msg_1"))
    await deliver(client, Told("user.deleted", 2, "msg_2"))
    await db.fetch("update webhook_deliveries set received_at = $1", now() - timedelta(days=91))
    assert await service.sweep() == 1
    assert (await _delivery("msg_2"))["outcome"] == "APPLIED"
