"""Taking one's data along, closing the account, and opening it again."""

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.account import jobs, service
from app.auth import jobs as auth_jobs
from app.auth import people, reopening
from app.core import settings as settings_module
from app.core.clock import now, timedelta
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.secrets import Vault
from app.core.settings import Settings
from app.database.engine import db
from app.jobs.worker import register
from tests.account.browsing import Browser, described, said, send, valid, value
from tests.auth.post_office import PostOffice, post_office
from tests.cast import Player, csrf, sign_in
from tests.jobs.workers import working
from tests.oidc.forger import Forger
from tests.oidc.steps import VERIFIED

VAULT = Vault(["the secret of the tests which is long enough"])


@pytest.fixture
async def mine(client: Browser, alice: Player) -> Browser:
    """Alice's browser."""
    await sign_in(client, alice)
    return client


@pytest.fixture
async def worker(database: object) -> AsyncIterator[None]:
    """Somebody who does what is enqueued."""
    for kind, handler in {**jobs.JOBS, **auth_jobs.JOBS}.items():
        register(kind, handler)
    async with working():
        yield


@pytest.fixture
async def office(worker: None, settings: Settings) -> AsyncIterator[PostOffice]:
    """A mail server, and a worker that hands letters in there."""
    with post_office() as office:
        given = replace(settings, smtp_url=f"smtp://127.0.0.1:{office.port}", mail_from="Book <book@example.com>")
        settings_module.adopt(given)
        yield office


# Taking along ---------------------------------------------------------------------------------------------------------


async def _ready(client: Browser) -> str:
    """Where the archive can be fetched, once it can."""
    async with asyncio.timeout(20):
        while True:
            found = re.findall(
                r'href="(/account/data/archives/[0-9a-f-]{36})"', (await client.get("/account/data")).text
            )
            if found:
                return str(found[0])
            await asyncio.sleep(0.02)


async def test_an_archive_is_asked_for_made_and_fetched(mine: Browser, alice: Player, worker: None) -> None:
    page = await said(mine, await send(mine, "/account/data/archives"))
    assert "Your archive is being made." in page
    answer = await mine.get(await _ready(mine))
    assert answer.headers["content-type"] == "application/zip"
    made = zipfile.ZipFile(io.BytesIO(answer.content))
    assert alice.email in made.read("data/profile.json").decode()
    assert await db.fetch_value("select text from notifications where user_id = $1", alice.id) is not None


async def test_a11_a30_the_file_is_named_safely_kept_nowhere_and_has_no_power(
    mine: Browser, alice: Player, worker: None
) -> None:
    await db.fetch("update users set name = $2 where id = $1", alice.id, 'Zoë "../\r\nx: y; <b>.html')
    await send(mine, "/account/data/archives")
    answer = await mine.get(await _ready(mine))
    disposition = answer.headers["content-disposition"]
    assert re.fullmatch(r"""attachment; filename="[\w .;'-]+\.zip"; filename\*=UTF-8''[\w.%-]+\.zip""", disposition)
    assert "Zo%C3%AB" in disposition
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_an_archive_is_made_in_the_language_of_its_owner(mine: Browser, alice: Player, worker: None) -> None:
    sql = """
        insert into user_preferences
            (id, user_id, theme, language, timezone, notifications, memory_enabled, shortcuts, extra)
        values ($1, $2, 'system', 'de', 'UTC', true, true, '{}', '{}')
    """
    await db.fetch(sql, new_id(), alice.id)
    await send(mine, "/account/data/archives")
    made = zipfile.ZipFile(io.BytesIO((await mine.get(await _ready(mine))).content))
    assert "Was Commonplace" in made.read("README.md").decode()


async def test_htmx_is_given_only_the_part_that_changes(mine: Browser, alice: Player) -> None:
    await service.ask(alice.id)
    await db.fetch("update jobs set progress = 40, state = 'RUNNING'")
    page = await mine.get("/account/data")
    assert 'hx-trigger="every 1s"' in page.text
    valid(page)
    part = (await mine.get("/account/data", headers={"hx-request": "true"})).text
    assert part.strip().startswith('<div id="archives"')
    assert "40 %" in part
    await db.fetch("update jobs set state = 'DEAD'")
    part = (await mine.get("/account/data", headers={"hx-request": "true"})).text
    assert "hx-trigger" not in part
    assert "did not work" in part


async def test_an_archive_is_removed_before_its_time(
    mine: Browser, alice: Player, worker: None, settings: Settings
) -> None:
    await send(mine, "/account/data/archives")
    path = await _ready(mine)
    assert "The archive is gone." in await said(mine, await send(mine, f"{path}/remove"))
    assert (await mine.get(path)).status_code == 404
    assert _files(settings) == []


