"""Whose account an identity opens, who may join by one, and how one is linked and unlinked."""

import asyncio
import base64
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from app.auth import identities, oauth, people, sign_in
from app.auth.providers import provider_of
from app.auth.sign_in import Arrived, Return
from app.auth.tables import OAuthAccount, PendingLogin, User
from app.core.errors import Conflict, Duplicate, Forbidden, NotFound, Rejected
from app.core.secrets import Vault
from app.core.settings import Settings
from app.database.engine import db
from tests.cast import Player
from tests.oidc.forger import Forger
from tests.oidc.steps import VAULT, VERIFIED, adopted, begun, browser, came, owner_of, people_count

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
