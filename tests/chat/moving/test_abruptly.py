"""Aborted, stopped, in two tabs at once: what is brought along comes once all the same, and to nobody else."""

import asyncio
import os
from pathlib import Path
from uuid import UUID

import pytest

from app.chat.moving import arriving, files, listeners, service
from app.core.errors import Conflict, NotFound
from app.core.events import PersonErased, publish
from app.core.ids import new_id
from app.database.engine import atomic, db
from tests.cast import Player
from tests.chat.moving.bringing import brought, counted, given, many, rows, unheard
from tests.chat.moving.exported import file


async def test_stopped_in_the_middle_it_goes_on_where_it_was(alice: Player, bob: Player, tmp_path: Path) -> None:
    path = file(tmp_path, [*many(60, 10), *many(1, 900, first=900), *many(300, 10, first=100)])
    await brought(bob, path)
    import_id = await given(alice, path)
    aborted = [await _aborted(alice, import_id, 300 * number) for number in range(8)]
    await arriving.bring(alice.id, import_id, unheard)
    done = await service.one(alice.id, import_id)
    print(f"\nimport: aborted {sum(aborted)} times, {await counted('messages', alice)} messages, none twice")
    assert all(aborted)
    assert done.counts == service.Counts(new=361, messages=4_500)
    assert await _told(alice) == await _told(bob)


async def _aborted(player: Player, import_id: UUID, after: int) -> bool:
    """Whether it was still going on when so many messages were there."""
    task = asyncio.create_task(arriving.bring(player.id, import_id, unheard))
    while not task.done() and await counted("messages", player) < after:
        await asyncio.sleep(0.005)
    was_running = task.cancel()
    await asyncio.wait({task})
    return was_running


async def _told(player: Player) -> list[tuple[str, int, str]]:
    """Every message, however it came."""
    names = {row["id"]: row["title"] for row in await rows("conversations", player)}
    return sorted(
        (names[row["conversation_id"]], row["depth"], row["content"]) for row in await rows("messages", player)
    )


async def test_brought_in_two_tabs_at_once_nothing_comes_twice(alice: Player, tmp_path: Path) -> None:
    ids = [await given(alice, file(tmp_path, many(300))) for _ in range(2)]
    await asyncio.gather(*(arriving.bring(alice.id, each, unheard) for each in ids))
    counts = [(await service.one(alice.id, each)).counts for each in ids]
    assert (sum(each.new for each in counts), sum(each.same for each in counts)) == (300, 300)
    assert (await counted("conversations", alice), await counted("messages", alice)) == (300, 600)


async def test_what_was_stopped_brings_no_more(alice: Player, tmp_path: Path) -> None:
    import_id = await given(alice, file(tmp_path, many(300)))

    async def stop(_percent: int) -> None:
        await service.stop(alice.id, import_id)

    await arriving.bring(alice.id, import_id, stop)
    done = await service.one(alice.id, import_id)
    assert done.state == "STOPPED"
    assert 0 < done.counts.new < 300
    assert await counted("conversations", alice) == done.counts.new


async def test_nobody_touches_the_imports_of_others(alice: Player, charlie: Player, tmp_path: Path) -> None:
    import_id = await given(alice, file(tmp_path, many(1)))
    for attempt in (service.one, service.stop, service.remove):
        with pytest.raises(NotFound):
            await attempt(charlie.id, import_id)
    assert await service.results(charlie.id, import_id) == []


async def test_three_at_a_time_are_enough(alice: Player, tmp_path: Path) -> None:
    for _ in range(3):
        await given(alice, file(tmp_path, many(1)))
    with pytest.raises(Conflict):
        await given(alice, file(tmp_path, many(1)))
    assert len(files.lying()) == 3


async def test_what_nobody_waits_for_is_swept_away(alice: Player, tmp_path: Path) -> None:
    import_id, stray = await given(alice, file(tmp_path, many(1))), new_id()
    await db.fetch("update jobs set state = 'DEAD' where unique_key = $1", f"import:{import_id}")
    await db.fetch("update imports set created_at = created_at - interval '2 hours'")
    for each in (import_id, stray):
        files.path_of(each).touch()
        os.utime(files.path_of(each), (0, 0))
    await service.sweep()
    assert (await service.one(alice.id, import_id)).why == service.LOST
    assert files.lying() == {}


async def test_whoever_goes_leaves_no_file(alice: Player, tmp_path: Path) -> None:
    listeners.subscribe_all()
    await given(alice, file(tmp_path, many(1)))
    async with atomic():
        await publish(PersonErased(alice.id))
        assert len(files.lying()) == 1, "not before it is certain"
    assert files.lying() == {}
