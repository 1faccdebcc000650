"""A conversation for whoever has the link."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from app.core.clock import now, timedelta
from app.database.engine import db
from tests.cast import Player
from tests.chat.talking import Talk, begun, send, settled

SignIn = Callable[[httpx2.AsyncClient, Player], Awaitable[str]]


@pytest.fixture
async def alices(client: httpx2.AsyncClient, alice: Player, sign_in: SignIn) -> httpx2.AsyncClient:
    await sign_in(client, alice)
    return client


async def _shared(client: httpx2.AsyncClient, talk: Talk, days: str = "30") -> str:
    page = (await send(client, f"{talk.path}/shares", days=days)).text
    return "/s/" + page.split("/s/", 1)[1].split('"', 1)[0]


async def test_a5_whoever_has_the_link_reads_what_was_said(
    alices: httpx2.AsyncClient, other_client: httpx2.AsyncClient
) -> None:
    link = await _shared(alices, await begun(alices, "To be shared"))
    answer = await other_client.get(link)
    assert (answer.status_code, "To be shared" in answer.text) == (200, True)
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["cache-control"] == "no-store"


async def test_a5_what_is_said_later_is_not_in_it(alices: httpx2.AsyncClient, other_client: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    link = await _shared(alices, talk)
    await send(alices, talk.path, text="Only for me", parent=str(talk.reply), model="rag")
    await settled()
    assert "Only for me" not in (await other_client.get(link)).text


async def test_a5_a_link_that_was_taken_back_leads_nowhere_at_once(
    alices: httpx2.AsyncClient, other_client: httpx2.AsyncClient
) -> None:
    link = await _shared(alices, await begun(alices))
    share = await db.fetch_value("select id from shares")
    await send(alices, f"/shares/{share}/revoke")
    assert (await other_client.get(link)).status_code == 404


async def test_a5_a_link_ends_by_itself(alices: httpx2.AsyncClient, other_client: httpx2.AsyncClient) -> None:
    link = await _shared(alices, await begun(alices))
    await db.fetch("update shares set expires_at = $1", now() - timedelta(seconds=1))
    assert (await other_client.get(link)).status_code == 404


async def test_a5_a_link_to_what_was_thrown_away_leads_nowhere(
    alices: httpx2.AsyncClient, other_client: httpx2.AsyncClient
) -> None:
    talk = await begun(alices)
    link = await _shared(alices, talk)
    await send(alices, "/c/acts", do="delete", chosen=str(talk.id))
    assert (await other_client.get(link)).status_code == 404


async def test_a5_only_the_hash_of_a_link_is_kept(alices: httpx2.AsyncClient) -> None:
    link = await _shared(alices, await begun(alices))
    kept = await db.fetch_value("select to_jsonb(s)::text from shares s")
    assert link.removeprefix("/s/") not in kept
    assert len(link.removeprefix("/s/")) >= 43, "256 bits"


async def test_a_page_for_paper_has_all_of_it(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "On paper")
    page = (await alices.get(f"{talk.path}/print")).text
    assert ("On paper" in page, "I am Recall" in page) == (True, True)
