"""API tokens: shown once, no further than their maker, gone with the account."""

import httpx2
import pytest

from app.auth import people, tokens
from app.auth.tokens import SCOPES
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, NotFound, Rejected
from app.core.ids import new_id
from app.database.engine import db
from tests.cast import Player, sign_in


def asker(player: Player, scopes: frozenset[str] | None = None, role: str = "DEVELOPER") -> Asker:
    return Asker(id=player.id, name=player.name, email=player.email, role=role, scopes=scopes)  # type: ignore[arg-type]


async def made(player: Player, *scopes: str, days: int | None = None) -> str:
    return (await tokens.create(asker(player), "script", scopes or ("read",), days)).secret


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_a19_a_token_is_stored_as_a_hash_and_recognised_by_its_end(alice: Player) -> None:
    token = await made(alice)
    row = await db.fetch_value("select t::text from api_tokens t")
    assert token not in row
    (listed,) = await tokens.listed(alice.id)
    assert token.endswith(listed.hint)
    assert listed.last_used_at is None


async def test_a_token_says_who_asks_and_how_far_they_reach(alice: Player) -> None:
    found = await tokens.holder(await made(alice, "read", "write"))
    assert found is not None
    assert (found.id, found.scopes, found.session_id) == (alice.id, frozenset({"read", "write"}), None)


async def test_the_last_use_of_a_token_is_seen(alice: Player) -> None:
    token = await made(alice)
    await tokens.holder(token)
    first = (await tokens.listed(alice.id))[0].last_used_at
    await tokens.holder(token)
    assert first is not None
    assert (await tokens.listed(alice.id))[0].last_used_at == first


@pytest.mark.parametrize("token", ["", "cp_", "cp_unknown", "cp_\x00", "cp_\udcff", "no prefix", "cp_" + "x" * 100_000])
async def test_a_token_that_we_did_not_make_opens_nothing(token: str, database: object) -> None:
    assert await tokens.holder(token) is None


async def test_a_token_ends_when_it_was_said_to(alice: Player) -> None:
    token = await made(alice, days=7)
    assert await tokens.holder(token) is not None
    await db.fetch("update api_tokens set expires_at = expires_at - interval '8 days'")
    assert await tokens.holder(token) is None
    assert (await tokens.listed(alice.id))[0].is_over


async def test_a_revoked_token_opens_nothing(alice: Player) -> None:
    token = await made(alice)
    await tokens.revoke(alice.id, (await tokens.listed(alice.id))[0].id)
    assert await tokens.holder(token) is None
    assert await tokens.listed(alice.id) == []


async def test_a_strangers_token_and_an_unknown_one_are_the_same(alice: Player, charlie: Player) -> None:
    token = await made(alice)
    for token_id in ((await tokens.listed(alice.id))[0].id, new_id()):
        with pytest.raises(NotFound):
            await tokens.revoke(charlie.id, token_id)
    assert await tokens.holder(token) is not None


async def test_a18_a_closed_account_holds_no_token_and_gets_none_back(alice: Player) -> None:
    token = await made(alice)
    await people.deactivate("console", alice.id)
    assert await tokens.holder(token) is None
    await people.reactivate("console", alice.id)
    assert await tokens.holder(token) is None


async def test_a18_no_token_outlives_its_person_even_where_nobody_revoked_it(alice: Player) -> None:
    token = await made(alice)
    await db.fetch("update users set is_active = false where id = $1", alice.id)
    assert await tokens.holder(token) is None


@pytest.mark.parametrize(
    ("name", "scopes", "days", "field"),
    [
        ("", ["read"], None, "name"),
        ("  ", ["read"], None, "name"),
        ("x" * 101, ["read"], None, "name"),
        ("a\x00b", ["read"], None, "name"),
        ("script", [], None, "scopes"),
        ("script", ["everything"], None, "scopes"),
        ("script", ["read"], 0, "days"),
        ("script", ["read"], 367, "days"),
    ],
)
async def test_what_cannot_be_a_token_is_said_beside_the_field(
    alice: Player, name: str, scopes: list[str], days: int | None, field: str
) -> None:
    with pytest.raises(Rejected) as wrong:
        await tokens.create(asker(alice), name, scopes, days)
    assert list(wrong.value.fields) == [field]


