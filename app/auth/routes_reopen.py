"""The page between a closed account and its owner."""

from litestar import Response, get, post

from app.auth import reopening
from app.auth.reopening import GONE
from app.auth.routes import REDEEMED, AnyRequest, arrive, origin, peer
from app.auth.views import GonePage, ReopenPage
from app.core.errors import Duplicate, NotFound
from app.web.answers import elsewhere, sentence
from app.web.visit import Visit


@get("/reopen", include_in_schema=False)
async def show(request: AnyRequest) -> Response[None]:
    """Until when it can be opened again, and what happens otherwise."""
    visit = Visit.of(request.scope)
    try:
        return ReopenPage(await reopening.waiting(visit.vault, visit.cookie("reopen"))).page()
    except NotFound:
        return GonePage(GONE).page(404)


@post("/reopen", include_in_schema=False)
async def reopen(request: AnyRequest) -> Response[None]:
    """Open it again."""
    await REDEEMED.spend(peer(request))
    visit = Visit.of(request.scope)
    try:
        token = await reopening.reopen(visit.vault, visit.cookie("reopen"), origin(request), visit.session)
    except NotFound:
        return GonePage(GONE).page(404)
    except Duplicate as taken:  # somebody else has the address by now
        visit.say(sentence(taken), "error")
        return elsewhere(request, "/sign-in")
    visit.set_cookie("reopen", "", 0)
    return await arrive(request, token, "/")


routes = [show, reopen]
