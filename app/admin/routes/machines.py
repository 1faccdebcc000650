"""What machines ask: is it alive, is it ready, how is it doing."""

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from app.admin import health, metrics
from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.settings import settings

RETRY_AFTER: Final = {"retry-after": "2"}
UNAVAILABLE: Final = 503


@get("/health/live", include_in_schema=False, sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "live"}


@get("/health/ready", include_in_schema=False)
async def ready() -> Response[dict[str, Any]]:
    """It can do its work, or what keeps it from that."""
    found = await health.readings()
    if found.is_ready:
        return Response(health.told(found))
    return Response(health.told(found), status_code=UNAVAILABLE, headers=RETRY_AFTER)


@get("/metrics", include_in_schema=False)
async def measured(asker: NamedDependency[Asker | None]) -> Response[str]:
    """For Prometheus; to everybody else there is nothing here."""
    if not _may_read(asker):
        raise NotFound
    return Response(await metrics.text(), media_type=metrics.KIND)


def _may_read(asker: Asker | None) -> bool:
    if settings().metrics != "admin":
        return settings().metrics == "open"
    return asker is not None and asker.is_admin and (asker.scopes is None or "admin" in asker.scopes)


routes = [live, ready, measured]