async def test_a25_only_an_administrator_hands_on_what_administrators_do(alice: Player, root: Player) -> None:
    with pytest.raises(Forbidden):
        await tokens.create(asker(alice), "script", ["admin"])
    await tokens.create(asker(root, role="ADMIN"), "script", ["admin"])
    assert (await tokens.listed(root.id))[0].scopes == ["admin"]


async def test_a25_a_token_makes_none_that_reaches_further(alice: Player) -> None:
    with pytest.raises(Forbidden):
        await tokens.create(asker(alice, frozenset({"write"})), "script", ["read", "write"])


async def test_nobody_hoards_tokens(alice: Player) -> None:
    for _ in range(tokens.MOST_TOKENS):
        await made(alice)
    with pytest.raises(Conflict):
        await made(alice)


def test_every_scope_is_explained() -> None:
    assert all(sentence for sentence in SCOPES.values())


# Over HTTP ------------------------------------------------------------------------------------------------------------


async def test_a_program_learns_who_it_is(client: httpx2.AsyncClient, alice: Player) -> None:
    answer = await client.get("/api/me", headers=bearer(await made(alice)))
    assert answer.status_code == 200
    assert (answer.json()["email"], answer.json()["scopes"]) == ("alice@example.com", ["read"])


async def test_a_program_without_a_token_is_told_so(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_that_reads_writes_nothing(client: httpx2.AsyncClient, alice: Player) -> None:
    reading = bearer(await made(alice, "read"))
    answer = await client.post("/api/tokens", headers=reading, json={"name": "x", "scopes": ["read"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")
    assert (await client.delete(f"/api/tokens/{new_id()}", headers=reading)).status_code == 403
    assert (await client.delete("/api/sessions", headers=reading)).status_code == 403


async def test_a_token_that_writes_only_reads_nothing(client: httpx2.AsyncClient, alice: Player) -> None:
    assert (await client.get("/api/me", headers=bearer(await made(alice, "write")))).status_code == 403


async def test_a_program_makes_lists_and_revokes_tokens(client: httpx2.AsyncClient, alice: Player) -> None:
    own = bearer(await made(alice, "read", "write"))
    new = await client.post("/api/tokens", headers=own, json={"name": "ci", "scopes": ["read"], "days": 30})
    assert new.status_code == 201
    assert (await client.get("/api/me", headers=bearer(new.json()["token"]))).status_code == 200
    listed = (await client.get("/api/tokens", headers=own)).json()
    assert [token["name"] for token in listed] == ["ci", "script"]
    assert new.json()["token"] not in str(listed)
    assert (await client.delete(f"/api/tokens/{new.json()['id']}", headers=own)).status_code == 204
    assert (await client.get("/api/me", headers=bearer(new.json()["token"]))).status_code == 401


async def test_a25_a_new_token_takes_no_field_that_is_not_its_own(
    client: httpx2.AsyncClient, alice: Player, bob: Player
) -> None:
    own = bearer(await made(alice, "read", "write"))
    for extra in ({"user_id": str(bob.id)}, {"token_sha256": "00"}, {"revoked_at": None}, {"hint": "abcd"}):
        sent = {"name": "x", "scopes": ["read"], **extra}
        answer = await client.post("/api/tokens", headers=own, json=sent)
        assert answer.status_code == 400
    assert len(await tokens.listed(alice.id)) == 1


async def test_a_program_sees_and_ends_the_devices_of_its_person_only(
    client: httpx2.AsyncClient, other_client: httpx2.AsyncClient, alice: Player, bob: Player
) -> None:
    await sign_in(other_client, alice)
    own = bearer(await made(alice, "read", "write"))
    (session,) = (await client.get("/api/sessions", headers=own)).json()
    stranger = bearer(await made(bob, "read", "write"))
    assert (await client.delete(f"/api/sessions/{session['id']}", headers=stranger)).status_code == 404
    assert (await other_client.get("/api/me")).status_code == 200
    assert (await client.delete(f"/api/sessions/{session['id']}", headers=own)).status_code == 204
    assert (await other_client.get("/api/me")).status_code == 401
