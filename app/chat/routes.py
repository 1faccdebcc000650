"""The start page."""

from litestar import Response, get
from litestar.di import NamedDependency

from app.chat.views import StartPage
from app.core.asker import Asker


@get("/", include_in_schema=False)
async def start(person: NamedDependency[Asker]) -> Response[None]:
    """What a person sees first."""
    return StartPage().page()


routes = [start]
