"""Every page of the product, from the routes themselves."""

from typing import Any, Final

from app.guides.service import guides
from tests.doors import walk

NOT_PAGES: Final = ("/api/", "/health/", "/schema", "/metrics", "/v1/")


def pages(app: Any) -> list[str]:
    """The address of every page that needs no id, of every guide, and of one that is not there."""
    found = [door.path for door in walk.doors(app) if door.method == "GET" and not door.parameters]
    shown = [path for path in found if not path.startswith(NOT_PAGES)]
    return [*shown, *[f"/help/{guide.name}" for guide in guides()], "/nowhere", "/sign-in/link/used"]