def _files(settings: Settings) -> list[Path]:
    return list(Path(settings.data_dir, "exports").glob("*"))


async def test_a1_a_strangers_archive_and_one_that_is_none_look_the_same(
    mine: Browser, other_client: Browser, bob: Player, worker: None
) -> None:
    await sign_in(other_client, bob)
    await send(other_client, "/account/data/archives")
    theirs = await _ready(other_client)
    for path in (theirs, f"/account/data/archives/{new_id()}"):
        assert (await mine.get(path)).status_code == 404
        assert (await send(mine, f"{path}/remove")).status_code == 404
    assert (await other_client.get(theirs)).status_code == 200


async def test_an_archive_past_its_day_is_not_given_even_before_it_is_swept(mine: Browser, worker: None) -> None:
    await send(mine, "/account/data/archives")
    path = await _ready(mine)
    await db.fetch("update data_exports set expires_at = $1", now() - timedelta(seconds=1))
    assert (await mine.get(path)).status_code == 404


async def test_an_archive_whose_file_is_not_here_says_so(mine: Browser, worker: None, settings: Settings) -> None:
    await send(mine, "/account/data/archives")
    path = await _ready(mine)
    for file in _files(settings):
        file.unlink()
    answer = await mine.get(path)
    assert answer.status_code == 404
    assert "Have a new one made." in answer.text


