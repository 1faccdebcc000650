"""Signing in at a provider, with a real database: one state, one browser, one use; and where one arrives."""

import asyncio
from dataclasses import replace

import pytest

from app.auth import sign_in
from app.auth.id_tokens import Untrusted
from app.auth.oauth import ProviderAway
from app.auth.sign_in import Arrived, Return
from app.auth.tables import PendingLogin, User
from app.core.errors import NotFound, Rejected
from app.core.secrets import hashed
from app.core.settings import Settings
from app.database.engine import db
from tests.oidc.forger import Forger
from tests.oidc.steps import HOSTILE_PATHS, VAULT, VERIFIED, begun, browser, came, people_count

# A14: one state, one browser, one use --------------------------------------------------------------------------------


async def test_a_newcomer_gets_an_account_and_a_session(house: Settings, liar: Forger) -> None:
    arrived = await came(liar, **VERIFIED)
    person = await User.select().first().run()
    assert arrived.session
    assert person is not None
    assert (person["email"], person["name"], person["role"]) == ("newcomer@example.com", "New Comer", "DEVELOPER")
    assert person["email_verified_at"] is not None


async def test_who_comes_again_gets_the_same_account(house: Settings, liar: Forger) -> None:
    await came(liar, **VERIFIED)
    await came(liar, **VERIFIED)
    assert await people_count() == 1


async def test_a14_a_callback_that_is_replayed_does_nothing(house: Settings, liar: Forger) -> None:
    liar.person = VERIFIED
    who = browser()
    back = await begun(liar, who)
    await sign_in.finish("oidc", who, back)
    with pytest.raises(Rejected, match="begin again"):
        await sign_in.finish("oidc", who, back)


async def test_a14_another_browser_cannot_finish_it_and_the_right_one_still_can(house: Settings, liar: Forger) -> None:
    liar.person = VERIFIED
    who = browser()
    back = await begun(liar, who)
    with pytest.raises(Rejected, match="another browser"):
        await sign_in.finish("oidc", browser(), back)
    assert liar.asked["/token"] == 0
    assert (await sign_in.finish("oidc", who, back)).session


@pytest.mark.parametrize("state", ["", "wrong", "\x00", "\ud800", "a" * 100_000])
async def test_a14_a_wrong_state_uses_nothing_up(house: Settings, liar: Forger, state: str) -> None:
    liar.person = VERIFIED
    who = browser()
    back = await begun(liar, who)
    with pytest.raises(Rejected):
        await sign_in.finish("oidc", who, replace(back, state=state))
    assert (await sign_in.finish("oidc", who, back)).session


async def test_a14_two_tabs_both_work(house: Settings, liar: Forger) -> None:
    liar.person = VERIFIED
    who = browser()
    first, second = await begun(liar, who, "/first"), await begun(liar, who, "/second")
    arrived = [await sign_in.finish("oidc", who, back) for back in (second, first)]
    assert [each.next_path for each in arrived] == ["/second", "/first"]


async def test_a14_of_fifty_that_come_back_at_once_with_one_state_one_gets_in(house: Settings, liar: Forger) -> None:
    liar.person = VERIFIED
    who = browser()
    back = await begun(liar, who)
    outcomes = await asyncio.gather(*(sign_in.finish("oidc", who, back) for _ in range(50)), return_exceptions=True)
    inside = [each for each in outcomes if isinstance(each, Arrived)]
    print(f"A14: 50 callbacks with one state, sessions: {len(inside)}")
    assert len(inside) == 1
    assert all(isinstance(each, Arrived | Rejected) for each in outcomes)


async def test_a14_a_sign_in_that_took_too_long_is_over(house: Settings, liar: Forger) -> None:
    liar.person = VERIFIED
    who = browser()
    back = await begun(liar, who)
    await db.fetch("update pending_logins set expires_at = now() - interval '1 second'")
    with pytest.raises(Rejected, match="too long ago"):
        await sign_in.finish("oidc", who, back)
    assert sign_in.MINUTES <= 10


async def test_a14_the_nonce_of_another_tab_does_not_count(house: Settings, liar: Forger) -> None:
    liar.person = VERIFIED
    who = browser()
    first, second = await begun(liar, who), await begun(liar, who)
    with pytest.raises((Untrusted, Rejected)):
        await sign_in.finish("oidc", who, replace(first, code=second.code))
    assert await people_count() == 0


async def test_a14_what_waits_in_the_database_is_no_use_to_a_thief(house: Settings, liar: Forger) -> None:
    who = browser()
    back = await begun(liar, who)
    rows = str(await db.fetch("select to_jsonb(p)::text from pending_logins p"))
    row = await PendingLogin.select().first().run()
    assert row is not None
    assert bytes(row["state_sha256"]) == hashed(back.state)
    assert back.state not in rows
    assert who.visitor not in rows
    for column in ("nonce_enc", "verifier_enc"):
        assert VAULT.decrypt(bytes(row[column])) not in rows


async def test_who_says_no_at_the_provider_is_told_and_nothing_happens(house: Settings, liar: Forger) -> None:
    who = browser()
    back = await begun(liar, who)
    with pytest.raises(Rejected, match="Liar & Sons did not sign you in"):
        await sign_in.finish("oidc", who, Return(state=back.state, error="access_denied"))
    assert liar.asked["/token"] == 0


async def test_a24_a_refused_sign_in_is_in_the_audit_trail(house: Settings, liar: Forger) -> None:
    liar.claims = {"nonce": "another"}
    with pytest.raises(Untrusted):
        await came(liar)
    row = await db.fetch_one("select action, details::text from audit_logs")
    assert row is not None
    assert row["action"] == "auth.sign_in_refused"
    assert "UNTRUSTED_ANSWER" in row["details"]


async def test_b19_a_provider_that_is_away_changes_nothing(house: Settings, liar: Forger) -> None:
    liar.statuses = {"/token": 503}
    with pytest.raises(ProviderAway):
        await came(liar, **VERIFIED)
    assert await people_count() == 0


async def test_a_provider_that_is_not_set_up_does_not_exist(house: Settings) -> None:
    for name in ("google", "github", "nobody", "../oidc"):
        with pytest.raises(NotFound):
            await sign_in.begin(name, browser(), "/")


# A15: where one arrives ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", HOSTILE_PATHS, ids=range(len(HOSTILE_PATHS)))
async def test_a15_one_arrives_at_a_page_of_ours_whatever_was_asked(house: Settings, liar: Forger, path: str) -> None:
    liar.person = VERIFIED
    who = browser()
    arrived = await sign_in.finish("oidc", who, await begun(liar, who, path))
    assert arrived.next_path == "/"


@pytest.mark.parametrize("path", ["/c/1?x=1", "/help/set-up#root", "/search?q=50%25"])
async def test_a15_a_path_of_ours_is_kept(house: Settings, liar: Forger, path: str) -> None:
    liar.person = VERIFIED
    who = browser()
    assert (await sign_in.finish("oidc", who, await begun(liar, who, path))).next_path == path
