"""Finding in a conversation: a page of its own, and the same beside the conversation while one types."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.chat.conversations import service as conversations
from app.chat.messages import finding
from app.chat.messages.finding import Hits
from app.chat.talk.views import FindPage, FindPart
from app.core.asker import Asker
from app.web.answers import is_swap


@get("/c/{conversation_id:uuid}/find", include_in_schema=False)
async def find(
    request: Request[Any, Any, Any],
    conversation_id: FromPath[UUID],
    person: NamedDependency[Asker],
    q: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[None]:
    """The messages with these words, fifty at a time."""
    talk = await conversations.conversation(person.id, conversation_id)
    hits = await finding.find(person.id, conversation_id, q, after) if q.strip() else Hits()
    part = FindPart(conversation_id, q.strip(), hits, talk["temporary"])
    return part.region("found") if is_swap(request) else FindPage(talk["title"], part).page()


routes = [find]
