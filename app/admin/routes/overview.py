"""The administrators' first page, and the machinery."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from app.admin import service
from app.admin.views import HealthPage, OverviewPage
from app.core.asker import Asker
from app.web.answers import elsewhere
from app.web.translations import gettext
from app.web.visit import Visit


@get("/admin", include_in_schema=False)
async def overview(administrator: NamedDependency[Asker]) -> Response[None]:  # noqa: ARG001 - asked for, so that nobody else enters
    """Everything at a glance."""
    return OverviewPage(await service.overview()).page()


@get("/admin/health", include_in_schema=False)
async def inside(administrator: NamedDependency[Asker]) -> Response[None]:  # noqa: ARG001 - as above
    """Database, pool, statements, disk, migrations, backups."""
    return HealthPage(await service.inside()).page()


@post("/admin/health/backup", include_in_schema=False)
async def back_up(request: Request[Any, Any, Any], administrator: NamedDependency[Asker]) -> Response[None]:
    """Have a backup made now."""
    await service.back_up(administrator)
    Visit.of(request.scope).say(gettext("A backup is being made. It is listed here in a moment."))
    return elsewhere(request, "/admin/health")


routes = [overview, inside, back_up]
