"""The bytes of a file, for its owner alone."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.chat.attachments import service
from app.chat.attachments.kinds import Kind
from app.core.asker import Asker
from app.web import attachments

_NOT_CHANGED = 304


@get("/attachments/{attachment_id:uuid}", include_in_schema=False)
async def show(
    request: Request[Any, Any, Any], attachment_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[bytes]:
    """A picture as what it is, a text as text whatever it says, and a PDF to be kept."""
    found = await service.one(person.id, attachment_id)
    tag = found.file_id.hex  # its bytes never change
    headers = attachments.shown(found.name, tag, is_inline=found.kind != Kind.PDF)
    media_type, _, charset = found.media_type.partition("; charset=")
    response = partial(Response, headers=headers, media_type=media_type, encoding=charset or "utf-8")
    if tag in request.headers.get("if-none-match", ""):
        return response(b"", status_code=_NOT_CHANGED)
    return response(await service.content_of(person.id, found))


routes = [show]
