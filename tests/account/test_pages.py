"""The pages of one's own account, as a browser without JavaScript uses them."""

import re
from dataclasses import replace

import pytest

from app.account import figures
from app.auth import sessions
from app.auth.sessions import Origin
from app.core import settings as settings_module
from app.core.ids import new_id
from app.core.settings import Settings
from app.database.engine import db
from tests.account.browsing import Browser, described, said, send, valid, value
from tests.cast import Player, sign_in

PAGES = ("/account", "/account/devices", "/account/tokens", "/account/identities", "/account/data")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def mine(client: Browser, alice: Player) -> Browser:
    """Alice's browser."""
    await sign_in(client, alice)
    return client


@pytest.fixture
def with_mail(database: object, settings: Settings) -> None:
    settings_module.adopt(replace(settings, smtp_url="smtp://127.0.0.1:1"))


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_valid_and_leads_to_the_others(mine: Browser, path: str) -> None:
    page = valid(await mine.get(path))
    links = {tag.get("href") for tag in page.iter("a")}
    assert set(PAGES) <= links
    current = [tag.get("href") for tag in page.iter("a") if tag.get("aria-current") == "page"]
    assert path in current


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_sees_them_without_signing_in(client: Browser, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


# Profile --------------------------------------------------------------------------------------------------------------


async def test_the_profile_shows_who_one_is_and_what_was_counted(
    mine: Browser, alice: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def count(user_id: object) -> int:
        return 12345 if user_id == alice.id else 0

    monkeypatch.setattr(figures, "_counts", dict(figures._counts))  # noqa: SLF001 - to be as it was after the test
    figures.register("messages", "Messages", count)
    text = (await mine.get("/account")).text
    for words in (alice.email, "confirmed", "Here since", "Conversations", "12,345", "Tokens used"):
        assert words in text


async def test_a_name_is_changed(mine: Browser, alice: Player) -> None:
    form = {"name": "  Ada   Lovelace ", "first_name": "Ada", "last_name": ""}
    page = await said(mine, await send(mine, "/account/profile", form, page="/account"))
    assert "Saved." in page
    assert "Ada Lovelace" in page
    row = await db.fetch_one("select name, first_name, last_name from users where id = $1", alice.id)
    assert row is not None
    assert tuple(row.values()) == ("Ada Lovelace", "Ada", None)


@pytest.mark.parametrize(
    ("field", "wrong", "why"),
    [
        ("name", "", "This is needed."),
        ("name", "x" * 101, "This is too long."),
        ("last_name", "y" * 300, "This is too long."),
        ("first_name", "\u202e\u0007", "This contains something that cannot be stored."),
    ],
)
async def test_a_wrong_name_is_said_beside_the_field_and_what_was_typed_stays(
    mine: Browser, alice: Player, field: str, wrong: str, why: str
) -> None:
    form = {"name": "Ada", "first_name": "Countess", "last_name": "Lovelace", field: wrong}
    answer = await send(mine, "/account/profile", form, page="/account")
    assert answer.status_code == 400
    page = valid(answer) if wrong.isprintable() else None
    if page is not None:
        assert why in described(page, field)
        for name, typed in form.items():
            assert value(page, name) == typed
    assert why in answer.text
    assert await db.fetch_value("select name from users where id = $1", alice.id) == "Alice"


async def test_a25_no_field_but_the_forms_own_is_taken(mine: Browser, alice: Player) -> None:
    before = dict(await db.fetch_one("select * from users where id = $1", alice.id) or {})
    columns = {name: "1" for name in before if name not in ("name", "first_name", "last_name")}
    forged = {**columns, "role": "ADMIN", "user_id": str(new_id()), "is_active": "", "name": "Ada"}
    await send(mine, "/account/profile", forged, page="/account")
    after = dict(await db.fetch_one("select * from users where id = $1", alice.id) or {})
    assert {name for name in before if before[name] != after[name]} == {"name", "updated_at"}


async def test_a_new_address_is_asked_for_by_letter_and_changes_nothing_yet(
    mine: Browser, alice: Player, with_mail: None
) -> None:
    page = await said(mine, await send(mine, "/account/address", {"address": "ada@example.org"}, page="/account"))
    assert "A letter is on its way to ada@example.org." in page
    assert await db.fetch_value("select count(*) from jobs where kind = 'auth.address'") == 1
    assert await db.fetch_value("select email from users where id = $1", alice.id) == alice.email


@pytest.mark.parametrize("address", ["", "nobody", "a@b", "alice@example.com", "x" * 250 + "@example.com"])
async def test_a_wrong_address_is_said_beside_the_field(
    mine: Browser, alice: Player, with_mail: None, address: str
) -> None:
    answer = await send(mine, "/account/address", {"address": address}, page="/account")
    assert answer.status_code == 400
    page = valid(answer)
    assert described(page, "address") != described(valid(await mine.get("/account")), "address")
    assert value(page, "address") == address


async def test_a21_letters_to_new_addresses_are_counted(mine: Browser, alice: Player, with_mail: None) -> None:
    form = {"address": "ada@example.org"}
    answers = [await send(mine, "/account/address", form, page="/account") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]


async def test_without_a_mail_server_the_page_says_so(mine: Browser, alice: Player) -> None:
    assert "No mail server is set up here" in (await mine.get("/account")).text
    answer = await send(mine, "/account/address", {"address": "ada@example.org"}, page="/account")
    assert answer.status_code == 409
    assert "cannot be confirmed" in answer.text


# Devices --------------------------------------------------------------------------------------------------------------


async def _elsewhere(player: Player) -> str:
    return await sessions.begin(player.id, "mail", Origin(FIREFOX, "192.0.2.7"))


async def test_the_devices_are_listed_and_this_one_is_marked(mine: Browser, alice: Player) -> None:
    await _elsewhere(alice)
    text = (await mine.get("/account/devices")).text
    for words in ("Unknown device", "this one", "Firefox on Linux", "192.0.2.0/24", "by a link in a letter"):
        assert words in text
    assert text.index("this one") < text.index("Firefox on Linux")
    assert len(re.findall(r'action="/account/devices/[0-9a-f-]{36}/revoke"', text)) == 1


async def test_one_device_is_signed_out(mine: Browser, alice: Player) -> None:
    token = await _elsewhere(alice)
    path = re.findall(r'action="(/account/devices/[0-9a-f-]{36}/revoke)"', (await mine.get("/account/devices")).text)[0]
    assert "That device is signed out." in await said(mine, await send(mine, path))
    assert await sessions.holder(token) is None
    assert (await mine.get("/account")).status_code == 200
    assert (await send(mine, path)).status_code == 404


async def test_every_other_device_is_signed_out(mine: Browser, alice: Player) -> None:
    tokens = [await _elsewhere(alice) for _ in range(3)]
    page = await said(mine, await send(mine, "/account/devices/revoke-others"))
    assert "Every other device is signed out." in page
    assert [await sessions.holder(token) for token in tokens] == [None] * 3
    assert "You are signed in nowhere else." in page


async def test_a1_a_strangers_device_and_one_that_is_none_look_the_same(mine: Browser, bob: Player) -> None:
    token = await _elsewhere(bob)
    (theirs,) = await sessions.listed(bob.id)
    answers = [await send(mine, f"/account/devices/{device}/revoke") for device in (theirs.id, new_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert await sessions.holder(token) is not None


# Ways in --------------------------------------------------------------------------------------------------------------


async def _linked(player: Player, provider: str = "https://accounts.google.com") -> None:
    sql = """
        insert into oauth_accounts (id, user_id, type, provider, provider_account_id, email, created_at, updated_at)
        values ($1, $2, 'oidc', $3, $4, 'alice@there.example', now(), now())
    """
    await db.fetch(sql, new_id(), player.id, provider, str(new_id()))


async def test_the_ways_in_are_listed_with_those_that_can_be_added(
    mine: Browser, alice: Player, settings: Settings
) -> None:
    settings_module.adopt(replace(settings, google_client_id="g", github_client_id="h"))
    await _linked(alice)
    await _linked(alice, "https://github.com")
    text = (await mine.get("/account/identities")).text
    assert "alice@there.example" in text
    assert len(re.findall(r'action="/account/unlink/[0-9a-f-]{36}"', text)) == 2
    assert 'action="/account/link/google"' in text
    assert 'action="/account/link/github"' in text


async def test_the_only_way_in_has_no_button_that_takes_it_away(mine: Browser, alice: Player) -> None:
    await _linked(alice)
    text = (await mine.get("/account/identities")).text
    assert "your only way in" in text
    assert "/account/unlink/" not in text
    identity = await db.fetch_value("select id from oauth_accounts")
    assert "only way to sign in" in await said(mine, await send(mine, f"/account/unlink/{identity}"))
    assert await db.fetch_value("select count(*) from oauth_accounts") == 1


async def test_where_letters_go_out_a_confirmed_address_is_a_way_in_too(
    mine: Browser, alice: Player, with_mail: None
) -> None:
    await _linked(alice)
    text = (await mine.get("/account/identities")).text
    assert "A link in a letter to alice@example.com signs you in as well." in text
    identity = await db.fetch_value("select id from oauth_accounts")
    await send(mine, f"/account/unlink/{identity}")
    assert await db.fetch_value("select count(*) from oauth_accounts") == 0


# Tokens ---------------------------------------------------------------------------------------------------------------


async def test_a_token_is_made_shown_once_and_works(mine: Browser, other_client: Browser, alice: Player) -> None:
    form = {"name": "my script", "scopes": ["read", "write"], "days": "30"}
    answer = await send(mine, "/account/tokens", form)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    secret = re.findall(r"cp_[\w-]{43}", answer.text)[0]
    valid(answer)
    assert "data-copy" in answer.text
    text = (await mine.get("/account/tokens")).text
    assert secret not in text
    assert f"…{secret[-4:]}" in text
    me = await other_client.get("/api/me", headers={"authorization": f"Bearer {secret}"})
    assert me.json()["email"] == alice.email


async def test_a_token_is_revoked(mine: Browser, other_client: Browser) -> None:
    answer = await send(mine, "/account/tokens", {"name": "x", "scopes": "read", "days": ""})
    secret = re.findall(r"cp_[\w-]{43}", answer.text)[0]
    path = re.findall(r'action="(/account/tokens/[0-9a-f-]{36}/revoke)"', answer.text)[0]
    assert "The token is revoked." in await said(mine, await send(mine, path))
    assert (await other_client.get("/api/me", headers={"authorization": f"Bearer {secret}"})).status_code == 401


@pytest.mark.parametrize(
    ("form", "field", "status"),
    [
        ({"name": "", "scopes": "read", "days": "30"}, "name", 400),
        ({"name": "n" * 101, "scopes": "read", "days": "30"}, "name", 400),
        ({"name": "n", "days": "30"}, "field-scopes", 400),
        ({"name": "n", "scopes": ["read", "all"], "days": "30"}, "field-scopes", 400),
        ({"name": "n", "scopes": ["read", "admin"], "days": "30"}, "field-scopes", 403),
        ({"name": "n", "scopes": "read", "days": "367"}, "days", 400),
        ({"name": "n", "scopes": "read", "days": "0"}, "days", 400),
        ({"name": "n", "scopes": "read", "days": "-1"}, "days", 400),
        ({"name": "n", "scopes": "read", "days": "9" * 30}, "days", 400),
    ],
)
async def test_a_wrong_token_is_said_beside_the_field_and_none_is_made(
    mine: Browser, form: dict[str, str | list[str]], field: str, status: int
) -> None:
    answer = await send(mine, "/account/tokens", form)
    assert answer.status_code == status
    page = valid(answer)
    usual = valid(await mine.get("/account/tokens"))
    assert described(page, field) != described(usual, field)
    assert value(page, "name") == form["name"]
    ticked = {tag.get("value") for tag in page.iter("input") if tag.get("checked") is not None}
    assert ticked == set([scopes] if isinstance(scopes := form.get("scopes", []), str) else scopes) - {"all", "admin"}
    assert await db.fetch_value("select count(*) from api_tokens") == 0


async def test_only_an_administrator_is_offered_the_administrators_scope(
    mine: Browser, other_client: Browser, root: Player
) -> None:
    await sign_in(other_client, root)
    pages = [(await browser.get("/account/tokens")).text for browser in (mine, other_client)]
    assert ['value="admin"' in page for page in pages] == [False, True]


async def test_a1_a_strangers_token_and_one_that_is_none_look_the_same(
    mine: Browser, other_client: Browser, bob: Player
) -> None:
    await sign_in(other_client, bob)
    await send(other_client, "/account/tokens", {"name": "x", "scopes": "read", "days": ""})
    theirs = await db.fetch_value("select id from api_tokens")
    answers = [await send(mine, f"/account/tokens/{token}/revoke") for token in (theirs, new_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert await db.fetch_value("select revoked_at from api_tokens") is None
