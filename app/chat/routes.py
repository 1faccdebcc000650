"""The start page."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from app.chat.views import StartPage
from app.core.asker import Asker
from app.web.answers import elsewhere


@get("/", include_in_schema=False)
async def start(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """What a person sees first: at the very first time three questions, after that the empty page."""
    return StartPage().page() if person.onboarded else elsewhere(request, "/welcome")


routes = [start]
