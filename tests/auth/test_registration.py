"""Who may join, and that joining happens once. A17: nobody becomes an administrator by being early."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest

from app.auth import invitations, people, registration
from app.auth.invitations import Invitation
from app.auth.registration import CLOSED, NOT_INVITED, OTHER_DOMAIN, UNVERIFIED, Newcomer, Policy
from app.core.asker import Asker
from app.core.errors import AppError, Conflict, Duplicate, Forbidden, NotFound, Rejected
from app.core.events import PersonJoined, subscribe
from app.core.ids import new_id
from app.core.settings import Settings, adopt
from app.database.engine import db
from tests.cast import Player

INVITED = Invitation(new_id(), None, "TEAM_LEAD")


def newcomer(address: str = "dora@example.com", *, is_verified: bool = True) -> Newcomer:
    return Newcomer(address=address, how="provider", is_verified=is_verified, name="Dora")


def root_asks(root: Player) -> Asker:
    return Asker(id=root.id, name=root.name, email=root.email, role="ADMIN")


def token_of(made: invitations.NewInvitation) -> str:
    return made.link.rpartition("/")[2]


async def outcomes(work: Callable[[int], Awaitable[object]], times: int = 50) -> list[object]:
    return await asyncio.gather(*(work(number) for number in range(times)), return_exceptions=True)


async def count(sql: str, *values: object) -> int:
    return int(await db.fetch_value(f"select count(*) from {sql}", *values))


# The decision ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "who", "invitation", "reason"),
    [
        (Policy("closed"), newcomer(), None, CLOSED),
        (Policy("closed"), newcomer(), INVITED, CLOSED),
        (Policy("invitation"), newcomer(), None, NOT_INVITED),
        (Policy("invitation"), newcomer(), INVITED, ""),
        (Policy("invitation"), newcomer(is_verified=False), INVITED, ""),
        (Policy("domain", ["example.com"]), newcomer(), None, ""),
        (Policy("domain", ["@Example.COM"]), newcomer("dora@EXAMPLE.com"), None, ""),
        (Policy("domain", ["example.com"]), newcomer(is_verified=False), None, UNVERIFIED),
        (Policy("domain", ["example.com"]), newcomer("dora@example.org"), None, OTHER_DOMAIN),
        (Policy("domain", ["example.com"]), newcomer("dora@evil.example.com"), None, OTHER_DOMAIN),
        (Policy("domain", ["example.com"]), newcomer("dora@notexample.com"), None, OTHER_DOMAIN),
        (Policy("domain", ["example.com"]), newcomer('"dora@example.com"@evil.org'), None, OTHER_DOMAIN),
        (Policy("domain", ["example.com"]), newcomer("dora@example.org"), INVITED, ""),
        (Policy("open"), newcomer(), None, ""),
        (Policy("open"), newcomer(is_verified=False), None, ""),
    ],
)
def test_the_policy_decides_who_joins(
    policy: Policy, who: Newcomer, invitation: Invitation | None, reason: str
) -> None:
    assert registration.refusal(policy, who, invitation) == reason


# Joining --------------------------------------------------------------------------------------------------------------


async def test_a17_registration_is_closed_unless_somebody_opens_it(database: object) -> None:
    with pytest.raises(Forbidden, match="Nobody can join"):
        await registration.admit(newcomer())
    assert await count("users") == 0


async def test_a17_who_joins_is_no_administrator(database: object, settings: Settings) -> None:
    adopt(replace(settings, registration="open"))
    assert (await people.profile(await registration.admit(newcomer()))).role == "DEVELOPER"


async def test_the_operator_chooses_the_role_of_those_who_join(database: object, settings: Settings) -> None:
    adopt(replace(settings, registration="open", registration_role="STUDENT"))
    assert (await people.profile(await registration.admit(newcomer()))).role == "STUDENT"


async def test_who_joins_has_counters_a_fact_and_a_line_in_the_audit_trail(database: object) -> None:
    heard: list[PersonJoined] = []

    async def hear(fact: PersonJoined) -> None:
        heard.append(fact)

    subscribe(PersonJoined, hear)
    user_id = await registration.join(newcomer())
    assert await count("user_stats where user_id = $1", user_id) == 1
    assert await count("audit_logs where action = 'auth.joined' and resource_id = $1", str(user_id)) == 1
    assert PersonJoined(user_id, "provider") in heard


@pytest.mark.parametrize("again", ["dora@example.com", "DORA@Example.com", "  dora@example.com "])
async def test_a13_an_address_belongs_to_one_active_person_however_it_is_written(database: object, again: str) -> None:
    await registration.join(newcomer())
    with pytest.raises(Duplicate, match="Account page"):
        await registration.join(newcomer(again))
    assert await count("users") == 1
    assert await count("user_stats") == 1


async def test_fifty_who_join_with_one_address_at_once_make_one_account(database: object) -> None:
    found = await outcomes(lambda _: registration.join(newcomer()))
    assert sum(isinstance(one, UUID) for one in found) == 1
    assert sum(isinstance(one, Duplicate) for one in found) == 49
    assert await count("users") == await count("user_stats") == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "dora",
        "dora@",
        "@example.com",
        "a b@example.com",
        "a@b@example.com",
        "a@example.com\r\nBcc: x@y.z",
        "a@b",
        "\x00@example.com",
    ],
)
async def test_what_is_no_address_joins_nobody(database: object, address: str) -> None:
    with pytest.raises(Rejected) as wrong:
        await registration.join(newcomer(address))
    assert list(wrong.value.fields) == ["address"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Dora", "Dora"),
        ("  Dora\n Dee ", "Dora Dee"),
        ("", "Dora"),
        ("\x00\ud800", "Dora"),
        ("x" * 300, "x" * 100),
        ("e\u202efil", "efil"),
    ],
)
async def test_everybody_has_a_name_that_can_be_shown(database: object, given: str, name: str) -> None:
    user_id = await registration.join(replace(newcomer(), name=given))
    assert (await people.profile(user_id)).name == name


# The first administrator ----------------------------------------------------------------------------------------------


async def test_a17_fifty_at_once_make_one_first_administrator(database: object) -> None:
    found = await outcomes(lambda _: registration.first_administrator())
    assert len(set(map(str, found))) == 1
    assert await count("users where role = 'ADMIN'") == 1


async def test_a17_where_there_is_an_administrator_no_other_is_made(root: Player, alice: Player) -> None:
    assert await registration.first_administrator() == root.id
    assert await count("users") == 2


# Invitations ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def by_invitation(settings: Settings) -> Settings:
    return adopt(replace(settings, registration="invitation"))


async def test_an_invitation_without_a_mail_server_is_a_link_to_hand_over(
    root: Player, by_invitation: Settings
) -> None:
    made = await invitations.create(root_asks(root), "", "TEAM_LEAD")
    assert made.link.startswith("http://127.0.0.1:8080/invitation/")
    assert await count("invitations i where i::text like '%' || $1 || '%'", token_of(made)) == 0
    user_id = await registration.accept(token_of(made), "dora@example.com", "Dora")
    profile = await people.profile(user_id)
    assert (profile.role, profile.email, profile.is_verified) == ("TEAM_LEAD", "dora@example.com", False)
    assert (await invitations.listed())[0].accepted_by == "Dora"


async def test_who_invites_an_address_vouches_for_it_and_no_other_is_taken(
    root: Player, by_invitation: Settings
) -> None:
    made = await invitations.create(root_asks(root), "dora@example.com", "DEVELOPER")
    user_id = await registration.accept(token_of(made), "mallory@example.com", "Dora")
    profile = await people.profile(user_id)
    assert (profile.email, profile.is_verified) == ("dora@example.com", True)


async def test_a17_fifty_who_accept_one_invitation_at_once_are_one(root: Player, by_invitation: Settings) -> None:
    token = token_of(await invitations.create(root_asks(root), "", "ADMIN"))
    found = await outcomes(lambda number: registration.accept(token, f"dora{number}@example.com", "Dora"))
    assert sum(isinstance(one, UUID) for one in found) == 1
    assert sum(isinstance(one, NotFound) for one in found) == 49
    assert await count("users where role = 'ADMIN'") == 2


async def test_an_invitation_is_over_after_a_week(root: Player, by_invitation: Settings) -> None:
    token = token_of(await invitations.create(root_asks(root), "", "DEVELOPER"))
    await db.fetch("update invitations set expires_at = expires_at - interval '7 days 1 minute'")
    with pytest.raises(NotFound, match="too old"):
        await registration.accept(token, "dora@example.com", "Dora")
    assert (await invitations.listed())[0].state == "OVER"


async def test_an_invitation_can_be_taken_back_once(root: Player, by_invitation: Settings) -> None:
    made = await invitations.create(root_asks(root), "", "DEVELOPER")
    await invitations.revoke(root_asks(root), made.id)
    with pytest.raises(NotFound):
        await registration.accept(token_of(made), "dora@example.com", "Dora")
    with pytest.raises(NotFound):
        await invitations.revoke(root_asks(root), made.id)
    assert (await invitations.listed())[0].state == "REVOKED"


async def test_an_accepted_invitation_cannot_be_taken_back(root: Player, by_invitation: Settings) -> None:
    made = await invitations.create(root_asks(root), "", "DEVELOPER")
    await registration.accept(token_of(made), "dora@example.com", "Dora")
    with pytest.raises(NotFound):
        await invitations.revoke(root_asks(root), made.id)
    assert (await invitations.listed())[0].state == "ACCEPTED"


async def test_a_refused_newcomer_does_not_use_the_invitation_up(root: Player, by_invitation: Settings) -> None:
    made = await invitations.create(root_asks(root), "", "DEVELOPER")
    for address in ("no address", "root@example.com"):
        with pytest.raises(AppError):
            await registration.accept(token_of(made), address, "Dora")
    assert (await invitations.listed())[0].state == "OPEN"


async def test_a_stale_invitation_stands_in_nobodys_way(database: object, settings: Settings) -> None:
    adopt(replace(settings, registration="open"))
    await registration.admit(newcomer(), "stale")
    assert await count("users") == 1


async def test_an_invitation_brings_a_newcomer_from_a_provider_in(root: Player, by_invitation: Settings) -> None:
    made = await invitations.create(root_asks(root), "", "STUDENT")
    user_id = await registration.admit(newcomer(), token_of(made))
    assert (await people.profile(user_id)).role == "STUDENT"


async def test_nobody_is_invited_to_a_closed_house(root: Player) -> None:
    with pytest.raises(Conflict, match="COMMONPLACE_REGISTRATION"):
        await invitations.create(root_asks(root), "", "DEVELOPER")


@pytest.mark.parametrize(("email", "role", "field"), [("nobody", "DEVELOPER", "email"), ("", "KING", "role")])
async def test_what_cannot_be_an_invitation_is_said_beside_the_field(
    root: Player, by_invitation: Settings, email: str, role: str, field: str
) -> None:
    with pytest.raises(Rejected) as wrong:
        await invitations.create(root_asks(root), email, role)  # type: ignore[arg-type]
    assert list(wrong.value.fields) == [field]
