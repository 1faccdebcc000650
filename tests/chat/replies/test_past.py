"""What is read of a conversation before a model is asked."""

from app.chat.replies.queries import turns
from app.core.ids import new_id
from app.database.engine import db
from tests.cast import Player

MANY = turns.MOST_STEPS + 100
_TALK = "insert into conversations (id, user_id, leaf_id) values ($1, $2, $3)"
_CHAIN = """
    insert into messages (id, user_id, conversation_id, parent_id, depth, role, content)
    select m.id, $1, $2, m.parent_id, m.depth - 1, 'USER', 'word ' || m.depth
    from unnest($3::uuid[], $4::uuid[]) with ordinality as m(id, parent_id, depth)
"""


async def test_of_a_long_conversation_the_newest_part_is_read(alice: Player) -> None:
    talk, chain = new_id(), [new_id() for _ in range(MANY)]
    await db.fetch(_TALK, talk, alice.id, chain[-1])
    await db.fetch(_CHAIN, alice.id, talk, chain, [talk, *chain[:-1]])
    past = await turns.past(alice.id, talk, None, 10**9)
    assert past is not None
    assert [said.id for said in past.said] == chain[: -turns.MOST_STEPS - 1 : -1]


async def test_as_many_characters_are_read_as_there_is_room_for(alice: Player) -> None:
    talk, chain = new_id(), [new_id() for _ in range(50)]
    await db.fetch(_TALK, talk, alice.id, chain[-1])
    await db.fetch(_CHAIN, alice.id, talk, chain, [talk, *chain[:-1]])
    past = await turns.past(alice.id, talk, None, 20)
    assert past is not None
    assert [said.content for said in past.said] == ["word 50", "word 49", "word 48"]
