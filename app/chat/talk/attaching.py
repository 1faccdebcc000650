"""Files that came together with words, from a browser without scripts: each is taken in, or its sentence said."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.chat.attachments import service as attachments
from app.chat.attachments.routes_api import SENDING
from app.core.errors import Rejected, TooLarge, TooMany, Unavailable
from app.core.text import cleaned, shortened
from app.web.answers import sentence
from app.web.file_forms import Upload

_REFUSALS: Final = (Rejected, TooLarge, TooMany, Unavailable)
_LONGEST_NAME: Final = 60


async def taken_in(user_id: UUID, uploads: Sequence[Upload]) -> tuple[list[UUID], str]:
    """The files that were taken in; and why others were not, each by its name."""
    taken: list[UUID] = []
    wrong: list[str] = []
    for upload in uploads[: attachments.MOST]:
        try:
            await SENDING.spend(str(user_id))
            taken.append((await attachments.take_in(user_id, upload)).id)
        except _REFUSALS as refused:
            wrong.append(f"“{shortened(cleaned(upload.name), _LONGEST_NAME)}”: {sentence(refused)}")
    return taken, " ".join(wrong)
