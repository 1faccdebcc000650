"""Conversations that are whole already, written down at once."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from app.chat.moving.came import CameConversation, CameMessage
from app.chat.moving.written import Told, Translated, as_json, as_markdown


async def _of(*given: Sequence[CameMessage]) -> AsyncIterator[Sequence[CameMessage]]:
    for each in given:
        yield each


async def _told(conversations: Iterable[CameConversation]) -> AsyncIterator[Told]:
    for each in conversations:
        yield Told(each, _of(each.messages[:1], each.messages[1:]))


async def _joined(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])


def in_json(conversations: Iterable[CameConversation]) -> bytes:
    return asyncio.run(_joined(as_json(_told(conversations))))


def in_markdown(conversation: CameConversation, translated: Translated = str) -> str:
    told = Told(conversation, _of(conversation.path()))
    return asyncio.run(_joined(as_markdown(told, translated))).decode()
