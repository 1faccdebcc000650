"""What happened: the audit trail, webhooks, jobs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.admin import service
from app.admin.names import ACTIONS, KINDS
from app.admin.views import OUTCOMES, STATES, AuditPage, JobsPage, WebhooksPage, address, named
from app.audit import service as audit
from app.audit.service import Filter
from app.core.asker import Asker
from app.core.errors import Rejected
from app.core.paging import Cursor
from app.jobs import service as jobs
from app.web import forms
from app.web.answers import elsewhere, is_swap
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
AUDIT = "/admin/audit"
WEBHOOKS = "/admin/webhooks"
JOBS = "/admin/jobs"


class AuditForm(forms.Form):
    """Which lines are wanted."""

    actor: forms.OptionalLine = ""
    action: forms.OptionalLine = ""
    resource: forms.OptionalLine = ""
    since: forms.OptionalLine = ""
    until: forms.OptionalLine = ""


@get(AUDIT, include_in_schema=False)
async def trail(
    request: AnyRequest,
    administrator: NamedDependency[Asker],  # noqa: ARG001 - asked for, so that nobody else enters
    after: FromQuery[str] = "",
) -> Response[None]:
    """Who did what; all of it, or what the filter lets through."""
    form = forms.filled(request.query_params.dict(), AuditForm)
    try:
        page = await _trail(form.fields(), Cursor.parse(after))
    except Rejected as wrong:
        errors = {**form.errors, **wrong.fields}
        page = AuditPage([], {}, await audit.actions(), _typed(form.typed), errors, "", "")
    status = 400 if page.errors else 200
    return page.region("entries", status) if is_swap(request) else page.page(status)


async def _trail(wanted: AuditForm, after: Cursor | None) -> AuditPage:
    until = service.day("until", wanted.until)
    found = await audit.entries(
        Filter(
            action=wanted.action,
            actor_id=await service.actor(wanted.actor),
            resource=wanted.resource,
            since=service.day("since", wanted.since),
            until=until + timedelta(days=1) if until else None,
        ),
        after,
    )
    typed = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    older = address(AUDIT, **typed, after=found.next) if found.next else ""
    newest = address(AUDIT, **typed) if after else ""
    return AuditPage(found.rows, named(ACTIONS), await audit.actions(), typed, {}, older, newest)


def _typed(typed: Any) -> dict[str, str]:
    return {name: typed.get(name, "") for name in AuditForm.__struct_fields__}


@get(WEBHOOKS, include_in_schema=False)
async def webhooks(
    administrator: NamedDependency[Asker],  # noqa: ARG001 - as above
    outcome: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[None]:
    """What others told us, and what became of it."""
    outcome = outcome if outcome in OUTCOMES else ""
    found = await service.deliveries(outcome, Cursor.parse(after))
    older = address(WEBHOOKS, outcome=outcome, after=found.next) if found.next else ""
    newest = address(WEBHOOKS, outcome=outcome) if after else ""
    return WebhooksPage(found.rows, named(OUTCOMES), outcome, older, newest).page()


# Jobs -----------------------------------------------------------------------------------------------------------------


@get(JOBS, include_in_schema=False)
async def queue(
    request: AnyRequest,
    administrator: NamedDependency[Asker],  # noqa: ARG001 - as above
    after: FromQuery[str] = "",
) -> Response[None]:
    """What waits, runs, was given up or is done."""
    page = await _queue(request.query_params.get("state", ""), Cursor.parse(after))
    return page.region("jobs") if is_swap(request) else page.page()


@post(JOBS + "/{job_id:uuid}/again", include_in_schema=False)
async def again(request: AnyRequest, job_id: FromPath[UUID], administrator: NamedDependency[Asker]) -> Response[None]:
    """Give a dead job another chance."""
    await service.run_again(administrator, job_id)
    return await _after(request, "DEAD", gettext("The job runs again."))


@post(JOBS + "/{job_id:uuid}/remove", include_in_schema=False)
async def remove(request: AnyRequest, job_id: FromPath[UUID], administrator: NamedDependency[Asker]) -> Response[None]:
    """Delete a job that is not running."""
    await service.forget_job(administrator, job_id)
    return await _after(
        request, Visit.of(request.scope).form.get("state", ["DEAD"])[-1], gettext("The job is deleted.")
    )


async def _after(request: AnyRequest, state: str, sentence: str) -> Response[None]:
    state = state if state in STATES else "DEAD"
    if is_swap(request):
        return (await _queue(state, None)).region("jobs")
    Visit.of(request.scope).say(sentence)
    return elsewhere(request, address(JOBS, state=state))


async def _queue(state: str, after: Cursor | None) -> JobsPage:
    state = state if state in STATES else "READY"
    figures = await jobs.figures()
    found = await jobs.in_state(state, after)
    older = address(JOBS, state=state, after=found.next) if found.next else ""
    newest = address(JOBS, state=state) if after else ""
    names = named(KINDS)
    return JobsPage(state, named(STATES), figures.counts, found.rows, names, service.planned(), older, newest)


routes = [trail, webhooks, queue, again, remove]
