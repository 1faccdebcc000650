"""Folders, instructions and models on pages, in a browser that runs no script."""

import re
from uuid import UUID

import html5lib
import httpx2
import pytest

from app.chat.conversations import folders, queries_folders
from app.chat.conversations import service as conversations
from app.core.ids import new_id
from app.preferences import service as preferences
from tests.cast import Player
from tests.chat.api.asking import Program
from tests.doors.walk import conversation
from tests.provider import Upstream


async def seen(page: httpx2.AsyncClient, path: str) -> str:
    answer = await page.get(path)
    assert answer.status_code == 200, path
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return answer.text


async def post(page: httpx2.AsyncClient, path: str, status: int = 303, /, **form: str) -> httpx2.Response:
    answer = await page.post(path, data=form)
    assert answer.status_code == status, answer.text
    return answer


async def test_a_conversation_is_moved_to_a_folder_from_its_menu(page: httpx2.AsyncClient, alice: Player) -> None:
    here, folder = await conversation(alice), await folders.add(alice.id, "Garden")
    text = await seen(page, f"/c/{here}")
    assert f'action="/c/{here}/folder"' in text
    assert f'<option value="{folder.id}">Garden</option>' in text
    await post(page, f"/c/{here}/folder", folder=str(folder.id))
    assert f'href="/f/{folder.id}" dir="auto">Garden</a>' in await seen(page, f"/c/{here}")


async def test_a_name_makes_a_new_folder_within_the_chosen_one(page: httpx2.AsyncClient, alice: Player) -> None:
    here, top = await conversation(alice), await folders.add(alice.id, "Garden")
    await post(page, f"/c/{here}/folder", folder=str(top.id), name="Bees")
    made = next(folder for folder in await folders.listed(alice.id) if folder.name == "Bees")
    assert made.parent_id == top.id
    assert [line.title for line in (await folders.conversations(alice.id, made.id, None)).rows] == ["Bees"]


async def test_a_conversation_is_taken_out_of_its_folder(page: httpx2.AsyncClient, alice: Player) -> None:
    folder = await folders.add(alice.id, "Garden")
    here = await conversation(alice, folder_id=folder.id)
    await post(page, f"/c/{here}/folder", folder="")
    assert (await folders.conversations(alice.id, folder.id, None)).rows == []


async def test_folders_stand_above_the_days_with_what_lies_in_them(page: httpx2.AsyncClient, alice: Player) -> None:
    folder = await folders.add(alice.id, "Garden")
    inside, outside = await conversation(alice, folder_id=folder.id), await conversation(alice)
    text = await seen(page, "/")
    assert text.index("<details") < text.index(f'href="/c/{inside}"') < text.index(f'href="/f/{folder.id}"')
    assert text.index(f'href="/f/{folder.id}"') < text.index(f'href="/c/{outside}"')
    assert text.count(f'href="/c/{inside}"') == 1
    assert '<details class="stand">' in text


async def test_the_folder_one_looks_into_is_open_with_those_above_it(page: httpx2.AsyncClient, alice: Player) -> None:
    top = await folders.add(alice.id, "Garden")
    inner = await folders.add(alice.id, "Bees", parent_id=top.id)
    await folders.add(alice.id, "Other")
    here = await conversation(alice, folder_id=inner.id)
    for path in (f"/c/{here}", f"/f/{inner.id}"):
        text = await seen(page, path)
        assert text.count('<details class="stand" open>') == 2
        assert text.count('<details class="stand">') == 1


async def test_a_folder_shows_eight_and_leads_to_the_rest(page: httpx2.AsyncClient, alice: Player) -> None:
    folder = await folders.add(alice.id, "Garden")
    for _ in range(9):
        await conversation(alice, folder_id=folder.id)
    text = await seen(page, "/")
    assert text.count('href="/c/0') == 8
    assert "All of it" in text


async def test_its_page_shows_what_lies_in_a_folder_page_by_page(page: httpx2.AsyncClient, alice: Player) -> None:
    folder = await folders.add(alice.id, "Garden")
    ids = [await conversation(alice, folder_id=folder.id) for _ in range(42)]
    first = await seen(page, f"/f/{folder.id}")
    older = re.search(r'href="(/f/[^"]+\?after=[^"]+)"', first)
    assert older is not None
    second = await seen(page, older[1])
    listed = re.findall(r'<li><a href="/c/([0-9a-f-]+)" dir="auto">', first + second)
    assert sorted(listed) == sorted(ids)


async def test_a_folder_is_changed_on_its_page(page: httpx2.AsyncClient, alice: Player) -> None:
    top, folder = await folders.add(alice.id, "Garden"), await folders.add(alice.id, "Bees")
    form = {"name": "Wasps", "instructions": "Be\r\nbrief.", "model": "openai/echo", "parent": str(top.id)}
    await post(page, f"/f/{folder.id}", 303, **form)
    found = await folders.one(alice.id, folder.id)
    assert (found.name, found.instructions, found.default_model) == ("Wasps", "Be\nbrief.", "openai/echo")
    assert found.parent_id == top.id


