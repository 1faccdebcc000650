"""Signing in at a provider, with a real database: who gets in, into which account, and who does not."""

import asyncio
import base64
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from app.auth import identities, oauth, people, sign_in
from app.auth.id_tokens import Untrusted
from app.auth.oauth import ProviderAway
from app.auth.providers import provider_of
from app.auth.sign_in import Arrived, Browser, Return
from app.auth.tables import OAuthAccount, PendingLogin, User
from app.core import settings as core_settings
from app.core.errors import Conflict, Duplicate, Forbidden, NotFound, Rejected
from app.core.secrets import Vault, hashed, new_token
from app.core.settings import Settings
from app.database.address import Address
from app.database.engine import db
from tests.cast import Player
from tests.oidc.forger import CLIENT_ID, CLIENT_SECRET, Forger

VAULT = Vault(["the secret of the tests which is long enough"])
VERIFIED: dict[str, Any] = {"email": "newcomer@example.com", "email_verified": True, "name": "New Comer"}
HOSTILE_PATHS = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nLocation: https://evil.example",
    "javascript:alert(1)",
    "evil.example",
    "@evil.example",
    "///evil.example",
    "/" + "a" * 3000,
    "",
    "/\x00",
    " //evil.example",
]


@pytest.fixture
def house(database: Address, settings: Settings, liar: Forger) -> Settings:
    """The settings with the liar as a provider, and open doors."""
    return adopted(settings, liar)


def adopted(settings: Settings, liar: Forger, **given: object) -> Settings:
    values = {
        "oidc_issuer": liar.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_name": "Liar & Sons",
        "registration": "open",
    }
    return core_settings.adopt(replace(settings, **(values | given)))  # type: ignore[arg-type] # names are those of fields


def browser(**given: object) -> Browser:
    return replace(Browser(new_token(), VAULT), **given)  # type: ignore[arg-type] # names are those of fields


async def begun(liar: Forger, who: Browser, next_path: str = "/", *, linking: bool = False) -> Return:
    """Begin, sign in at the provider, and come back."""
    back = liar.approve((await sign_in.begin("oidc", who, next_path, linking=linking)).url)
    return Return(back.state, back.code, back.iss)


async def came(liar: Forger, who: Browser | None = None, **claims: Any) -> Arrived:
    """The whole way, as somebody of whom the provider says this."""
    liar.person = claims
    who = who or browser()
    return await sign_in.finish("oidc", who, await begun(liar, who))


async def people_count() -> int:
    return int(await User.count().run())


async def owner_of(subject: str) -> object:
    row = (
        await OAuthAccount.select(OAuthAccount.user_id).where(OAuthAccount.provider_account_id == subject).first().run()
    )
    return row["user_id"] if row else None


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


@pytest.mark.parametrize("path", ["/c/1?x=1", "/%5cevil.example", "/%09/evil.example"])
async def test_a15_a_path_of_ours_is_kept(house: Settings, liar: Forger, path: str) -> None:
    liar.person = VERIFIED
    who = browser()
    assert (await sign_in.finish("oidc", who, await begun(liar, who, path))).next_path == path


# A13: whose account --------------------------------------------------------------------------------------------------


async def test_a13_a_verified_address_opens_the_account_that_has_it(
    house: Settings, liar: Forger, alice: Player
) -> None:
    await came(liar, email="Alice@Example.com", email_verified=True)
    assert await owner_of("subject-1") == alice.id


@pytest.mark.parametrize("word", [False, None, "true", 1])
async def test_a13_an_unverified_address_opens_nothing(
    house: Settings, liar: Forger, alice: Player, word: object
) -> None:
    with pytest.raises(Duplicate, match="Account page links further ways"):
        await came(liar, email=alice.email, email_verified=word)
    assert await owner_of("subject-1") is None


async def test_a13_an_address_that_its_account_never_proved_opens_nothing(
    house: Settings, liar: Forger, alice: Player
) -> None:
    await db.fetch("update users set email_verified_at = null")
    with pytest.raises(Duplicate):
        await came(liar, email=alice.email, email_verified=True)


async def test_a13_where_the_policy_says_no_a_verified_address_opens_nothing(
    settings: Settings, house: Settings, liar: Forger, alice: Player
) -> None:
    adopted(settings, liar, link_verified_email=False)
    with pytest.raises(Duplicate):
        await came(liar, email=alice.email, email_verified=True)


