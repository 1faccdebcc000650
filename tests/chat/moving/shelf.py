"""A person's conversations with everything that can be in them, made as the house makes them."""

from typing import Any
from uuid import UUID

from app.chat.conversations import folders
from app.chat.conversations import service as conversations
from app.chat.conversations.tables import Conversation
from app.chat.messages import service as messages
from app.chat.messages.tables import Message
from app.core.clock import now, timedelta
from app.core.ids import new_id
from app.providers.tables import Specialization
from tests.cast import Player

FIGURES = {"tokens_in": 12, "tokens_out": 3, "tokens_estimated": True, "cost": "0.000120", "first_token_ms": 80}


async def furnished(player: Player) -> UUID:
    """Everything at once; the conversation that has the most in it."""
    outer = await folders.add(player.id, "Kitchen", instructions="Answer like a cook.", default_model="rag")
    inner = await folders.add(player.id, "Soups", parent_id=outer.id)
    assistant = Specialization(id=new_id(), name="Cook", model_path="rag", instructions="You cook.")
    await Specialization.insert(assistant).run()
    talk = await _talk(player, "Which soup?", folder_id=inner.id, assistant_id=assistant.id, model="rag")
    await _grown(player, talk)
    put_away = await _talk(player, "Put away", folder_id=outer.id)
    await conversations.act(player.id, [put_away], "archive")
    thrown = await _talk(player, "Thrown away")
    await conversations.act(player.id, [thrown], "delete")
    await _talk(player, "Not to stay", temporary=True)
    return talk


async def _talk(player: Player, title: str, **given: Any) -> UUID:
    row = Conversation(id=new_id(), user_id=player.id, title=title, preview="Last", **given)
    row.active_at = row.created_at = now() - timedelta(days=3)
    await Conversation.insert(row).run()
    await said(player, row.id, row.id, 0, "Anything to say?")
    return UUID(str(row.id))


async def _grown(player: Player, talk: UUID) -> None:
    """Branches, replies side by side, reactions, a deleted message, one that failed; and not the newest is shown."""
    asked = await said(player, talk, talk, 0, "Which soup, and **why**?")
    group = new_id()
    thought = {"reasoning": "It is cold.", "reasoning_ms": 900, **FIGURES}
    one = await said(player, talk, asked, 1, "Borscht.", role="ASSISTANT", beside_id=group, model="rag", **thought)
    await said(player, talk, asked, 1, "Ramen.", role="ASSISTANT", beside_id=group, model="a/b", provider="A")
    more = await said(player, talk, one, 2, "With beans?")
    failed = {"status": "FAILED", "error": "MODEL_KEY_REFUSED"}
    await said(player, talk, more, 3, "Half", role="ASSISTANT", model="a/b", **failed)
    last = await said(player, talk, more, 3, "Yes.", role="ASSISTANT", status="STOPPED", model="rag")
    again = await said(player, talk, last, 4, "Thanks")
    await messages.react(player.id, talk, one, "LIKE")
    await messages.react(player.id, talk, one, "HELPFUL")
    await messages.take_away(player.id, talk, again)
    await messages.choose(player.id, talk, one)
    await conversations.act(player.id, [talk], "pin")
    await conversations.settle_in(player.id, talk, model="rag", instructions="Be brief.")


async def said(player: Player, talk: UUID, parent: UUID, depth: int, text: str, **given: Any) -> UUID:
    """One more message, at the end of the shown path."""
    values = {"role": "USER", "status": "DONE", "settled_at": now(), **given}
    row = Message(id=new_id(), user_id=player.id, conversation_id=talk, parent_id=parent, depth=depth, **values)
    row.content = text
    await Message.insert(row).run()
    await (
        Conversation.update(leaf_id=row.id).where((Conversation.user_id == player.id) & (Conversation.id == talk)).run()
    )
    return UUID(str(row.id))
