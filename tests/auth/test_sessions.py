"""A19: a session belongs to one sign-in, can be ended from here, and ends by itself."""

from uuid import UUID

import pytest

from app.auth import sessions
from app.auth.devices import Device, ip_prefix
from app.auth.queries import links
from app.auth.sessions import Origin
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.core.secrets import hashed, new_token
from app.database.engine import db
from tests.cast import Player

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def _begin(player: Player, ended: str = "") -> str:
    return await sessions.begin(player.id, "test", Origin(FIREFOX, "192.0.2.77"), ended)


async def _aged(days: float, column: str = "last_seen_at") -> None:
    await db.fetch(f"update login_sessions set {column} = {column} - $1::float8 * interval '1 day'", days)


async def _count(sql: str) -> int:
    return int(await db.fetch_value(f"select count(*) from login_sessions where {sql}"))


async def test_a19_a_token_tells_who_holds_it(alice: Player) -> None:
    asker = await sessions.holder(await _begin(alice))
    assert asker is not None
    assert (asker.id, asker.name, asker.email, asker.role) == (alice.id, "Alice", "alice@example.com", "DEVELOPER")


async def test_a19_only_the_hash_of_a_token_is_stored(alice: Player) -> None:
    token = await _begin(alice)
    rows = await db.fetch("select t::text as row, token_sha256 from login_sessions t")
    assert len(token) >= 43
    assert [row["token_sha256"] for row in rows] == [hashed(token)]
    assert token not in rows[0]["row"]


def test_a19_a_thousand_tokens_share_no_beginning() -> None:
    tokens = {new_token()[:8] for _ in range(1000)}
    assert len(tokens) == 1000


async def test_a19_signing_in_ends_the_session_that_the_browser_held(alice: Player, bob: Player) -> None:
    old = await _begin(alice)
    new = await _begin(bob, ended=old)
    assert await sessions.holder(old) is None
    assert await sessions.holder(new) is not None


@pytest.mark.parametrize("token", ["", "chosen-by-the-visitor", "\x00", "\udcff", "x" * 100_000])
async def test_a19_a_token_that_we_did_not_make_opens_nothing(token: str, alice: Player) -> None:
    assert await sessions.holder(token) is None
    assert await _count("true") == 0


async def test_a19_a_session_ends_thirty_days_after_it_was_last_used(alice: Player) -> None:
    token = await _begin(alice)
    await _aged(29.9, "expires_at")
    assert await sessions.holder(token) is not None
    await _aged(0.2, "expires_at")
    assert await sessions.holder(token) is None


async def test_a19_using_a_session_moves_its_end_away(alice: Player) -> None:
    token = await _begin(alice)
    await _aged(29)
    await _aged(29, "expires_at")
    await sessions.holder(token)
    assert await _count("expires_at > now() + interval '29 days'") == 1


async def test_a19_no_use_keeps_a_session_longer_than_half_a_year(alice: Player) -> None:
    token = await _begin(alice)
    await _aged(170, "created_at")
    await _aged(1)
    await sessions.holder(token)
    assert await _count("expires_at < now() + interval '10 days 1 minute'") == 1


async def test_being_seen_is_written_at_most_every_five_minutes(alice: Player) -> None:
    token = await _begin(alice)
    seen = "select last_seen_at from login_sessions"
    before = await db.fetch_value(seen)
    await sessions.holder(token)
    assert await db.fetch_value(seen) == before
    await _aged(5.1 / 1440)
    await sessions.holder(token)
    assert await db.fetch_value(seen) > before


async def test_being_seen_is_noted_with_the_person(alice: Player) -> None:
    await db.fetch(
        "insert into user_stats (user_id, total_xp, current_level, streak_count) values ($1, 0, 1, 0)", alice.id
    )
    token = await _begin(alice)
    await _aged(1)
    await sessions.holder(token)
    assert await db.fetch_value("select last_active_at from user_stats where user_id = $1", alice.id) is not None


async def test_a18_a_closed_account_holds_no_session(alice: Player) -> None:
    token = await _begin(alice)
    await db.fetch("update users set is_active = false where id = $1", alice.id)
    assert await sessions.holder(token) is None


async def test_a18_nobody_signs_in_to_a_closed_account(alice: Player) -> None:
    await db.fetch("update users set is_active = false where id = $1", alice.id)
    with pytest.raises(Forbidden, match="closed"):
        await _begin(alice)
    assert await _count("true") == 0


async def test_a19_a_person_sees_their_devices_and_nobody_elses(alice: Player, bob: Player) -> None:
    await _begin(alice)
    await _begin(bob)
    (session,) = await sessions.listed(alice.id)
    assert (str(session.device), session.ip_prefix, session.how) == ("Firefox on Linux", "192.0.2.0/24", "test")


async def test_a19_one_device_is_signed_out_from_another(alice: Player) -> None:
    lost, kept = await _begin(alice), await _begin(alice)
    await sessions.revoke(alice.id, await _id_of(lost))
    assert await sessions.holder(lost) is None
    assert await sessions.holder(kept) is not None


async def _id_of(token: str) -> UUID:
    asker = await sessions.holder(token)
    assert asker is not None
    assert asker.session_id is not None
    return asker.session_id


async def test_a19_a_strangers_session_and_an_unknown_one_are_the_same(alice: Player, charlie: Player) -> None:
    token = await _begin(alice)
    for session_id in (await _id_of(token), new_id()):
        with pytest.raises(NotFound):
            await sessions.revoke(charlie.id, session_id)
    assert await sessions.holder(token) is not None


async def test_a19_all_other_devices_are_signed_out_at_once(alice: Player, bob: Player) -> None:
    kept, others, bobs = await _begin(alice), [await _begin(alice) for _ in range(3)], await _begin(bob)
    assert await sessions.revoke_others(alice.id, await _id_of(kept)) == 3
    assert [await sessions.holder(token) for token in others] == [None] * 3
    assert await sessions.holder(kept) is not None
    assert await sessions.holder(bobs) is not None


async def test_a19_signing_out_ends_the_session_itself(alice: Player) -> None:
    token = await _begin(alice)
    await sessions.sign_out(token)
    assert await sessions.holder(token) is None


async def test_what_happens_to_sessions_is_in_the_audit_trail_without_tokens(alice: Player) -> None:
    token = await _begin(alice)
    await sessions.sign_out(token)
    rows = await db.fetch("select action, ip_prefix, a::text as row from audit_logs a order by id")
    assert [row["action"] for row in rows] == ["auth.signed_in", "auth.signed_out"]
    assert rows[0]["ip_prefix"] == "192.0.2.0/24"
    assert all(token not in row["row"] for row in rows)


async def test_sessions_that_ended_long_ago_are_swept_away(alice: Player) -> None:
    await _begin(alice)
    token = await _begin(alice)
    await sessions.sign_out(token)
    await db.fetch(
        "update login_sessions set revoked_at = revoked_at - interval '31 days' where revoked_at is not null"
    )
    await links.sweep()
    assert await _count("true") == 1


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("a socket", ""),
        ("", ""),
    ],
)
def test_of_an_address_only_its_network_is_kept(address: str, prefix: str) -> None:
    assert ip_prefix(address) == prefix


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.9.1", "curl"),
        ("", ""),
    ],
)
def test_a_device_has_a_name_that_its_owner_knows(user_agent: str, device: str) -> None:
    assert str(Device.of(user_agent)) == device
