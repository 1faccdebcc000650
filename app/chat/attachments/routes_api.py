"""Files for programs, and for the script that sends them while one still writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath

from app.chat.attachments import service
from app.chat.attachments.views import AttachmentOut
from app.core.asker import Asker
from app.core.errors import Rejected
from app.core.language import marked
from app.web.limits import Limit
from app.web.visit import Visit

SENDING = Limit("attach", 300, 3600)
_TAGS: Sequence[str] = ["attachments"]
_FILE = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description="At most 10 MB")
_FORM = Schema(type=OpenAPIType.OBJECT, properties={"file": _FILE}, required=["file"])


@dataclass
class Sending(Operation):
    """The form, which is read before the route is, as the description shows it."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(content={"multipart/form-data": OpenAPIMediaType(schema=_FORM)}, required=True)


@post("/api/attachments", tags=_TAGS, operation_id="attach", operation_class=Sending)
async def send(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> AttachmentOut:
    """Send a file: text, code, CSV, PDF, or a picture (PNG, JPEG, WebP, GIF). It waits a day for its message."""
    await SENDING.spend(str(person.id))
    files = Visit.of(request.scope).files
    if len(files) != 1:
        raise Rejected(fields={"file": marked("Send one file, in a form (multipart/form-data).")})
    return AttachmentOut.of(await service.take_in(person.id, files[0]))


@get("/api/attachments/{attachment_id:uuid}", tags=_TAGS, operation_id="attachment")
async def show(attachment_id: FromPath[UUID], person: NamedDependency[Asker]) -> AttachmentOut:
    """What is known of a file."""
    return AttachmentOut.of(await service.one(person.id, attachment_id))


@delete("/api/attachments/{attachment_id:uuid}", tags=_TAGS, operation_id="detach")
async def remove(attachment_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Let go of a file that was not sent yet. One that was goes with its message."""
    await service.remove(person.id, attachment_id)


routes = [send, show, remove]
