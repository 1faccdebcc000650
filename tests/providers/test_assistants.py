"""Assistants: made by administrators, for everybody."""

from dataclasses import replace

import pytest

from app.audit import service as audit
from app.core.asker import Asker
from app.core.errors import NotFound, Rejected
from app.core.ids import new_id
from app.providers import assistants
from app.providers.assistants import Draft
from tests.cast import Player

pytestmark = pytest.mark.usefixtures("database")
REVIEWER = Draft(" The  Reviewer ", "Reads changes.", "rag", "Say what is missing.\r\nBe kind.\r\n")


@pytest.fixture
def chief(root: Player) -> Asker:
    return Asker(root.id, root.name, root.email, "ADMIN")


async def test_one_is_made_and_found(chief: Asker) -> None:
    made = await assistants.add(chief, REVIEWER)
    found = await assistants.one(made)
    assert (found.name, found.description, found.model_path) == ("The Reviewer", "Reads changes.", "rag")
    assert found.instructions == "Say what is missing.\nBe kind."


async def test_they_are_listed_by_name(chief: Asker) -> None:
    for name in ("zebra", "Ant", "bee"):
        await assistants.add(chief, replace(REVIEWER, name=name))
    assert [each.name for each in await assistants.listed()] == ["Ant", "bee", "zebra"]


async def test_one_is_changed(chief: Asker) -> None:
    made = await assistants.add(chief, REVIEWER)
    await assistants.change(chief, made, replace(REVIEWER, name="Editor", description=""))
    found = await assistants.one(made)
    assert (found.name, found.description) == ("Editor", "")


async def test_one_is_taken_away(chief: Asker) -> None:
    made = await assistants.add(chief, REVIEWER)
    await assistants.remove(chief, made)
    assert await assistants.listed() == []


async def test_what_is_not_there_is_not_found(chief: Asker) -> None:
    for attempt in (assistants.one(new_id()), assistants.remove(chief, new_id())):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(NotFound):
        await assistants.change(chief, new_id(), REVIEWER)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(REVIEWER, name=" "), "name"),
        (replace(REVIEWER, name="x" * 101), "name"),
        (replace(REVIEWER, name="a\u202eb"), "name"),
        (replace(REVIEWER, description="x" * 501), "description"),
        (replace(REVIEWER, instructions="\x00"), "instructions"),
        (replace(REVIEWER, model_path="nobody/nothing"), "model_path"),
        (replace(REVIEWER, model_path="my-openai/gpt-4o"), "model_path"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(chief: Asker, draft: Draft, field: str) -> None:
    with pytest.raises(Rejected) as wrong:
        await assistants.add(chief, draft)
    assert list(wrong.value.fields) == [field]


async def test_a_name_is_given_once(chief: Asker) -> None:
    await assistants.add(chief, REVIEWER)
    other = await assistants.add(chief, replace(REVIEWER, name="Other"))
    with pytest.raises(Rejected, match="already"):
        await assistants.add(chief, REVIEWER)
    with pytest.raises(Rejected, match="already"):
        await assistants.change(chief, other, REVIEWER)


async def test_what_is_done_to_them_is_noted(chief: Asker) -> None:
    made = await assistants.add(chief, REVIEWER)
    await assistants.change(chief, made, REVIEWER)
    await assistants.remove(chief, made)
    done = [(entry.action, entry.actor_id) for entry in (await audit.entries(audit.Filter())).rows]
    assert done == [(f"models.assistant_{what}", chief.id) for what in ("removed", "changed", "added")]
