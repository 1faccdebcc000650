"""Tells of a long reply whoever has gone to do something else meanwhile: in their list, and on their devices.

A page that follows the reply has read it as soon as it ends, wherever that page is served. So a device is told a few
seconds later, and only if nobody has read it by then.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from app.chat.conversations import queries as conversations
from app.chat.replies.live import Key
from app.core.clock import now, timedelta
from app.core.language import language, marked
from app.jobs.queue import later
from app.notifications import push
from app.notifications import service as notifications
from app.notifications.push import Message
from app.preferences import service as preferences
from app.web.translations import gettext

_GRACE: Final = timedelta(seconds=5)
_THERE: Final = (marked("The reply in “%(title)s” is there."), marked("A reply is there"))
_FAILED: Final = (marked("The reply in “%(title)s” failed."), marked("A reply failed"))
_CUT: Final = (marked("The reply in “%(title)s” was interrupted."), marked("A reply was interrupted"))
# In the list, and on a device, which may not be said more. To whom stopped it, nothing has to be told.
_WORDS: Final = {"DONE": _THERE, "FAILED": _FAILED, "INTERRUPTED": _CUT}


async def tell_later(key: Key, status: str, title: str) -> None:
    """Put a line in the list, and look soon whether anybody has seen the reply; in the caller's transaction."""
    if status not in _WORDS:
        return
    source = ("message", key.message_id)
    line, _ = _WORDS[status]
    await notifications.notify(key.user_id, "reply", line, _href(key), details={"title": title}, source=source)
    payload = {"conversation": str(key.conversation_id), "message": str(key.message_id), "status": status}
    await later("chat.tell", payload, user_id=key.user_id, run_after=now() + _GRACE)


async def tell(user_id: UUID, payload: Mapping[str, str]) -> None:
    """Tell the devices of this person, unless the reply was read, or nothing is to be told."""
    key = Key(user_id, UUID(payload["conversation"]), UUID(payload["message"]))
    talk = await conversations.conversation_of(user_id, key.conversation_id)
    taste = await preferences.of(user_id)
    if talk is None or talk["deleted_at"] or talk["unread_since"] is None or not taste.notifications:
        return
    language.set(taste.language or "en")
    title = talk["title"] if taste.push_titles and not talk["temporary"] else ""
    _, words = _WORDS[payload["status"]]
    await push.tell(user_id, Message(gettext(words), title, _href(key)))


def _href(key: Key) -> str:
    return f"/c/{key.conversation_id}?at={key.message_id}#m-{key.message_id}"
