"""A reply as it grows: heard from any place, by whoever it is for, to its last character."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from tests.chat.api.asking import Event, Program, event, events, together
from tests.chat.api.conftest import Talking
from tests.provider import streamed

SLOW = "openai/tokens-60-every-20ms"
TEXT = (
    '🐝 Bienen schlafen, naïve café: \U0001f469\u200d\U0001f680\r\n\u05e9\u05dc\u2028e\u0301 \\u0041 "data: x"\n\nid: 7'
)


def _path(begun: dict[str, Any]) -> str:
    return f"/api/conversations/{begun['conversation_id']}/messages/{begun['replies'][0]}"


async def _heard(program: Program, begun: dict[str, Any], last: str = "", **query: Any) -> list[Event]:
    headers = {"last-event-id": last} if last else {}
    answer = await program.client.get(_path(begun) + "/events", headers=headers, params=query)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    return events(answer.text)


# What has ended -------------------------------------------------------------------------------------------------------


async def test_what_has_ended_is_told_at_once_and_how(program: Program) -> None:
    made = await program.begin()
    text, done = await _heard(program, made)
    assert (text.at, text.data) == (len(streamed(5)), {"text": streamed(5)})
    assert (done.name, done.data) == ("done", {"status": "DONE", "error": None})


async def test_b4_from_every_place_the_rest_is_exact(program: Program) -> None:
    made = await program.begin(TEXT, "openai/echo")
    (reply,) = await program.settled(made)
    whole = reply["content"]
    wrong = [
        place
        for place in range(reply["length"] + 1)
        if together(await _heard(program, made, str(place)), whole[:place]) != whole
    ]
    print(f"B4: {len(wrong)} of {reply['length'] + 1} resumed texts differ")
    assert (whole, reply["length"], wrong) == (TEXT, len(TEXT), [])


async def test_who_has_it_all_hears_only_that_it_is_done(program: Program) -> None:
    made = await program.begin()
    assert [each.name for each in await _heard(program, made, str(len(streamed(5))))] == ["done"]


async def test_who_has_seen_more_than_was_kept_is_given_it_anew_once(program: Program) -> None:
    made = await program.begin()
    text, _ = await _heard(program, made, "9999")
    assert (text.at, text.data) == (len(streamed(5)), {"replace": streamed(5)})


@pytest.mark.parametrize("last", ["-1", "x", "1.5", "9" * 40, "\u00b2"])
async def test_b13_a_place_that_is_none_is_the_beginning(last: str, program: Program) -> None:
    made = await program.begin()
    answer = await program.client.get(_path(made) + "/events", headers=[(b"last-event-id", last.encode("latin-1"))])
    assert together(events(answer.text)) == streamed(5)


async def test_a_program_may_begin_at_a_place_by_the_address(program: Program) -> None:
    made = await program.begin()
    assert together(await _heard(program, made, after=4)) == streamed(5)[4:]


async def test_why_a_reply_failed_stands_at_its_end(program: Program) -> None:
    made = await program.begin("Hello", "openai/tokens-9-cut-3")
    *_, done = await _heard(program, made)
    assert done.data == {"status": "FAILED", "error": "MODEL_CUT_OFF"}


async def test_thoughts_come_apart_and_say_where_they_belong(program: Program) -> None:
    made = await program.begin("Hello", "openai/thoughts-2-tokens-2")
    thoughts, text, _ = await _heard(program, made)
    assert (thoughts.data, text.data) == ({"reasoning": streamed(2), "at": 0}, {"text": streamed(2)})


async def test_a_question_has_no_events(program: Program) -> None:
    made = await program.begin()
    path = f"/conversations/{made['conversation_id']}/messages/{made['message_id']}/events"
    assert await program.refused("GET", path) == "NOT_FOUND"


@pytest.mark.parametrize("last", ["", "3"])
async def test_a2_a_stranger_hears_nothing_at_first_or_again(last: str, program: Program, stranger: Program) -> None:
    made = await program.begin()
    answer = await stranger.client.get(_path(made) + "/events", headers={"last-event-id": last})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


# What grows -----------------------------------------------------------------------------------------------------------


@contextmanager
def client(talking: Talking) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {talking.started.token}"}
    with httpx2.Client(base_url=talking.started.origin, headers=headers, timeout=20) as found:
        yield found


def _begin(client: httpx2.Client, model: str) -> dict[str, Any]:
    answer = client.post("/api/conversations", json={"text": "Hello", "models": [model]})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _listen(client: httpx2.Client, begun: dict[str, Any], after: int = 0, most: int = 10_000) -> list[Event]:
    """Events, until the reply is done or so many have come."""
    found: list[Event] = []
    headers = {"last-event-id": str(after)} if after else {}
    with client.stream("GET", _path(begun) + "/events", headers=headers) as answer:
        lines: list[str] = []
        for line in answer.iter_lines():
            if line:
                lines.append(line)
                continue
            if (each := event("\n".join(lines))) is not None:
                found.append(each)
            lines = []
            if len(found) >= most or (found and found[-1].name == "done"):
                break
    return found


def test_a_reply_is_heard_while_it_grows(talking: Talking) -> None:
    with client(talking) as program:
        heard = _listen(program, _begin(program, SLOW))
    texts = heard[:-1]
    assert len(texts) > 3
    assert [each.at for each in texts] == [len(together(texts[: number + 1])) for number in range(len(texts))]
    assert together(texts) == streamed(60)
    assert heard[-1].data["status"] == "DONE"


def test_b4_a_listener_that_leaves_again_and_again_has_every_character_once(talking: Talking) -> None:
    cuts = 0
    with client(talking) as program:
        begun = _begin(program, SLOW)
        heard: list[Event] = []
        while not heard or heard[-1].name != "done":
            heard += _listen(program, begun, heard[-1].at if heard else 0, most=2)
            cuts += 1
        stored = program.get(_path(begun)).json()["content"]
    print(f"B4: {cuts} connections, {len(together(heard))} of {len(stored)} characters, each once")
    assert cuts > 2
    assert together(heard) == stored == streamed(60)


def test_to_stop_a_reply_ends_it_for_whoever_listens(talking: Talking) -> None:
    with client(talking) as program:
        begun = _begin(program, "openai/tokens-400-every-20ms")
        first = _listen(program, begun, most=2)
        assert program.post(_path(begun) + "/stop").status_code == 204
        rest = _listen(program, begun, first[-1].at)
        stored = program.get(_path(begun)).json()
    assert rest[-1].data["status"] == stored["status"] == "STOPPED"
    assert together(first + rest) == stored["content"]
    assert 0 < stored["length"] < len(streamed(400))


def test_what_is_stored_so_far_and_the_events_after_it_are_the_whole(talking: Talking) -> None:
    with client(talking) as program:
        begun = _begin(program, SLOW)
        _listen(program, begun, most=3)
        so_far = program.get(_path(begun)).json()
        rest = _listen(program, begun, so_far["length"])
    assert so_far["status"] == "STREAMING"
    assert together(rest, so_far["content"]) == streamed(60)


def test_a_description_of_the_api_says_that_events_are_streamed(talking: Talking) -> None:
    with client(talking) as program:
        document = json.loads(program.get("/schema/openapi.json").text)
    path = "/api/conversations/{conversation_id}/messages/{message_id}/events"
    assert "text/event-stream" in document["paths"][path]["get"]["responses"]["200"]["content"]
