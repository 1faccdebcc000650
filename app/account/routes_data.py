"""Taking one's data along, and leaving."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from app.account import service
from app.account.views import ClosedPage, DataPage
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, Rejected
from app.core.language import marked
from app.core.settings import settings
from app.web import attachments, forms
from app.web.answers import elsewhere, is_swap
from app.web.limits import Limit
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
ARCHIVES = Limit("archive", 5, 86_400)


class CloseForm(forms.Form):
    """The address once more, so that nobody leaves by mistake."""

    address: forms.Line


@get("/account/data", include_in_schema=False)
async def show(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """What there is to take along; while it is being made, htmx asks for that part alone."""
    page = await _page(person, forms.Filled())
    return page.region("archives") if is_swap(request) else page.page()


@post("/account/data/archives", include_in_schema=False)
async def ask(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Have an archive made."""
    await ARCHIVES.spend(str(person.id))
    await service.ask(person.id)
    Visit.of(request.scope).say(gettext("Your archive is being made. You can go on meanwhile."))
    return elsewhere(request, "/account/data")


@get("/account/data/archives/{archive_id:uuid}", include_in_schema=False)
async def fetch(archive_id: FromPath[UUID], person: NamedDependency[Asker]) -> Stream:
    """The archive itself."""
    found = await service.download(person, archive_id)
    headers = attachments.headers(found.name, found.size)
    return Stream(found.content, media_type="application/zip", headers=headers)


@post("/account/data/archives/{archive_id:uuid}/remove", include_in_schema=False)
async def remove(request: AnyRequest, archive_id: FromPath[UUID], person: NamedDependency[Asker]) -> Response[None]:
    """Let an archive go before its time."""
    await service.remove(person.id, archive_id)
    Visit.of(request.scope).say(gettext("The archive is gone."))
    return elsewhere(request, "/account/data")


@post("/account/close", include_in_schema=False)
async def close(request: AnyRequest, person: NamedDependency[Asker]) -> Response[None]:
    """Close the account. A token is for programs, and none of them decides this."""
    if person.session_id is None:
        raise Forbidden(marked("An account is closed by its owner, in a browser."))
    form = forms.read(request, CloseForm)
    try:
        await service.close(person, form.fields().address)
    except (Rejected, Conflict) as wrong:
        told = wrong.fields if isinstance(wrong, Rejected) else {"address": wrong.msgid}
        return (await _page(person, form.but(**told))).page(wrong.status)
    Visit.of(request.scope).set_cookie("session", "", 0)
    answer = elsewhere(request, "/closed")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@get("/closed", include_in_schema=False)
async def closed() -> Response[None]:
    """What happens now, and how to come back."""
    return ClosedPage(settings().erase_after_days).page()


async def _page(person: Asker, form: forms.Filled[Any]) -> DataPage:
    archives = await service.listed(person.id)
    is_running = any(archive.is_running for archive in archives)
    return DataPage(archives, is_running, settings().erase_after_days, form.typed, form.errors)


routes = [show, ask, fetch, remove, close, closed]
