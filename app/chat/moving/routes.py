"""Bringing conversations along from elsewhere, and taking one away."""

from pathlib import Path
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from app.chat.moving import leaving, service
from app.chat.moving.views import ImportPage, ImportsPage
from app.core.asker import Asker
from app.core.errors import Conflict, Rejected, TooLarge
from app.core.language import marked
from app.web import attachments, upload
from app.web.answers import elsewhere, is_swap
from app.web.limits import Limit
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
IMPORTS: Final = Limit("import", 30, 3_600)
MEDIA: Final = {"json": "application/json", "markdown": "text/markdown; charset=utf-8"}
_NAMELESS: Final = marked("Conversation")


@get("/c/import", include_in_schema=False)
async def show(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """The box for a file; while one is being read, htmx asks for what was brought alone."""
    page = await _page(person, {})
    return page.region("imports") if is_swap(request) else page.page()


@post("/c/import", include_in_schema=False)
async def bring(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Take a file, or say beside the box why not."""
    try:
        import_id = await begun(request, person)
    except (Rejected, TooLarge, Conflict) as wrong:
        fields = getattr(wrong, "fields", {}) or {upload.FIELD: wrong.msgid}
        return (await _page(person, fields)).page(wrong.status)
    return elsewhere(request, f"/c/import/{import_id}")


async def begun(request: AnyRequest, person: Asker) -> UUID:
    """The import of the file in this request."""
    await IMPORTS.spend(str(person.id))

    async def fetch(path: Path) -> tuple[str, int]:
        found = await upload.receive(request, path, service.most_bytes())
        return found.name, found.size

    return await service.begin(person.id, fetch)


async def _page(person: Asker, errors: dict[str, str]) -> ImportsPage:
    imports = await service.listed(person.id)
    return ImportsPage(imports, any(each.is_running for each in imports), service.most_bytes(), errors)


@get("/c/import/{import_id:uuid}", include_in_schema=False)
async def one(
    request: AnyRequest, import_id: FromPath[UUID], person: NamedDependency[Asker], after: FromQuery[int] = 0
) -> Response[None]:
    """What became of one file."""
    here = await service.one(person.id, import_id)
    left_out = await service.results(person.id, import_id, all_of_them=False) if here.counts.left_out else []
    results = await service.results(person.id, import_id, min(max(after, 0), 2**31 - 1))
    more = len(results) > service.RESULTS_SHOWN
    results = results[: service.RESULTS_SHOWN]
    later = f"/c/import/{import_id}?after={results[-1].number}" if more else ""
    page = ImportPage(here, left_out[: service.RESULTS_SHOWN], results, later, is_first=after <= 0)
    return page.region("import") if is_swap(request) else page.page()


@post("/c/import/{import_id:uuid}/stop", include_in_schema=False)
async def stop(request: AnyRequest, import_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """Bring no more of it."""
    await service.stop(person.id, import_id)
    Visit.of(request.scope).say(gettext("Stopped. What had come by then is there."))
    return elsewhere(request, f"/c/import/{import_id}")


@post("/c/import/{import_id:uuid}/remove", include_in_schema=False)
async def remove(request: AnyRequest, import_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """Forget that it was brought."""
    await service.remove(person.id, import_id)
    Visit.of(request.scope).say(gettext("It is off the list. The conversations are still there."))
    return elsewhere(request, "/c/import")


@get("/c/{conversation_id:uuid}/export", include_in_schema=False)
async def take(conversation_id: FromPath[UUID], person: NamedDependency[Asker], request: AnyRequest) -> Stream:
    """One conversation, as a file."""
    return await taken(person, conversation_id, request.query_params.get("as", "markdown"))


async def taken(person: Asker, conversation_id: UUID, form: str) -> Stream:
    """One conversation as a file, while it is read."""
    wanted: leaving.Form = "json" if form == "json" else "markdown"
    title, parts = await leaving.one(person.id, conversation_id, wanted)
    name = f"{title or gettext(_NAMELESS)}.{leaving.ENDINGS[wanted]}"
    return Stream(parts, media_type=MEDIA[wanted], headers=attachments.headers(name))


routes = [show, bring, one, stop, remove, take]
