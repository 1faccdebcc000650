"""Bringing conversations along, for programs, and taking one away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from app.chat.moving import service
from app.chat.moving.routes import begun, taken
from app.core.asker import Asker
from app.web.translations import gettext

AnyRequest = Request[Any, Any, Any]
_TAGS: Final[Sequence[str]] = ["moving"]


class CountsOut(msgspec.Struct):
    """Conversations that are new, that grew, that were there already, that did not come; and new messages."""

    new: int
    grown: int
    same: int
    left_out: int
    messages: int


class ImportOut(msgspec.Struct):
    """A file that was brought. `progress` is in per cent; `why` says why nothing of it could be read."""

    id: UUID
    name: str
    size: int
    state: Literal["WAITING", "DONE", "FAILED", "STOPPED"]
    why: str
    progress: int
    created_at: datetime
    finished_at: datetime | None
    counts: CountsOut


class ResultOut(msgspec.Struct):
    """What became of one conversation. `left_out` counts parts of it that could not be put into words."""

    number: int
    title: str
    outcome: Literal["NEW", "GROWN", "SAME", "LEFT_OUT"]
    messages: int
    left_out: int
    why: str
    conversation_id: UUID | None


class ImportWithResults(ImportOut):
    """The same, with what became of some of its conversations. `next` goes into `after`."""

    results: list[ResultOut]
    next: int | None


class ImportsOut(msgspec.Struct):
    """What was brought, the newest first: a hundred at most."""

    items: list[ImportOut]


@dataclass
class WithFile(Operation):
    """What Litestar cannot find out by itself, since the file is read while it comes."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"])
        self.request_body = RequestBody(content={"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True)


@post(
    "/api/imports",
    tags=_TAGS,
    operation_id="bringAlong",
    operation_class=WithFile,
    status_code=202,
)
async def bring(request: AnyRequest, person: NamedDependency[Asker]) -> ImportOut:
    """Bring along a file (ZIP or JSON) of ChatGPT, Claude, Open WebUI, LibreChat or of ours; it is read afterwards."""
    return _out(await service.one(person.id, await begun(request, person)))


@get("/api/imports", tags=_TAGS, operation_id="imports")
async def listed(person: NamedDependency[Asker]) -> ImportsOut:
    """What the holder brought along."""
    return ImportsOut([_out(each) for each in await service.listed(person.id)])


@get("/api/imports/{import_id:uuid}", tags=_TAGS, operation_id="import")
async def one(
    import_id: FromPath[UUID], person: NamedDependency[Asker], after: FromQuery[int] = 0
) -> ImportWithResults:
    """How far it is, and what became of the conversations: those after this number in the file."""
    found = await service.results(person.id, import_id, min(max(after, 0), 2**31 - 1))
    shown = [_result(each) for each in found[: service.RESULTS_SHOWN]]
    here = _out(await service.one(person.id, import_id))
    more = shown[-1].number if len(found) > len(shown) else None
    return ImportWithResults(**msgspec.structs.asdict(here), results=shown, next=more)


@post("/api/imports/{import_id:uuid}/stop", tags=_TAGS, operation_id="stopImport", status_code=200)
async def stop(import_id: FromPath[UUID], person: NamedDependency[Asker]) -> ImportOut:
    """Bring no more of it. What has come stays."""
    await service.stop(person.id, import_id)
    return _out(await service.one(person.id, import_id))


@delete("/api/imports/{import_id:uuid}", tags=_TAGS, operation_id="removeImport")
async def remove(import_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Forget that it was brought; the conversations stay."""
    await service.remove(person.id, import_id)


@get(
    "/api/conversations/{conversation_id:uuid}/export",
    tags=_TAGS,
    operation_id="export",
    media_type="application/json",
    responses={200: ResponseSpec(dict[str, Any], description="`commonplace/1`, or Markdown", generate_examples=False)},
)
async def take(
    conversation_id: FromPath[UUID],
    person: NamedDependency[Asker],
    form: Annotated[Literal["json", "markdown"], QueryParameter(name="as")] = "json",
) -> Stream:
    """One conversation as a file: the whole tree as JSON, which can be brought along, or its shown path as Markdown."""
    return await taken(person, conversation_id, form)


def _out(found: service.Import) -> ImportOut:
    made = msgspec.convert(found, ImportOut, from_attributes=True)
    return msgspec.structs.replace(made, why=gettext(made.why) if made.why else "")


def _result(found: service.Result) -> ResultOut:
    made = msgspec.convert(found, ResultOut, from_attributes=True)
    return msgspec.structs.replace(made, why=gettext(made.why) if made.why else "")


routes = [bring, listed, one, stop, remove, take]
