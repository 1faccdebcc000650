"""The bytes of a file, for its owner alone."""

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
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=_NOT_CHANGED, headers=headers, media_type=found.media_type)
    return Response(await service.content_of(person.id, found), headers=headers, media_type=found.media_type)


routes = [show]
