"""/help: open to everybody, since who cannot sign in needs it most."""

from litestar import Response, get
from litestar.params import FromPath

from app.core.settings import described
from app.guides import service
from app.guides.queries import tables
from app.guides.views import GuidePage, GuidesPage
from app.markup.guide import written


@get("/help", include_in_schema=False)
async def contents() -> Response[None]:
    """What there is to read."""
    return GuidesPage(service.guides()).page()


@get("/help/{name:str}", include_in_schema=False)
async def show(name: FromPath[str]) -> Response[None]:
    """One guide."""
    guide = service.guide(name)
    settings = described() if name == "settings" else []
    schema = tables() if name == "schema" else []
    return GuidePage(guide, written(guide.text), service.guides(), settings, schema).page()


routes = [contents, show]