async def test_what_is_wrong_is_told_beside_the_field_and_kept(page: httpx2.AsyncClient, alice: Player) -> None:
    folder = await folders.add(alice.id, "Bees")
    answer = await post(page, f"/f/{folder.id}", 400, name=" ", instructions="Be brief.")
    assert "A folder needs a name." in answer.text
    assert "Be brief.</textarea>" in answer.text
    assert (await folders.one(alice.id, folder.id)).instructions == ""


async def test_a_model_that_is_away_stays_where_nobody_chose_another(page: httpx2.AsyncClient, alice: Player) -> None:
    folder = await folders.add(alice.id, "Bees", default_model="openai/echo")
    await queries_folders.change(alice.id, folder.id, {"default_model": "gone/model"})
    assert '<option value="gone/model" selected>' in await seen(page, f"/f/{folder.id}")
    await post(page, f"/f/{folder.id}", name="Wasps", model="gone/model")
    assert (await folders.one(alice.id, folder.id)).default_model == "gone/model"


async def test_a_folder_is_made_in_another_and_deleted_again(page: httpx2.AsyncClient, alice: Player) -> None:
    top = await folders.add(alice.id, "Garden")
    made = (await post(page, "/f", name="Bees", parent=str(top.id))).headers["location"]
    assert f'href="{made}"' in await seen(page, f"/f/{top.id}")
    assert (await post(page, f"{made}/delete")).headers["location"] == f"/f/{top.id}"
    assert "What lay in it is still there." in await seen(page, f"/f/{top.id}")


async def test_a_conversation_begins_in_the_folder(page: httpx2.AsyncClient, program: Program, alice: Player) -> None:
    folder = await folders.add(alice.id, "Garden", default_model="openai/echo")
    text = await seen(page, f"/?folder={folder.id}")
    assert f'<input type="hidden" name="folder" value="{folder.id}">' in text
    assert '<option value="openai/echo" selected>' in text
    answer = await post(page, "/c", text="Hello", folder=str(folder.id), model="openai/echo")
    begun = {"conversation_id": answer.headers["location"].removeprefix("/c/")}
    (_, reply) = (await program.path(begun))["items"]
    await program.settled({**begun, "replies": [reply["id"]]})
    assert [line.title for line in (await folders.conversations(alice.id, folder.id, None)).rows] == ["Hello"]


async def test_nothing_begins_in_a_folder_that_is_not_there(page: httpx2.AsyncClient, alice: Player) -> None:
    assert (await page.get(f"/?folder={new_id()}")).status_code == 404


# Instructions and models ----------------------------------------------------------------------------------------------


async def test_a_conversation_has_instructions_and_a_model_of_its_own(page: httpx2.AsyncClient, alice: Player) -> None:
    here = await conversation(alice)
    assert f'action="/c/{here}/settings"' in await seen(page, f"/c/{here}")
    await post(page, f"/c/{here}/settings", instructions="Be brief.", model="openai/echo")
    row = await conversations.conversation(alice.id, UUID(here))
    assert (row["instructions"], row["model"]) == ("Be brief.", "openai/echo")
    assert "Be brief.</textarea>" in await seen(page, f"/c/{here}/settings")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"instructions": "x" * 8001}, "This is too long."),
        ({"instructions": "Be brief.", "model": "nobody/has"}, "This model is no longer here."),
    ],
)
async def test_settings_that_cannot_be_are_told_on_their_page(
    form: dict[str, str], told: str, page: httpx2.AsyncClient, alice: Player
) -> None:
    here = await conversation(alice)
    answer = await post(page, f"/c/{here}/settings", 400, **form)
    assert told in answer.text
    assert f"{form['instructions']}</textarea>" in answer.text


async def test_what_a_person_tells_every_model_is_told(
    page: httpx2.AsyncClient, program: Program, upstream: Upstream, alice: Player
) -> None:
    form = {"theme": "system", "language": "", "timezone": "UTC", "instructions": "I keep\r\nbees."}
    await post(page, "/preferences", 303, **form)
    assert (await preferences.of(alice.id)).instructions == "I keep\nbees."
    assert "I keep\nbees.</textarea>" in await seen(page, "/preferences")
    await program.begin("Hello")
    assert upstream.asked[-1].body["messages"][0] == {"role": "system", "content": "I keep\nbees."}


async def test_too_much_of_it_is_told_beside_the_field(page: httpx2.AsyncClient, alice: Player) -> None:
    answer = await post(page, "/preferences", 400, timezone="UTC", instructions="x" * 8001)
    assert "This is too long." in answer.text
    assert (await preferences.of(alice.id)).instructions == ""


async def test_programs_read_and_change_it_too(program: Program) -> None:
    changed = await program.ask("PATCH", "/preferences", json={"instructions": "I keep bees."})
    assert changed["instructions"] == (await program.ask("GET", "/preferences"))["instructions"] == "I keep bees."
