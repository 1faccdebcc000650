"""B27: wherever the line to the database is cut, what somebody was changing has happened wholly or not at all."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from app.auth import invitations, people, tokens
from app.core import settings as settings_module
from app.core.asker import Asker
from app.core.settings import Settings
from app.database.engine import db
from app.jobs import queue
from tests import cast
from tests.cast import Player, csrf, sign_in
from tests.line import Line

MOST_CALLS = 60
Place = tuple[str, Mapping[str, str], str]  # path, form, and what is looked at afterwards


@dataclass(frozen=True, slots=True)
class Flow:
    """Something that can be done: prepared anew each time, and looked at afterwards."""

    prepare: Callable[[Player, str], Awaitable[Place]]
    state: str  # a query: one row, before and after


def asker(root: Player) -> Asker:
    return Asker(root.id, root.name, root.email, "ADMIN")


async def role(_root: Player, name: str) -> Place:
    person = await cast.enter(name)
    return f"/admin/people/{person.id}/role", {"role": "TEAM_LEAD"}, str(person.id)


async def address(_root: Player, name: str) -> Place:
    person = await cast.enter(name)
    return f"/admin/people/{person.id}/address", {"address": f"new-{name}@example.com"}, str(person.id)


async def deactivate(_root: Player, name: str) -> Place:
    person = await cast.enter(name)
    await tokens.create(Asker(person.id, person.name, person.email, "DEVELOPER"), "program", ["read"])
    async with httpx2.AsyncClient() as device:
        await sign_in(device, person)
    return f"/admin/people/{person.id}/deactivate", {}, str(person.id)


async def reactivate(_root: Player, name: str) -> Place:
    person = await cast.enter(name)
    await people.deactivate("console", person.id)
    return f"/admin/people/{person.id}/reactivate", {}, str(person.id)


async def invite(_root: Player, name: str) -> Place:
    return "/admin/invitations", {"email": f"{name}@example.com", "role": "STUDENT", "days": "7"}, f"{name}@example.com"


async def take_back(root: Player, name: str) -> Place:
    made = await invitations.create(asker(root), f"{name}@example.com", "STUDENT")
    return f"/admin/invitations/{made.id}/revoke", {}, str(made.id)


async def run_again(_root: Player, _name: str) -> Place:
    job = await queue.later("tests.never")
    await db.fetch("update jobs set state = 'DEAD', attempts = 5 where id = $1", job)
    return f"/admin/jobs/{job}/again", {}, str(job)


async def forget(_root: Player, _name: str) -> Place:
    job = await queue.later("tests.never")
    await db.fetch("update jobs set state = 'DEAD', attempts = 5 where id = $1", job)
    return f"/admin/jobs/{job}/remove", {"state": "DEAD"}, str(job)


async def rename(root: Player, name: str) -> Place:
    return "/account/profile", {"name": name, "first_name": name, "last_name": name}, str(root.id)


async def new_token(_root: Player, name: str) -> Place:
    return "/account/tokens", {"name": name, "scopes": "read", "days": "90"}, name


ABOUT = "(select count(*) from audit_logs where resource_id = $1)"
FLOWS = {
    "role": Flow(role, f"select role, {ABOUT} from users where id::text = $1"),
    "address": Flow(address, f"select email like 'new-%', {ABOUT} from users where id::text = $1"),
    "deactivate": Flow(
        deactivate,
        f"""
        select is_active, deactivated_at is null, {ABOUT},
               (select count(*) from login_sessions where user_id = users.id and revoked_at is null),
               (select count(*) from api_tokens where user_id = users.id and revoked_at is null)
        from users where id::text = $1
        """,
    ),
    "reactivate": Flow(reactivate, f"select is_active, deactivated_at is null, {ABOUT} from users where id::text = $1"),
    "invite": Flow(
        invite,
        """
        select count(*), (select count(*) from audit_logs where resource_id = max(invitations.id::text))
        from invitations where email = $1
        """,
    ),
    "take back": Flow(take_back, f"select revoked_at is null, {ABOUT} from invitations where id::text = $1"),
    "run again": Flow(run_again, f"select state, most_attempts, {ABOUT} from jobs where id::text = $1"),
    "forget": Flow(forget, f"select (select count(*) from jobs where id::text = $1), {ABOUT}"),
    "rename": Flow(
        rename,
        """
        select name || first_name || last_name,
               (select count(*) from audit_logs where action = 'auth.profile_changed') as times
        from users where id::text = $1
        """,
    ),
    "new token": Flow(
        new_token,
        """
        select count(*), (select count(*) from audit_logs where resource_id = max(api_tokens.id::text))
        from api_tokens where name = $1
        """,
    ),
}


async def state_of(flow: Flow, whose: str) -> tuple[Any, ...]:
    row = await db.fetch_one(flow.state, whose)
    assert row is not None
    return tuple(row.values())


@pytest.mark.parametrize("answered", [False, True], ids=["never heard", "never answered"])
@pytest.mark.parametrize("name", FLOWS)
async def test_b27_what_is_cut_off_has_happened_wholly_or_not_at_all(
    line: Line, client: httpx2.AsyncClient, root: Player, settings: Settings, name: str, *, answered: bool
) -> None:
    settings_module.adopt(replace(settings, registration="invitation"))
    await cast.enter("second", "ADMIN")
    await sign_in(client, root)
    flow, proof = FLOWS[name], {"_csrf": await csrf(client)}
    for nth in range(1, MOST_CALLS):
        path, form, whose = await flow.prepare(root, f"guest{nth}")
        before = await state_of(flow, whose)
        line.cut(nth, answered=answered)
        answer = await client.post(path, data={**proof, **form})
        was_cut = not line.is_whole
        line.cut(MOST_CALLS * 1000)
        after = await state_of(flow, whose)
        assert answer.status_code in (200, 303, 503), answer.text
        if answer.status_code != 503:
            assert after != before, f"acknowledged and lost at call {nth}"
        check(before, after)
        assert db.use()[0] == 0
        if not was_cut:
            print(f"B27 {name}: {nth - 1} cuts, half-states 0, connections leaked 0; {before} or {after}")
            return
    pytest.fail("There was no end to it")


def check(before: tuple[Any, ...], after: tuple[Any, ...]) -> None:
    """Either nothing has changed, or all has."""
    assert after == before or all(was != now for was, now in zip(before, after, strict=True)), (before, after)
