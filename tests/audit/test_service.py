"""What is written into the trail, and how it is read."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.audit import service
from app.audit.service import Entry, Filter
from app.core import log
from app.core.asker import Asker
from app.core.ids import new_id
from app.database.engine import atomic, db
from tests.cast import Player

pytestmark = pytest.mark.usefixtures("database")


async def _all(wanted: Filter | None = None) -> list[Entry]:
    return list((await service.entries(wanted or Filter())).rows)


async def _only() -> Entry:
    (entry,) = await _all()
    return entry


async def test_a_line_says_who_did_what_to_which_thing_from_where(alice: Player) -> None:
    asker = Asker(alice.id, alice.name, alice.email, "DEVELOPER")
    token = log.request_id.set("request-1")
    await service.record(asker, "thing.renamed", "thing", 7, {"from": "a", "to": "b"}, ip_prefix="192.0.2.0/24")
    log.request_id.reset(token)
    entry = await _only()
    assert (entry.actor_id, entry.actor, entry.action) == (alice.id, "Alice", "thing.renamed")
    assert (entry.resource, entry.resource_id, entry.details) == ("thing", "7", {"from": "a", "to": "b"})
    assert (entry.ip_prefix, entry.request_id) == ("192.0.2.0/24", "request-1")


async def test_a_person_may_be_given_by_id_alone(alice: Player) -> None:
    await service.record(alice.id, "auth.signed_in")
    assert (await _only()).actor == "Alice"


async def test_what_is_no_person_is_kept_by_its_name() -> None:
    await service.record("console", "user.promoted")
    entry = await _only()
    assert (entry.actor_id, entry.actor) == (None, "console")


async def test_a_name_goes_with_its_person_but_the_line_stays(alice: Player) -> None:
    await service.record(alice.id, "auth.signed_in")
    await db.fetch("delete from users where id = $1", alice.id)
    entry = await _only()
    assert (entry.actor_id, entry.actor) == (alice.id, "")
    row = await db.fetch_one("select audit_logs::text as line from audit_logs")
    assert row is not None
    assert "lice" not in row["line"]


async def test_b27_a_line_goes_with_the_transaction_that_is_rolled_back() -> None:
    with pytest.raises(ZeroDivisionError):
        await _spoilt()
    assert await _all() == []


async def _spoilt() -> None:
    async with atomic():
        await service.record(None, "thing.made")
        raise ZeroDivisionError


CANARY = "c4n4ry-of-the-tests"


@pytest.mark.parametrize(
    "details",
    [
        {"password": CANARY},
        {"client_secret": CANARY},
        {"api_key": CANARY, "Authorization": CANARY, "set-cookie": CANARY},
        {"tokens": [CANARY]},
        {"outer": {"refresh_token": {"deeper": CANARY}}},
        {"list": [{"code": CANARY}]},
        {"query": f"?code={CANARY}&state={CANARY}"},
        {"line": f"Authorization: Bearer {CANARY}"},
        {"url": f"postgresql://me:{CANARY}@host/x"},
        {"token_sha256": CANARY, "verifier_enc": CANARY},
        {"a": {"b": {"c": {"d": {"e": CANARY}}}}},
    ],
)
async def test_a24_no_secret_reaches_the_trail(details: dict[str, object]) -> None:
    await service.record(f"password={CANARY}", "thing.made", "thing", f"token={CANARY}", details)
    assert CANARY not in str(await db.fetch("select audit_logs::text as line from audit_logs"))


async def test_what_only_looks_like_a_secret_stays() -> None:
    details = {"tokens": 3, "token_name": "CI", "keyboard": "de", "is_key": True, "monkey": "george", "secret": None}
    await service.record(None, "thing.made", details=details)
    assert (await _only()).details == details


async def test_a24_no_character_can_forge_a_line_or_upset_the_database() -> None:
    await service.record(None, "thing.made", details={"text\x00": "a\r\n\x1b[31m\x00\ud800b"})
    ((key, value),) = (await _only()).details.items()
    assert (key, value) == ("text\\x00", "a\\x0d\\x0a\\x1b[31m\\x00?b")


async def test_long_details_are_cut() -> None:
    await service.record(None, "x", "y", "z" * 9000, {"text": "x" * 9000, "list": list(range(900)), "id": new_id()})
    entry = await _only()
    assert len(entry.resource_id) == len(entry.details["text"]) == 500
    assert len(entry.details["list"]) == 50
    assert UUID(entry.details["id"]).version == 7


async def _three(alice: Player, bob: Player) -> None:
    await service.record(alice.id, "auth.signed_in", "user", alice.id)
    await service.record(alice.id, "project.made", "project", 1)
    await service.record(bob.id, "auth.signed_in", "user", bob.id)


async def _actions(wanted: Filter) -> list[str]:
    return [f"{entry.actor} {entry.action}" for entry in await _all(wanted)]


async def test_the_trail_is_filtered_by_who_what_and_which(alice: Player, bob: Player) -> None:
    await _three(alice, bob)
    assert await _actions(Filter()) == ["Bob auth.signed_in", "Alice project.made", "Alice auth.signed_in"]
    assert await _actions(Filter(actor_id=alice.id)) == ["Alice project.made", "Alice auth.signed_in"]
    assert await _actions(Filter(action="auth.")) == ["Bob auth.signed_in", "Alice auth.signed_in"]
    assert await _actions(Filter(action="auth.", actor_id=alice.id)) == ["Alice auth.signed_in"]
    assert await _actions(Filter(resource="project", resource_id="1")) == ["Alice project.made"]
    assert await _actions(Filter(resource="project", resource_id="2")) == []


async def test_a_filter_is_text_and_no_pattern(alice: Player, bob: Player) -> None:
    await _three(alice, bob)
    assert await _actions(Filter(action="%")) == []
    assert await _actions(Filter(action="auth_")) == []


async def test_the_trail_is_filtered_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3)]
    for day in days:
        monkeypatch.setattr("app.audit.queries.now", lambda day=day: day)
        await service.record(f"day {day.day}", "x")
    assert await _actions(Filter(since=days[1])) == ["day 3 x", "day 2 x"]
    assert await _actions(Filter(until=days[1])) == ["day 1 x"]
    assert await _actions(Filter(since=days[1], until=days[2])) == ["day 2 x"]


async def test_the_trail_is_paged_without_holes_and_doubles() -> None:
    async with atomic():
        for n in range(8):
            await service.record(None, "x", "thing", n)
    found: list[str] = []
    after = None
    for _ in range(3):
        page = await service.entries(Filter(), after, 3)
        found += [entry.resource_id for entry in page.rows]
        after = page.next
    assert found == list("76543210")
    assert after is None


async def test_the_actions_are_told_once_each_in_order(alice: Player, bob: Player) -> None:
    assert await service.actions() == []
    await _three(alice, bob)
    await service.record(None, "Account.closed")
    assert await service.actions() == ["Account.closed", "auth.signed_in", "project.made"]