async def test_a11_a_link_in_the_place_of_an_archive_is_not_followed(
    mine: Browser, worker: None, settings: Settings, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    await send(mine, "/account/data/archives")
    path = await _ready(mine)
    for file in _files(settings):
        file.unlink()
        file.symlink_to(secret)
    assert (await mine.get(path)).status_code == 404
    for file in _files(settings):
        file.unlink()


@pytest.mark.parametrize("name", ["..%2f..%2fsecret", "%00", "/etc/passwd", "x.zip", "%2e%2e/secret", "\\..\\secret"])
async def test_a11_only_ids_lead_to_files(mine: Browser, name: str) -> None:
    assert (await mine.get(f"/account/data/archives/{name}")).status_code in (400, 404)


async def test_a21_archives_are_counted(mine: Browser, alice: Player) -> None:
    answers = [await send(mine, "/account/data/archives") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]


# Leaving --------------------------------------------------------------------------------------------------------------


async def _leave(client: Browser, player: Player) -> None:
    answer = await send(client, "/account/close", {"address": player.email})
    assert (answer.status_code, answer.headers["location"]) == (303, "/closed")


async def test_who_closes_the_account_is_signed_out_everywhere(
    mine: Browser, other_client: Browser, alice: Player
) -> None:
    await sign_in(other_client, alice)
    answer = await send(mine, "/account/close", {"address": alice.email.upper()})
    assert "session=; Path=/; Max-Age=0" in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    page = await mine.get("/closed")
    valid(page)
    assert "In 30 days everything of yours is erased for good." in page.text
    for browser in (mine, other_client):
        assert (await browser.get("/account")).headers["location"] == "/sign-in?next=/account"


@pytest.mark.parametrize("typed", ["", "bob@example.com", "alice", "alice@example.com.org"])
async def test_without_the_right_address_nothing_is_closed(mine: Browser, alice: Player, typed: str) -> None:
    answer = await send(mine, "/account/close", {"address": typed})
    assert answer.status_code == 400
    page = valid(answer)
    assert described(page, "address")
    assert value(page, "address") == typed
    assert (await people.profile(alice.id)).is_active


async def test_the_last_administrator_cannot_leave(client: Browser, root: Player) -> None:
    await sign_in(client, root)
    answer = await send(client, "/account/close", {"address": root.email})
    assert answer.status_code == 409
    assert "last administrator" in described(valid(answer), "address")


async def test_a_program_cannot_close_the_account_of_its_person(mine: Browser, other_client: Browser) -> None:
    answer = await send(mine, "/account/tokens", {"name": "x", "scopes": ["read", "write"], "days": ""})
    secret = re.findall(r"cp_[\w-]{43}", answer.text)[0]
    refused = await other_client.post(
        "/account/close", data={"address": "alice@example.com"}, headers={"authorization": f"Bearer {secret}"}
    )
    assert refused.status_code == 403
    assert (await mine.get("/account")).status_code == 200


# Coming back ----------------------------------------------------------------------------------------------------------


async def test_who_signs_in_by_letter_is_asked_and_comes_back(mine: Browser, alice: Player, office: PostOffice) -> None:
    await _leave(mine, alice)
    await send(mine, "/sign-in", {"address": alice.email}, page="/sign-in")
    await office.delivery()
    link = office.link().removeprefix("http://127.0.0.1:8080")
    answer = await send(mine, link, page=link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/reopen")
    page = await mine.get("/reopen")
    valid(page)
    assert "Open it again, Alice?" in page.text
    assert not (await people.profile(alice.id)).is_active
    await send(mine, "/reopen", page="/reopen")
    assert alice.email in (await mine.get("/account")).text
    assert (await mine.get("/reopen")).status_code == 404


async def test_who_signs_in_at_a_provider_is_asked_and_comes_back(
    house: Settings, client: Browser, liar: Forger
) -> None:
    liar.person = VERIFIED
    await _through(client, liar)
    person = await db.fetch_one("select id, email, name from users")
    assert person is not None
    await _leave(client, Player(**person))
    assert await _through(client, liar) == "/reopen"
    assert not (await people.profile(person["id"])).is_active
    await send(client, "/reopen", page="/reopen")
    assert (await client.get("/account")).status_code == 200


async def _through(client: Browser, liar: Forger) -> str:
    """To the provider and back; where one is led."""
    answer = await send(client, "/sign-in/oidc", {"next": "/"}, page="/sign-in")
    back = liar.approve(answer.headers["refresh"].removeprefix('0; url="').removesuffix('"'))
    answer = await client.get("/sign-in/oidc/callback", params=vars(back))
    return str(answer.headers["location"])


async def test_what_an_administrator_closed_stays_closed(alice: Player, root: Player, office: PostOffice) -> None:
    await people.deactivate(root.id, alice.id)
    assert not await reopening.may_reopen(alice.id)
    assert await reopening.closed_at(alice.email) is None
    with pytest.raises(NotFound):
        await reopening.waiting(VAULT, reopening.ticket(VAULT, alice.id))


async def test_what_was_closed_again_by_an_administrator_is_no_longer_ones_own(alice: Player, root: Player) -> None:
    await people.deactivate(alice.id, alice.id)
    assert await reopening.may_reopen(alice.id)
    await people.reactivate(root.id, alice.id)
    assert not await reopening.may_reopen(alice.id)
    await people.deactivate(root.id, alice.id)
    assert not await reopening.may_reopen(alice.id)


async def test_nobody_opens_an_account_without_having_signed_in(client: Browser, alice: Player, bob: Player) -> None:
    for player in (alice, bob):
        await people.deactivate(player.id, player.id)
    good = reopening.ticket(VAULT, alice.id)
    stale = f"{alice.id}.{int((now() - timedelta(seconds=1)).timestamp())}"
    forged = [
        "",
        "..",
        "x" * 5000,
        good.replace(str(alice.id), str(bob.id)),
        good[:-2],
        f"{stale}.{VAULT.sign('reopen', stale)}",
        f"{stale}.{VAULT.sign('form', stale)}",
        reopening.ticket(Vault(["another secret, which is long enough as well"]), alice.id),
        reopening.ticket(VAULT, new_id()),
    ]
    for ticket in forged:
        with pytest.raises(NotFound):
            await reopening.waiting(VAULT, ticket)
    assert (await reopening.waiting(VAULT, good)).id == alice.id
    assert (await client.get("/reopen")).status_code == 404
    assert (await client.post("/reopen", data={"_csrf": ""})).status_code == 403


async def test_a_ticket_that_ran_out_between_looking_and_pressing_opens_nothing(
    mine: Browser, alice: Player, settings: Settings
) -> None:
    await _leave(mine, alice)
    mine.cookies.set("reopen", reopening.ticket(Vault(settings.secret), alice.id))
    proof = await csrf(mine, "/reopen")
    mine.cookies.delete("reopen")
    assert (await mine.post("/reopen", data={"_csrf": proof})).status_code == 404
    assert not (await people.profile(alice.id)).is_active


async def test_when_somebody_else_has_the_address_by_now_the_page_says_so(
    mine: Browser, alice: Player, bob: Player, settings: Settings
) -> None:
    await _leave(mine, alice)
    await db.fetch("update users set email = $2 where id = $1", bob.id, alice.email)
    vault = Vault(settings.secret)
    mine.cookies.set("reopen", reopening.ticket(vault, alice.id))
    page = await said(mine, await send(mine, "/reopen", page="/reopen"))
    assert "There is an account with this address already." in page
    assert not (await people.profile(alice.id)).is_active
