"""A32: closing an account, and its end thirty days later, after which nothing of it is left."""

from pathlib import Path

import pytest

from app.account import service
from app.auth import erasure, people
from app.core import events
from app.core.clock import now, timedelta
from app.core.errors import Conflict, NotFound
from app.core.events import PersonDeactivated, PersonErased
from app.core.settings import Settings
from app.database.engine import atomic, db
from tests.account.rows import IMPERSONAL, clerk_id, fill, naming, tables
from tests.cast import Player

LONG_AGO = timedelta(days=30, seconds=1)


@pytest.fixture(autouse=True)
def joined(app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody listens; whoever listens for one test only is forgotten after it."""
    monkeypatch.setattr(events, "_listeners", {kind: list(heard) for kind, heard in events._listeners.items()})  # noqa: SLF001 - to restore it


@pytest.fixture
def facts() -> list[object]:
    """What was told while the test ran."""
    heard: list[object] = []

    async def hear(fact: object) -> None:
        heard.append(fact)

    for kind in (PersonDeactivated, PersonErased):
        events.subscribe(kind, hear)
    return heard


async def _close(player: Player, ago: timedelta = LONG_AGO) -> None:
    await people.deactivate(player.id, player.id)
    await db.fetch("update users set deactivated_at = $2 where id = $1", player.id, now() - ago)


async def _named(player: Player) -> dict[str, int]:
    return await naming(player.id, player.email, clerk_id(player), f"{player.name.lower()}:")


async def _everything(player: Player) -> list[list[str]]:
    """Every row of this person, as text."""
    sql = "select to_jsonb(t)::text as row from {} t where strpos(to_jsonb(t)::text, $1) > 0 order by 1"
    return [[row["row"] for row in await db.fetch(sql.format(table), str(player.id))] for table in await tables()]


async def test_a32_after_erasure_no_table_has_a_row_of_the_person(alice: Player) -> None:
    await _close(alice)
    await fill(alice)
    await db.fetch("update users set is_active = false, deactivated_at = $2 where id = $1", alice.id, now() - LONG_AGO)
    before = await _named(alice)
    assert await erasure.erase_due() == 1
    after = await _named(alice)
    print(f"\nA32: {sum(before.values())} rows in {len(before)} tables before, {len(after)} tables after: {set(after)}")
    assert set(before) == set(await tables()) - set(IMPERSONAL)
    assert set(after) == {"audit_logs"}


async def test_a32_the_audit_trail_keeps_a_number_and_no_name(alice: Player) -> None:
    await _close(alice)
    await erasure.erase_due()
    assert await naming(alice.email, alice.name, "alice") == {}
    rows = await db.fetch("select action, actor_id, actor_label, resource_id from audit_logs order by at, id")
    assert [(row["action"], row["actor_id"], row["actor_label"]) for row in rows] == [
        ("auth.deactivated", alice.id, ""),
        ("auth.erased", None, "retention"),
    ]
    assert {row["resource_id"] for row in rows} == {str(alice.id)}


async def test_a32_nobody_else_loses_a_row(alice: Player, bob: Player) -> None:
    for player in (alice, bob):
        await fill(player)
    before = await _everything(bob)
    assert sum(len(rows) for rows in before) >= 13
    await _close(alice)
    await erasure.erase_due()
    assert await _everything(bob) == before


async def test_a32_archives_go_with_the_person(alice: Player, settings: Settings) -> None:
    async def silent(_percent: int) -> None:
        pass

    await service.make(alice.id, await service.ask(alice.id), silent)
    assert len(_files(settings)) == 1
    await _close(alice)
    await erasure.erase_due()
    assert _files(settings) == []


async def test_an_erasure_that_fails_leaves_rows_and_files(alice: Player, settings: Settings) -> None:
    async def silent(_percent: int) -> None:
        pass

    await service.make(alice.id, await service.ask(alice.id), silent)
    await _close(alice)
    with pytest.raises(RuntimeError):
        async with atomic():
            await erasure.erase("test", alice.id)
            raise RuntimeError
    assert len(_files(settings)) == 1
    assert (await people.profile(alice.id)).name == "Alice"


def _files(settings: Settings) -> list[Path]:
    return list(Path(settings.data_dir, "exports").glob("*.zip"))


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(days=29, hours=23)])
async def test_before_its_day_nothing_is_erased(alice: Player, ago: timedelta) -> None:
    await _close(alice, ago)
    assert await erasure.erase_due() == 0
    assert not (await people.profile(alice.id)).is_active


async def test_an_open_account_is_never_erased(alice: Player, root: Player) -> None:
    assert await erasure.erase_due() == 0
    with pytest.raises(NotFound):
        await erasure.erase(root.id, alice.id)
    assert (await people.profile(alice.id)).is_active


async def test_an_administrator_need_not_wait_for_the_day(alice: Player, root: Player) -> None:
    await _close(alice, timedelta(0))
    await erasure.erase(root.id, alice.id)
    with pytest.raises(NotFound):
        await people.profile(alice.id)


async def test_who_has_the_address_by_now_keeps_what_goes_there(alice: Player, bob: Player) -> None:
    await _close(alice)
    await db.fetch("update users set email = $2 where id = $1", bob.id, alice.email)
    await fill(Player(bob.id, bob.name, alice.email))
    await erasure.erase_due()
    left = await naming(alice.email)
    assert {"invitations", "verification_tokens", "rate_counts", "users", "jobs"} <= set(left)


async def test_one_who_cannot_be_erased_does_not_keep_the_others(alice: Player, bob: Player) -> None:
    async def hold(fact: PersonErased) -> None:
        if fact.user_id == alice.id:
            raise Conflict

    events.subscribe(PersonErased, hold)
    await _close(alice, LONG_AGO * 2)
    await _close(bob)
    with pytest.raises(Conflict, match="1 people could not be erased"):
        await erasure.erase_due()
    assert [row["id"] for row in await db.fetch("select id from users")] == [alice.id]


async def test_facts_are_told_of_closing_and_of_the_end(alice: Player, facts: list[object]) -> None:
    await _close(alice)
    assert facts == [PersonDeactivated(alice.id)]
    await erasure.erase_due()
    assert facts[1:] == [PersonErased(alice.id)]