async def test_a13_an_address_that_the_provider_gave_to_somebody_else_opens_nothing(
    house: Settings, liar: Forger, alice: Player
) -> None:
    await came(liar, email=alice.email, email_verified=True)
    with pytest.raises(Duplicate):
        await came(liar, sub="subject-2", email=alice.email, email_verified=True)


async def test_a13_who_changes_their_address_at_the_provider_keeps_the_account(house: Settings, liar: Forger) -> None:
    await came(liar, **VERIFIED)
    before = await owner_of("subject-1")
    await came(liar, email="elsewhere@example.com", email_verified=True)
    assert await owner_of("subject-1") == before
    assert await people_count() == 1


async def test_a13_who_takes_the_address_of_somebody_at_the_provider_stays_who_they_are(
    house: Settings, liar: Forger, alice: Player
) -> None:
    await came(liar, **VERIFIED)
    own = await owner_of("subject-1")
    await came(liar, email=alice.email, email_verified=True)
    assert await owner_of("subject-1") == own
    assert own != alice.id


async def test_a13_the_same_subject_at_another_issuer_is_somebody_else(
    settings: Settings, house: Settings, liar: Forger
) -> None:
    await came(liar, **VERIFIED)
    await db.fetch("update oauth_accounts set provider = 'https://other.example'")
    await came(liar, email="second@example.com", email_verified=True)
    assert await people_count() == 2


@pytest.mark.parametrize(
    "email", ["\u0430lice@example.com", "alice@ex\u0430mple.com", "alice@example.com\u200b", "\uff41lice@example.com"]
)
async def test_a13_an_address_that_only_looks_the_same_opens_nothing(
    house: Settings, liar: Forger, alice: Player, email: str
) -> None:
    with pytest.raises(Rejected):
        await came(liar, email=email, email_verified=True)
    assert await owner_of("subject-1") is None


async def test_who_tells_no_address_is_told_what_is_missing(house: Settings, liar: Forger) -> None:
    with pytest.raises(Rejected, match="did not tell your address"):
        await came(liar)


# Who may join --------------------------------------------------------------------------------------------------------


async def test_where_registration_is_closed_a_newcomer_is_refused_and_nothing_is_kept(
    settings: Settings, house: Settings, liar: Forger
) -> None:
    adopted(settings, liar, registration="closed")
    with pytest.raises(Forbidden):
        await came(liar, **VERIFIED)
    assert await people_count() == 0
    assert await owner_of("subject-1") is None


async def test_where_a_domain_may_join_only_a_verified_address_of_it_may(
    settings: Settings, house: Settings, liar: Forger
) -> None:
    adopted(settings, liar, registration="domain", registration_domains=("example.com",))
    refused: list[dict[str, Any]] = [{"email": "a@other.example", "email_verified": True}, {"email": "a@example.com"}]
    for claims in refused:
        with pytest.raises(Forbidden):
            await came(liar, **claims)
    assert (await came(liar, **VERIFIED)).session


async def test_a17_of_fifty_newcomers_at_once_none_becomes_administrator(house: Settings, liar: Forger) -> None:
    async def newcomer(number: int) -> None:
        identity = replace(template, subject=f"s{number}", email=f"n{number}@example.com", email_verified=True)
        await identities.account_of(identity, VAULT)

    who = browser()
    back = await begun(liar, who)
    pending = await PendingLogin.select().first().run()
    assert pending is not None
    template = await completed(liar, pending, back)
    await asyncio.gather(*(newcomer(number) for number in range(50)))
    administrators = await User.count().where(User.role == "ADMIN").run()
    print(f"A17: 50 newcomers at once, administrators: {administrators}")
    assert administrators == 0
    assert await people_count() == 50


async def test_a17_of_fifty_first_sign_ins_of_one_person_one_account_comes(house: Settings, liar: Forger) -> None:
    who = browser()
    back = await begun(liar, who)
    pending = await PendingLogin.select().first().run()
    assert pending is not None
    liar.person = VERIFIED
    identity = await completed(liar, pending, back)
    found = await asyncio.gather(*(identities.account_of(identity, VAULT) for _ in range(50)))
    assert len(set(found)) == 1
    assert await people_count() == 1


