"""What stands beside every page: folders, what stays on top, and the rest by its day."""

from uuid import UUID

from app.chat.conversations import folders, service
from app.chat.conversations.views import ListPart, stands_of


async def list_for(user_id: UUID, current: UUID | None, folder_id: UUID | None = None) -> ListPart:
    """The list in the sidebar. The folder is the one that one looks into."""
    page, top = await service.listed(user_id), await service.pinned(user_id)
    stands = stands_of(await folders.beside(user_id), folder_id)
    return ListPart.of(top, page, current, stands)
