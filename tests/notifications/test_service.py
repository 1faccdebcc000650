"""A person's list: written with its reason, read by its owner alone."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.language import marked
from app.core.paging import Cursor
from app.database.connection import connected
from app.database.embedded import Cluster
from app.database.engine import atomic, db
from app.jobs.handlers import RunningJob
from app.notifications import jobs, queries, service
from app.notifications.service import Note, notify
from tests.cast import Player

pytestmark = pytest.mark.usefixtures("database")
READY = marked("Your export is ready.")


async def _list(player: Player) -> list[Note]:
    return list((await service.listed(player.id)).rows)


async def _told(player: Player, times: int = 1) -> list[UUID]:
    for _ in range(times):
        await notify(player.id, "export", READY, "/account")
    return [note.id for note in await _list(player)]


async def test_a_line_keeps_what_it_was_given(alice: Player) -> None:
    export = new_id()
    await notify(alice.id, "export", "%(size)s", "/account", details={"size": "3 MB"}, source=("export", export))
    (note,) = await _list(alice)
    assert (note.kind, note.text, note.details, note.href) == ("export", "%(size)s", {"size": "3 MB"}, "/account")
    assert (note.source_kind, note.source_id, note.read_at) == ("export", export, None)


async def test_b27_a_line_goes_with_the_transaction_that_is_rolled_back(alice: Player) -> None:
    with pytest.raises(ZeroDivisionError):
        await _spoilt(alice)
    assert await _list(alice) == []


async def _spoilt(player: Player) -> None:
    async with atomic():
        await _told(player)
        raise ZeroDivisionError


@pytest.mark.parametrize("href", ["https://elsewhere.example", "//elsewhere.example", "javascript:x", "account"])
async def test_a_line_leads_nowhere_but_here(alice: Player, href: str) -> None:
    with pytest.raises(ValueError, match="a page of ours"):
        await notify(alice.id, "export", READY, href)


async def test_a_sentence_with_a_place_that_nobody_fills_is_noticed_by_its_writer(alice: Player) -> None:
    with pytest.raises(KeyError):
        await notify(alice.id, "export", "%(size)s in %(files)s", details={"size": 1})


async def test_the_newest_stands_first_and_pages_have_no_holes(alice: Player) -> None:
    async with atomic():
        for n in range(8):
            await notify(alice.id, "export", f"line {n}")
    found: list[str] = []
    after = None
    for _ in range(3):
        page = await service.listed(alice.id, after, 3)
        found += [note.text for note in page.rows]
        after = page.next
    assert found == [f"line {n}" for n in range(7, -1, -1)]
    assert after is None


async def test_the_unread_can_be_listed_alone(alice: Player) -> None:
    notes = await _told(alice, 3)
    await service.mark_read(alice.id, [notes[1]])
    page = await service.listed(alice.id, only_unread=True)
    assert [note.id for note in page.rows] == [notes[0], notes[2]]


async def test_unread_lines_are_counted_up_to_a_hundred(alice: Player, bob: Player) -> None:
    assert await service.unread(alice.id) == 0
    await _told(alice, 2)
    assert (await service.unread(alice.id), await service.unread(bob.id)) == (2, 0)
    await db.fetch(
        "insert into notifications (user_id, kind, text) select $1, 'x', 'x' from generate_series(1, 200)", alice.id
    )
    assert await service.unread(alice.id) == service.MOST_COUNTED


async def test_counting_reads_the_index_of_unread_lines(cluster: Cluster, alice: Player, bob: Player) -> None:
    fill = """
        insert into notifications (user_id, kind, text, read_at) select $1, 'x', 'x', now() from generate_series(1, $2)
    """
    for player in (alice, bob):
        await db.fetch(fill, player.id, 3000)
    async with connected(cluster.addresses.owner) as owner:
        await owner.execute("analyze notifications")
    plan = await db.fetch("explain " + queries.UNREAD, alice.id, 100)
    assert "notifications_unread_ix" in " ".join(line[0] for line in plan)


async def test_to_follow_a_line_is_to_have_read_it(alice: Player) -> None:
    (note,) = await _told(alice)
    assert await service.opened(alice.id, note) == "/account"
    assert await service.unread(alice.id) == 0


async def test_when_it_was_read_first_stays(alice: Player) -> None:
    (note,) = await _told(alice)
    await service.mark_read(alice.id, [note])
    first = (await _list(alice))[0].read_at
    await service.opened(alice.id, note)
    await service.mark_read(alice.id, [note])
    assert (await _list(alice))[0].read_at == first


async def test_everything_is_marked_but_what_came_after_the_page_was_drawn(alice: Player) -> None:
    await _told(alice, 2)
    seen = service.place((await _list(alice))[0])
    newer = (await _told(alice))[0]
    await service.mark_all_read(alice.id, seen)
    assert [note.id for note in await _list(alice) if note.read_at is None] == [newer]
    await service.mark_all_read(alice.id)
    assert await service.unread(alice.id) == 0


async def test_lines_can_be_removed_and_are_counted(alice: Player) -> None:
    notes = await _told(alice, 3)
    assert await service.remove(alice.id, [*notes[:2], new_id()]) == 2
    assert [note.id for note in await _list(alice)] == notes[2:]


async def test_a3_nobody_reads_opens_marks_or_removes_what_is_not_theirs(alice: Player, bob: Player) -> None:
    notes = await _told(alice, 2)
    for note in (*notes, new_id()):
        with pytest.raises(NotFound):
            await service.opened(bob.id, note)
    await service.mark_read(bob.id, notes)
    await service.mark_all_read(bob.id)
    await service.mark_all_read(bob.id, Cursor(now() + timedelta(days=1), new_id()))
    assert await service.remove(bob.id, notes) == 0
    assert await _list(bob) == []
    assert await service.unread(alice.id) == 2


async def test_what_is_older_than_ninety_days_goes_whoever_it_belongs_to(alice: Player, bob: Player) -> None:
    for player in (alice, bob):
        old = (await _told(player))[0]
        await db.fetch(
            "update notifications set created_at = $3 where user_id = $1 and id = $2",
            player.id,
            old,
            now() - timedelta(days=91),
        )
        await _told(player)
    await jobs.sweep(RunningJob.__new__(RunningJob))
    assert [len(await _list(player)) for player in (alice, bob)] == [1, 1]


async def test_the_lines_of_a_person_go_with_them(alice: Player) -> None:
    await _told(alice, 2)
    await db.fetch("delete from users where id = $1", alice.id)
    assert await db.fetch_value("select count(*) from notifications where user_id = $1", alice.id) == 0
