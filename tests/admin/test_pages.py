"""The administrators' pages, as a browser without JavaScript uses them, and as htmx asks for their pieces."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from app.audit import service as audit
from app.auth import people
from app.core.clock import now
from app.core.ids import new_id
from app.database import observed
from app.database.engine import db
from app.jobs import queue
from tests import cast
from tests.account.browsing import Browser, described, said, send, valid
from tests.cast import Player, sign_in

PAGES = (
    "/admin",
    "/admin/people",
    "/admin/invitations",
    "/admin/audit",
    "/admin/webhooks",
    "/admin/jobs",
    "/admin/health",
)
SWAP = {"HX-Request": "true"}
HOSTILE = "<img src=x onerror=alert(1)><b hx-get='/admin' hx-trigger='load'>x</b>"


async def actions() -> list[str]:
    return [entry.action for entry in (await audit.entries(audit.Filter())).rows]


async def dead_job(error: str = "it broke") -> UUID:
    job = await queue.later("tests.never", {"text": "what alice wrote"})
    assert job is not None
    sql = "update jobs set state = 'DEAD', attempts = 5, finished_at = $2, error = $3 where id = $1"
    await db.fetch(sql, job, now(), error)
    return job


async def state_of(job: UUID) -> str | None:
    state: str | None = await db.fetch_value("select state from jobs where id = $1", job)
    return state


# Everywhere -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_valid_and_leads_to_the_others(office: Browser, path: str) -> None:
    page = valid(await office.get(path))
    links = {tag.get("href") for tag in page.iter("a")}
    assert set(PAGES) <= links
    assert path in [tag.get("href") for tag in page.iter("a") if tag.get("aria-current") == "page"]


@pytest.mark.parametrize("path", PAGES)
async def test_to_everybody_else_there_is_nothing_here(client: Browser, alice: Player, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
    await sign_in(client, alice)
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "Administration" not in answer.text


async def test_a_change_by_somebody_else_changes_nothing(client: Browser, alice: Player, bob: Player) -> None:
    await sign_in(client, alice)
    job = await dead_job()
    paths = [f"/admin/people/{bob.id}/{what}" for what in ("role", "address", "deactivate", "reactivate")]
    paths += [f"/admin/jobs/{job}/again", f"/admin/jobs/{job}/remove", "/admin/invitations", "/admin/health/backup"]
    forms = {"role": "ADMIN", "address": "mine@example.com", "email": "", "days": "7"}
    assert {(await send(client, path, forms)).status_code for path in paths} == {404}
    assert (await people.profile(bob.id)).role == "DEVELOPER"
    assert await state_of(job) == "DEAD"


async def test_a24_no_page_shows_what_somebody_else_wrote(office: Browser, alice: Player) -> None:
    sql = "insert into notifications (id, user_id, kind, text) values ($1, $2, 'x', $3)"
    await db.fetch(sql, new_id(), alice.id, "canary-of-alice")
    await queue.later("tests.never", {"text": "canary-of-alice"}, user_id=alice.id)
    seen = [(await office.get(path)).text for path in (*PAGES, f"/admin/people/{alice.id}")]
    assert not any("canary-of-alice" in text for text in seen)


async def test_a6_what_people_call_themselves_stays_text(office: Browser, alice: Player) -> None:
    await people.update_profile(alice.id, HOSTILE)
    await audit.record(alice.id, "tests.hostile", "thing", HOSTILE, {HOSTILE: HOSTILE})
    await dead_job(HOSTILE)
    paths = ("/admin/people", f"/admin/people/{alice.id}", "/admin/audit", "/admin/jobs?state=DEAD")
    for path in paths:
        text = (await office.get(path)).text
        assert "onerror" in text
        assert "<img" not in text
        assert "<b hx-get" not in text


# Overview -------------------------------------------------------------------------------------------------------------


async def test_the_overview_counts_people_and_work(office: Browser, alice: Player, bob: Player) -> None:
    await people.deactivate("console", bob.id)
    await dead_job()
    text = " ".join(" ".join(valid(await office.get("/admin")).itertext()).split())
    assert "2 have an account 3 new in 30 days, 1 closed" in text
    assert "1 were here within a day" in text
    assert "1 jobs were given up" in text
    assert "All is well: PostgreSQL 18" in text


# Audit trail ----------------------------------------------------------------------------------------------------------


def told(page: Any) -> list[str]:
    rows = [tag for tag in page.iter("tr") if (tag.get("id") or "").startswith("entry-")]
    return ["".join(next(row.iter("code")).itertext()) for row in rows]


async def test_the_trail_is_filtered(office: Browser, alice: Player, bob: Player) -> None:
    await audit.record(alice.id, "tests.one", "thing", 1)
    await audit.record(bob.id, "tests.two", "thing", 2)
    await audit.record("webhook", "other.three", "person", 3)
    for query, expected in (
        ("", ["other.three", "tests.two", "tests.one"]),
        (f"actor={alice.id}", ["tests.one"]),
        ("actor=bob@example.com", ["tests.two"]),
        ("action=tests.", ["tests.two", "tests.one"]),
        ("resource=person", ["other.three"]),
        (f"since={now():%Y-%m-%d}&until={now():%Y-%m-%d}", ["other.three", "tests.two", "tests.one"]),
        ("until=2001-01-01", []),
    ):
        answer = await office.get(f"/admin/audit?{query}")
        assert (query, told(valid(answer))) == (query, expected)
    assert "Nothing like that" in (await office.get("/admin/audit?until=2001-01-01")).text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("until=9999-12-31", "until"),
        ("since=0001-01-01", "since"),
        ("actor=nobody-at-all", "actor"),
    ],
)
async def test_a_filter_that_cannot_be_read_is_told_beside_the_field(office: Browser, query: str, field: str) -> None:
    answer = await office.get(f"/admin/audit?{query}")
    assert answer.status_code == 400
    assert described(valid(answer), field).strip()
    piece = await office.get(f"/admin/audit?{query}", headers=SWAP)
    assert piece.text.lstrip().startswith('<div id="entries"')
    assert "notice error" in piece.text


async def test_the_trail_comes_in_pages(office: Browser) -> None:
    for number in range(65):
        await audit.record("tests", f"tests.{number:02}")
    seen: list[str] = []
    path = "/admin/audit?action=tests."
    while path:
        page = valid(await office.get(path))
        seen += told(page)
        path = next((tag.get("href") for tag in page.iter("a") if tag.get("rel") == "next"), "")
    assert seen == [f"tests.{number:02}" for number in reversed(range(65))]


# Webhooks -------------------------------------------------------------------------------------------------------------


async def deliver(outcomes: Sequence[str]) -> None:
    sql = """
        insert into webhook_deliveries (id, source, delivery_id, event_type, subject_id, event_time, outcome, error)
        values ($1, 'clerk', $2, $3, 'user_1', $4, $5, $6)
    """
    for number, outcome in enumerate(outcomes):
        error = HOSTILE if outcome == "FAILED" else None
        await db.fetch(sql, new_id(), f"msg_{number}", f"user.{outcome.lower()}", now(), outcome, error)


async def test_deliveries_are_listed_by_what_became_of_them(office: Browser) -> None:
    await deliver(["APPLIED", "FAILED", "DUPLICATE"])
    everything = (await office.get("/admin/webhooks")).text
    failed = (await office.get("/admin/webhooks?outcome=FAILED")).text
    assert all(f"user.{outcome}" in everything for outcome in ("applied", "failed", "duplicate"))
    assert "user.failed" in failed
    assert "user.applied" not in failed
    assert "<img" not in failed
    assert "None of that kind" in (await office.get("/admin/webhooks?outcome=IGNORED_OLDER")).text


# Jobs -----------------------------------------------------------------------------------------------------------------


async def test_a_job_that_was_given_up_runs_again(office: Browser) -> None:
    job = await dead_job()
    assert "it broke" in (await office.get("/admin/jobs?state=DEAD")).text
    answer = await send(office, f"/admin/jobs/{job}/again")
    assert answer.headers["location"] == "/admin/jobs?state=DEAD"
    assert "The job runs again." in await said(office, answer)
    assert await state_of(job) == "READY"
    assert "admin.job_run_again" in await actions()


async def test_htmx_gets_the_queue_alone(office: Browser) -> None:
    job = await dead_job()
    proof = await cast.csrf(office)
    answer = await office.post(f"/admin/jobs/{job}/again", headers={**SWAP, "x-csrf-token": proof})
    assert answer.text.lstrip().startswith('<div id="jobs"')
    assert str(job) not in answer.text


async def test_a_job_is_deleted_unless_it_runs(office: Browser) -> None:
    dead, running = await dead_job(), await dead_job()
    await db.fetch("update jobs set state = 'RUNNING' where id = $1", running)
    assert "The job is deleted." in await said(office, await send(office, f"/admin/jobs/{dead}/remove"))
    assert (await send(office, f"/admin/jobs/{running}/remove")).status_code == 404
    assert await state_of(dead) is None
    assert await state_of(running) == "RUNNING"


async def test_what_comes_by_the_clock_is_listed(office: Browser) -> None:
    text = (await office.get("/admin/jobs")).text
    assert "jobs.sweep" in text
    assert "admin.backup" in text


# Health ---------------------------------------------------------------------------------------------------------------


async def test_slow_statements_are_shown_without_their_values(office: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observed, "_statements", OrderedDict())
    await db.fetch("select pg_sleep(0.12), $1::text as slow_one_of_the_tests", "canary-4711")
    text = (await office.get("/admin/health")).text
    assert "slow_one_of_the_tests" in text
    assert "4711" not in text


async def test_a_backup_is_asked_for(office: Browser) -> None:
    answer = await send(office, "/admin/health/backup")
    assert "A backup is being made." in await said(office, answer)
    assert await db.fetch_value("select count(*) from jobs where kind = 'admin.backup'") == 1
    assert "admin.backup_asked" in await actions()