async def completed(liar: Forger, pending: dict[str, Any], back: Return) -> oauth.Identity:
    nonce, verifier = (VAULT.decrypt(bytes(pending[name])) for name in ("nonce_enc", "verifier_enc"))
    provider = provider_of("oidc")
    return await oauth.complete(
        provider, oauth.Pending(nonce, verifier), back.code, back.iss, sign_in.callback_of(provider)
    )


async def test_a18_a_closed_account_is_not_opened_by_its_provider(house: Settings, liar: Forger, alice: Player) -> None:
    await came(liar, email=alice.email, email_verified=True)
    await people.deactivate("console", alice.id)
    with pytest.raises(Forbidden, match="closed"):
        await came(liar, email=alice.email, email_verified=True)


# What is kept --------------------------------------------------------------------------------------------------------


async def test_tokens_lie_encrypted_and_can_be_read_with_a_rotated_secret(house: Settings, liar: Forger) -> None:
    await came(liar, **VERIFIED)
    row = await OAuthAccount.select().first().run()
    assert row is not None
    sealed = bytes(row["id_token_enc"])
    assert liar.last_token.encode() not in sealed
    assert liar.last_token not in str(await db.fetch("select to_jsonb(o)::text from oauth_accounts o"))
    newer = Vault(["a newer secret of the tests, long enough", "the secret of the tests which is long enough"])
    assert newer.decrypt(sealed) == liar.last_token
    assert newer.decrypt(newer.rotated(sealed)) == liar.last_token
    assert base64.urlsafe_b64decode(sealed)


async def test_two_identities_never_share_a_key_in_the_database(house: Settings, liar: Forger, alice: Player) -> None:
    await came(liar, email=alice.email, email_verified=True)
    with pytest.raises((Duplicate, asyncpg.UniqueViolationError)):
        await db.fetch(
            """
            insert into oauth_accounts (id, user_id, provider, provider_account_id)
            values (gen_random_uuid(), $1, $2, $3)
            """,
            alice.id,
            liar.issuer,
            "subject-1",
        )


# Linking from Account ------------------------------------------------------------------------------------------------


async def linked(liar: Forger, player: Player, **claims: Any) -> Arrived:
    liar.person = claims
    who = browser(person_id=player.id)
    return await sign_in.finish("oidc", who, await begun(liar, who, "/account", linking=True))


async def test_alice_links_an_identity_whatever_its_address(house: Settings, liar: Forger, alice: Player) -> None:
    arrived = await linked(liar, alice, email="other@example.com")
    assert (arrived.session, arrived.next_path) == ("", "/account")
    assert [each.provider for each in await identities.listed(alice.id)] == ["Liar & Sons"]
    await came(liar)
    assert await people_count() == 1


async def test_an_identity_of_alice_is_not_linked_to_bob(
    house: Settings, liar: Forger, alice: Player, bob: Player
) -> None:
    await linked(liar, alice)
    with pytest.raises(Conflict, match="opens another account"):
        await linked(liar, bob)
    assert await owner_of("subject-1") == alice.id


async def test_what_alice_began_is_not_linked_to_whoever_is_signed_in_by_then(
    house: Settings, liar: Forger, alice: Player, bob: Player
) -> None:
    who = browser(person_id=alice.id)
    back = await begun(liar, who, linking=True)
    with pytest.raises(Forbidden, match="nothing was linked"):
        await sign_in.finish("oidc", replace(who, person_id=bob.id), back)
    assert await owner_of("subject-1") is None


async def test_alice_unlinks_an_identity_while_another_remains(house: Settings, liar: Forger, alice: Player) -> None:
    await linked(liar, alice)
    await linked(liar, alice, sub="subject-2")
    first, second = await identities.listed(alice.id)
    await identities.unlink(alice.id, first.id)
    with pytest.raises(Conflict, match="only way to sign in"):
        await identities.unlink(alice.id, second.id)
    assert [each.id for each in await identities.listed(alice.id)] == [second.id]


async def test_a_stranger_cannot_unlink_what_is_alices(
    house: Settings, liar: Forger, alice: Player, charlie: Player
) -> None:
    await linked(liar, alice)
    [identity] = await identities.listed(alice.id)
    with pytest.raises(NotFound):
        await identities.unlink(charlie.id, identity.id)
    assert len(await identities.listed(alice.id)) == 1
