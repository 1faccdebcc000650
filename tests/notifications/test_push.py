"""Devices that are told: by whom, through whom, what, and what happens where one is gone."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from litestar.types import ASGIApp

from app.auth.tables import LoginSession
from app.core import webpush
from app.core.asker import Asker
from app.core.clock import now, timedelta
from app.core.errors import Forbidden, NotFound, Rejected
from app.core.ids import new_id
from app.core.secrets import Vault, hashed, new_token
from app.core.settings import Settings, adopt
from app.database.engine import db
from app.jobs.handlers import RunningJob
from app.jobs.queries import Taken
from app.notifications import jobs, push, push_keys, queries_push
from app.notifications.push import Message, TooManyDevices
from app.web.outbound import Unreachable
from tests import cast
from tests.cast import Player
from tests.forbidden import FORBIDDEN_FORMS, FORBIDDEN_HOSTS
from tests.receiving import Service, push_service

NEWS = Message("A reply is there", "About bees", "/c/1?at=2#m-2")


@pytest.fixture
async def service(database: object, settings: Settings) -> AsyncIterator[Service]:
    """A push service that the operator has named, since it stands on this machine."""
    push_keys.seal_with(Vault(settings.secret))
    await push_keys.make()
    async with push_service() as found:
        adopt(replace(settings, push_hosts=(found.host,)))
        yield found
    adopt(settings)


async def at_a_browser(player: Player) -> Asker:
    """The person, signed in with a browser of their own."""
    session = LoginSession(id=new_id(), user_id=player.id, token_sha256=hashed(new_token()), how="test")
    session.expires_at, session.user_agent = now() + timedelta(days=30), "Mozilla/5.0 (X11; Linux) Firefox/140.0"
    await LoginSession.insert(session).run()
    return Asker(player.id, player.name, player.email, "DEVELOPER", session_id=session.id)


@pytest.fixture
async def asker(alice: Player) -> Asker:
    return await at_a_browser(alice)


async def subscribe(asker: Asker, service: Service, name: str = "device") -> None:
    form = service.form(name)
    await push.subscribe(asker, form["endpoint"], form["p256dh"], form["auth"])


async def waiting() -> list[RunningJob]:
    rows = await db.fetch("select * from jobs where kind = 'notifications.push' and state = 'READY' order by id")
    taken = [Taken(row["id"], row["kind"], json.loads(row["payload"]), row["user_id"], 1) for row in rows]
    return [RunningJob(each) for each in taken]


async def told(asker: Asker, message: Message = NEWS) -> None:
    """What a worker does with what waits."""
    await push.tell(asker.id, message)
    for job in await waiting():
        await jobs.tell(job)


# What arrives ---------------------------------------------------------------------------------------------------------


async def test_a_device_is_told_what_it_alone_can_read(asker: Asker, service: Service) -> None:
    await subscribe(asker, service)
    await told(asker)
    assert [json.loads(text) for text in service.read()] == [
        {"title": "A reply is there", "body": "About bees", "href": "/c/1?at=2#m-2"}
    ]
    assert b"bees" not in service.pushed[0].body


async def test_the_service_is_told_who_sends_how_long_it_holds_and_how_it_is_sealed(
    asker: Asker, service: Service
) -> None:
    await subscribe(asker, service)
    await told(asker)
    headers = service.pushed[0].headers
    assert (headers["content-encoding"], 14_000 < int(headers["ttl"]) <= 14_400) == ("aes128gcm", True)
    assert headers["authorization"].endswith(f", k={await push.public_key()}")


async def test_every_device_of_the_person_is_told_and_nobody_else_s(
    asker: Asker, bob: Player, service: Service
) -> None:
    for name in ("phone", "laptop"):
        await subscribe(asker, service, name)
    await subscribe(await at_a_browser(bob), service, "bob")
    await told(asker)
    assert sorted(each.path for each in service.pushed) == ["/push/laptop", "/push/phone"]


async def test_what_arrived_is_noted(asker: Asker, service: Service) -> None:
    await subscribe(asker, service)
    await told(asker)
    (device,) = await push.listed(asker)
    assert (str(device.device), device.service, device.is_this) == ("Firefox on Linux", service.host, True)
    assert device.told_at is not None


async def test_the_key_is_made_once_and_lies_sealed(service: Service) -> None:
    before = await push.public_key()
    await push_keys.make()
    assert await push.public_key() == before
    rows = await db.fetch("select sealed from push_keys")
    key = webpush.written(await push_keys.ours())
    assert (len(rows), key.encode() in rows[0]["sealed"]) == (1, False)


async def test_the_address_of_a_device_lies_sealed(asker: Asker, service: Service) -> None:
    await subscribe(asker, service, "secret-address")
    rows = await db.fetch("select to_jsonb(p)::text as row, p.sealed from push_subscriptions p")
    assert "secret-address" not in rows[0]["row"]
    assert b"secret-address" not in rows[0]["sealed"]


# What does not arrive -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_that_is_gone_is_forgotten(asker: Asker, service: Service, status: int) -> None:
    await subscribe(asker, service)
    service.answers = [status]
    await told(asker)
    assert await push.listed(asker) == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_b6_a_service_that_cannot_now_is_tried_again(asker: Asker, service: Service, status: int) -> None:
    await subscribe(asker, service)
    service.answers = [status]
    with pytest.raises(Unreachable):
        await told(asker)
    (job,) = await waiting()
    await jobs.tell(job)
    assert len(service.pushed) == 2
    assert len(await push.listed(asker)) == 1


@pytest.mark.parametrize("status", [301, 400, 401, 403, 413])
async def test_a_service_that_refuses_is_left_alone_and_the_device_stays(
    asker: Asker, service: Service, status: int
) -> None:
    await subscribe(asker, service)
    service.answers = [status]
    await told(asker)
    (device,) = await push.listed(asker)
    assert (device.told_at, len(service.pushed)) == (None, 1)


async def test_b6_a_service_that_is_away_is_tried_again(asker: Asker, settings: Settings, database: object) -> None:
    push_keys.seal_with(Vault(settings.secret))
    await push_keys.make()
    async with push_service() as gone:
        adopt(replace(settings, push_hosts=(gone.host,)))
        await subscribe(asker, gone)
    with pytest.raises(Unreachable):
        await told(asker)
    adopt(settings)


async def test_what_waited_for_too_long_is_no_news_any_more(asker: Asker, service: Service) -> None:
    await subscribe(asker, service)
    await push.tell(asker.id, NEWS)
    past = f'"{(now() - timedelta(seconds=1)).isoformat()}"'
    await db.fetch("update jobs set payload = jsonb_set(payload, '{until}', $1::jsonb)", past)
    await jobs.tell((await waiting())[0])
    assert service.pushed == []


async def test_a_device_that_was_signed_out_is_told_nothing(asker: Asker, service: Service) -> None:
    await subscribe(asker, service)
    await push.tell(asker.id, NEWS)
    await db.fetch("update login_sessions set revoked_at = $1 where id = $2", now(), asker.session_id)
    await jobs.tell((await waiting())[0])
    assert (service.pushed, await push.listed(asker)) == ([], [])


async def test_nobody_is_told_whose_account_is_closed(asker: Asker, service: Service) -> None:
    await subscribe(asker, service)
    await push.tell(asker.id, NEWS)
    await db.fetch("update users set is_active = false where id = $1", asker.id)
    await jobs.tell((await waiting())[0])
    assert service.pushed == []


# Who is told ----------------------------------------------------------------------------------------------------------


async def test_a_browser_tells_whoever_signed_in_there_last(asker: Asker, bob: Player, service: Service) -> None:
    await subscribe(asker, service)
    bobs = await at_a_browser(bob)
    await subscribe(bobs, service)
    await told(asker)
    assert (len(await push.listed(asker)), len(await push.listed(bobs)), service.pushed) == (0, 1, [])


async def test_a_browser_that_asks_twice_is_one_device(asker: Asker, service: Service) -> None:
    for _ in range(2):
        await subscribe(asker, service)
    assert len(await push.listed(asker)) == 1


async def test_twenty_devices_are_enough(asker: Asker, service: Service) -> None:
    for number in range(push.MOST_DEVICES):
        await subscribe(asker, service, str(number))
    with pytest.raises(TooManyDevices):
        await subscribe(asker, service, "one-more")


async def test_a_program_with_a_token_is_no_device(asker: Asker, service: Service) -> None:
    with pytest.raises(Forbidden):
        await subscribe(replace(asker, session_id=None), service)


async def test_a_stranger_removes_no_device_of_somebody_else(asker: Asker, charlie: Player, service: Service) -> None:
    await subscribe(asker, service)
    (device,) = await push.listed(asker)
    with pytest.raises(NotFound):
        await push.remove(charlie.id, device.id)
    await push.remove(asker.id, device.id)
    assert await push.listed(asker) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": ""},
        {"endpoint": "http://push.example.net/x"},
        {"endpoint": "ftp://push.example.net/x"},
        {"endpoint": "https://me:secret@push.example.net/x"},
        {"endpoint": "https://push.example.net/" + "x" * 2000},
        {"p256dh": "AAAA"},
        {"p256dh": "ä"},
        {"auth": "AAAA"},
    ],
)
async def test_what_cannot_be_a_browser_is_refused(asker: Asker, service: Service, wrong: dict[str, str]) -> None:
    form = {**service.form(), "endpoint": "https://push.example.net/x", **wrong}
    with pytest.raises(Rejected):
        await push.subscribe(asker, form["endpoint"], form["p256dh"], form["auth"])
    assert await push.listed(asker) == []


async def test_a9_no_form_of_an_address_lets_a_push_reach_this_machine(
    asker: Asker, service: Service, settings: Settings
) -> None:
    """They are tried as they lie in the database, past the check at the door: names may change where they lead."""
    urls = [f"https://{host}:%d/" for host in FORBIDDEN_HOSTS] + FORBIDDEN_FORMS
    form, reached = service.form(), 0
    adopt(replace(settings, push_hosts=()))
    browser = webpush.Browser("", webpush.decoded(form["p256dh"]), webpush.decoded(form["auth"]))
    for url in urls:
        await _put(asker, replace(browser, endpoint=url % service.port if "%d" in url else url))
        before = len(service.pushed)
        with suppress(Unreachable):
            await told(asker)
        reached += len(service.pushed) - before
        await db.fetch("delete from jobs")
    print(f"A9: {reached} of {len(urls)} push messages to forbidden addresses left the house")
    assert reached == 0


async def _put(asker: Asker, browser: Any) -> None:
    await db.fetch("delete from push_subscriptions")
    sealed = push_keys.sealed(browser)
    assert asker.session_id is not None
    await queries_push.put(asker.id, asker.session_id, hashed(browser.endpoint), sealed, "push")


# The page -------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def page(app: ASGIApp, service: Service, client: httpx2.AsyncClient, alice: Player) -> httpx2.AsyncClient:
    await cast.sign_in(client, alice)
    return client


async def sent(page: httpx2.AsyncClient, path: str = "", **form: str) -> httpx2.Response:
    return await page.post(f"/preferences/push{path}", data={**form, "_csrf": await cast.csrf(page)})


async def test_the_page_hands_the_browser_our_key_and_lists_it_once_it_is_told(
    page: httpx2.AsyncClient, service: Service
) -> None:
    assert f'data-key="{await push.public_key()}"' in (await page.get("/preferences/push")).text
    answer = await sent(page, **service.form())
    shown = (await page.get("/preferences/push")).text
    assert (answer.status_code, service.host in shown, "this one" in shown) == (303, True, True)


async def test_a_house_whose_secret_was_lost_says_that_nobody_can_be_told(page: httpx2.AsyncClient) -> None:
    push_keys.seal_with(Vault(["another secret that is long enough as well"]))
    shown = (await page.get("/preferences/push")).text
    assert ("Devices cannot be told anything for now." in shown, 'id="push"' in shown) == (True, False)


async def test_the_page_says_why_a_browser_cannot_be_told(page: httpx2.AsyncClient) -> None:
    answer = await sent(page, endpoint="nowhere")
    assert (answer.status_code, "This browser cannot be told anything." in answer.text) == (400, True)


async def test_a_device_can_be_tried_out_and_removed(page: httpx2.AsyncClient, service: Service) -> None:
    await sent(page, **service.form())
    await sent(page, "/try")
    await jobs.tell((await waiting())[0])
    assert json.loads(service.read()[0])["href"] == "/preferences/push"
    device = await db.fetch_value("select id from push_subscriptions")
    assert (await sent(page, f"/{device}/remove")).status_code == 303
    assert await db.fetch_value("select count(*) from push_subscriptions") == 0


async def test_the_worker_of_the_browser_is_a_script_for_the_whole_house(page: httpx2.AsyncClient) -> None:
    answer = await page.get("/sw.js")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "fetch" not in answer.text.replace("fetched", "")
    assert "worker-src 'self'" in (await page.get("/preferences/push")).headers["content-security-policy"]
