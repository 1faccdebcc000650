"""B11: a conversation of very many messages is read step by step, never as a whole."""

import json
from typing import Any, Final
from uuid import UUID

import pytest

from app.chat.messages import queries
from app.chat.replies.queries import turns
from app.core.ids import new_id
from app.database.engine import db
from tests.cast import Player

MANY: Final = 5_000
_SAID: Final = """
    insert into messages (id, user_id, conversation_id, parent_id, depth, role, content)
    select m.id, $1, $2, m.parent, m.at - 1, case when m.at % 2 = 1 then 'USER' else 'ASSISTANT' end, 'said ' || m.at
    from unnest($3::uuid[], $4::uuid[]) with ordinality as m(id, parent, at)
"""


async def long_talk(user_id: UUID) -> tuple[UUID, list[UUID]]:
    """A conversation with one long path; its messages."""
    talk, ids = new_id(), [new_id() for _ in range(MANY)]
    sql = "insert into conversations (id, user_id, title, leaf_id) values ($1, $2, 'Long', $3)"
    await db.fetch(sql, talk, user_id, ids[-1])
    await db.fetch(_SAID, user_id, talk, ids, [talk, *ids[:-1]])
    await db.fetch("analyze messages")
    return talk, ids


def read_at_once(plan: dict[str, Any]) -> float:
    """The most rows that one look of this plan reads from the table, those included that it then drops."""
    here = plan.get("Actual Rows", 0) + plan.get("Rows Removed by Filter", 0)
    mine = here if plan.get("Relation Name") == "messages" else 0
    return max([mine, *(read_at_once(each) for each in plan.get("Plans", []))])


@pytest.mark.parametrize("name", ["_UP", "_DOWN", "_LEAF", "_PATH_IDS", "_PAST"])
async def test_b11_no_step_along_a_path_reads_more_than_a_few_messages(alice: Player, name: str) -> None:
    talk, ids = await long_talk(alice.id)
    values = {
        "_UP": (alice.id, talk, ids[-1], 40),
        "_PATH_IDS": (alice.id, talk, ids[-1], 40),
        "_DOWN": (alice.id, talk, ids[0], 40),
        "_LEAF": (alice.id, talk, ids[-50]),
        "_PAST": (alice.id, talk, None, 5_000),
    }[name]
    sql = getattr(turns if name == "_PAST" else queries, name)
    (row,) = await db.fetch("explain (analyze, format json) " + sql, *values)
    most = read_at_once(json.loads(row[0])[0]["Plan"])
    print(f"B11: {name} reads at most {most:.0f} of {MANY} messages at once")
    assert most < 100
