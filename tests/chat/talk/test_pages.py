"""The pages of a conversation, as a browser without scripts sees them."""

import httpx2
import pytest

from app.core.ids import new_id
from app.database.engine import db
from tests.cast import Player
from tests.chat.talking import begun, seen, send, settled


async def test_the_first_message_begins_a_conversation_that_is_named_after_it(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Which fox jumps?")
    page = (await alices.get(talk.path)).text
    assert '<h1 dir="auto">Which fox jumps?</h1>' in page
    assert "I am Recall" in page


async def test_a_long_first_message_is_cut_for_the_title_and_marked_so(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "A question that goes on and on until it is longer than a title may ever be")
    title = await db.fetch_value("select title from conversations where id = $1", talk.id)
    assert (len(title) <= 50, title[-1]) == (True, "…")


async def test_an_empty_first_message_is_refused_beside_the_field(alices: httpx2.AsyncClient) -> None:
    answer = await send(alices, "/c", text="  ")
    assert (answer.status_code, "Write something first." in answer.text) == (400, True)
    assert await db.fetch_value("select count(*) from conversations") == 0


async def test_what_is_said_next_follows_what_was_said_before(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    await send(alices, talk.path, text="And then?", parent=str(talk.reply), model="rag")
    await settled()
    page = (await alices.get(talk.path)).text
    assert page.index("how are you?") < page.index("And then?")


async def test_a_stale_tab_branches_and_overwrites_nothing(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    for text in ("From this tab", "From the stale one"):
        await send(alices, talk.path, text=text, parent=str(talk.reply), model="rag")
        await settled()
    page = (await alices.get(talk.path)).text
    assert "From the stale one" in page
    assert "2/2" in page
    assert await db.fetch_value("select count(*) from messages where role = 'USER'") == 3


async def test_the_same_form_sent_twice_is_one_message(alices: httpx2.AsyncClient) -> None:
    key = str(new_id())
    first = await send(alices, "/c", text="Once", key=key, model="rag")
    await settled()
    again = await send(alices, "/c", text="Once", key=key, model="rag")
    assert again.headers["location"] == first.headers["location"]
    assert await db.fetch_value("select count(*) from messages where role = 'USER'") == 1
    assert await db.fetch_value("select count(*) from conversations") == 1


async def test_an_edit_is_a_sibling_and_one_can_go_back(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "How are yuo?")
    await send(alices, f"{talk.path}/m/{talk.said}/edit", text="How are you?")
    await settled()
    assert '<div class="said-text" dir="auto">How are you?<' in (await alices.get(talk.path)).text
    await send(alices, f"{talk.path}/m/{talk.said}/choose")
    assert '<div class="said-text" dir="auto">How are yuo?<' in (await alices.get(talk.path)).text


async def test_another_reply_stands_beside_the_first(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    await send(alices, f"{talk.reply_path}/again", model="rag")
    await settled()
    assert (await seen(alices, talk.path)).reply != talk.reply
    assert "2/2" in (await alices.get(talk.path)).text


async def test_a_deleted_message_leaves_its_answers(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "A secret that should go")
    await send(alices, f"{talk.path}/m/{talk.said}/delete")
    page = (await alices.get(talk.path)).text
    assert "This message was deleted." in page
    assert "I am Recall" in page
    assert await db.fetch_value("select count(*) from messages where content like '%secret%'") == 0


async def test_opposite_opinions_exclude_each_other(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    for kind in ("LIKE", "HELPFUL", "DISLIKE"):
        await send(alices, f"{talk.reply_path}/react", kind=kind)
    found = await db.fetch("select type from message_reactions order by type")
    assert [row["type"] for row in found] == ["DISLIKE", "HELPFUL"]


async def test_an_opinion_said_twice_is_taken_back(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    for _ in range(2):
        await send(alices, f"{talk.reply_path}/react", kind="LIKE")
    assert await db.fetch_value("select count(*) from message_reactions") == 0


async def test_what_the_model_was_told_can_be_looked_at(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Something to be told")
    page = await alices.get(f"{talk.reply_path}/told")
    assert (page.status_code, "Something to be told" in page.text) == (200, True)


async def test_a_branch_is_a_conversation_of_its_own(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    answer = await send(alices, f"{talk.reply_path}/fork")
    copy = await seen(alices, answer.headers["location"])
    assert copy.id != talk.id
    await send(alices, f"{copy.path}/m/{copy.said}/delete")
    assert "how are you?" in (await alices.get(talk.path)).text


async def test_a_temporary_conversation_is_in_no_list(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Between us", temporary="on")
    assert "Between us" not in (await alices.get("/c", headers={"HX-Request": "true"})).text
    assert "temporary" in (await alices.get(talk.path)).text


async def test_what_lies_in_the_bin_can_be_taken_out(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Thrown away")
    await send(alices, "/c/acts", do="delete", chosen=str(talk.id))
    assert (await alices.get(talk.path)).status_code == 404
    assert "Thrown away" in (await alices.get("/c/bin")).text
    await send(alices, "/c/acts", do="restore", chosen=str(talk.id))
    assert (await alices.get(talk.path)).status_code == 200


async def test_what_is_deleted_for_good_leaves_nothing(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Gone for good")
    await send(alices, "/c/acts", do="remove", chosen=str(talk.id))
    assert (await alices.get(talk.path)).status_code == 200, "only from the bin"
    await send(alices, "/c/acts", do="delete", chosen=str(talk.id))
    await send(alices, "/c/acts", do="remove", chosen=str(talk.id))
    assert await db.fetch_value("select count(*) from messages") == 0


async def test_without_scripts_the_list_is_a_page_with_everything_in_it(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Far back")
    text = (await alices.get("/c")).text
    assert "<title>Conversations" in text
    assert f'href="{talk.path}"' in text


async def test_what_is_put_away_is_said_to_be(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Put away")
    answer = await send(alices, "/c/acts", do="archive", chosen=str(talk.id))
    assert "1 conversation is in the archive." in (await alices.get(answer.headers["location"])).text


async def test_the_archive_keeps_what_the_list_does_not_show(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Put away")
    await send(alices, "/c/acts", do="archive", chosen=str(talk.id))
    assert "Put away" not in (await alices.get("/c", headers={"HX-Request": "true"})).text
    assert "Put away" in (await alices.get("/c/archive")).text


async def test_a_name_of_ones_own_stays(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    await send(alices, f"{talk.path}/title", title="  My   name ")
    row = await db.fetch_one("select title, has_own_title from conversations")
    assert row is not None
    assert (row["title"], row["has_own_title"]) == ("My name", True)


async def test_a_draft_is_kept_until_it_is_sent(alices: httpx2.AsyncClient, alice: Player) -> None:
    await send(alices, f"/c/{alice.id}/draft", text="half a thou")
    assert "half a thou" in (await alices.get("/")).text
    await begun(alices, "half a thought")
    assert await db.fetch_value("select count(*) from drafts") == 0


async def test_a_draft_in_somebody_elses_place_is_not_kept(alices: httpx2.AsyncClient, bob: Player) -> None:
    assert (await send(alices, f"/c/{bob.id}/draft", text="x")).status_code == 404


async def test_earlier_messages_end_where_the_shown_ones_begin(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "The first of them")
    parent = talk.reply
    for number in range(21):
        await send(alices, talk.path, text=f"Number {number}.", parent=str(parent), model="rag")
        await settled()
        parent = (await seen(alices, talk.path)).reply
    page = (await alices.get(talk.path)).text
    assert page.count("<article") == 40
    earlier = page.split(f'href="{talk.path}?before=', 1)[1].split('"', 1)[0]
    before = (await alices.get(f"{talk.path}?before={earlier}")).text
    assert before.count("<article") == 4
    assert "The first of them</div>" in before
    assert "Number 0." in before
    assert "Number 1." not in before


async def test_a_model_that_is_gone_is_told_at_the_composer_which_keeps_the_text(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    answer = await send(alices, talk.path, text="Do not lose me", parent=str(talk.reply), model="gone/away")
    assert answer.status_code == 404
    assert "This model is no longer here." in answer.text
    assert "Do not lose me</textarea>" in answer.text


@pytest.mark.parametrize(
    ("text", "status", "why"),
    [
        (" ", 400, "Write something first."),
        ("x" * 400_001, 413, "This is longer than one message can be."),
    ],
    ids=["empty", "long"],
)
async def test_an_edit_that_cannot_be_taken_is_told_beside_its_field(
    alices: httpx2.AsyncClient, text: str, status: int, why: str
) -> None:
    talk = await begun(alices, "As it was")
    answer = await send(alices, f"{talk.path}/m/{talk.said}/edit", text=text)
    field = answer.text.split('aria-describedby="edit-why">\n', 1)[1]
    assert (answer.status_code, field.split("</textarea>")[0]) == (status, text)
    assert why in field
    assert await db.fetch_value("select count(*) from messages where role = 'USER'") == 1
