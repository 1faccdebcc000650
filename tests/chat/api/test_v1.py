"""Completions without a memory, as they look from inside: what is kept of them, what they cost, whom they let in."""

import asyncio
import base64
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import httpx2
import pytest
from litestar.types import ASGIApp

from app.auth import tokens
from app.chat.conversations.tables import Conversation
from app.chat.messages.tables import Message
from app.chat.v1 import asking
from app.chat.v1.shapes import CompletionIn, MessageIn
from app.core.asker import Asker
from app.core.settings import Settings, adopt
from app.database.engine import db
from app.providers import budgets
from app.providers.budgets import Amount
from tests.cast import Player
from tests.chat.api.asking import LONG_ENOUGH, Program
from tests.doors import trying
from tests.provider import Upstream, streamed

HELLO: Final = [{"role": "user", "content": "Hello"}]
NOT_LOCAL: Final = "0x7f000001"  # 127.0.0.1 as one number, which nobody takes for this machine


async def complete(client: httpx2.AsyncClient, model: str = "openai/tokens-5", **more: Any) -> httpx2.Response:
    return await client.post("/v1/chat/completions", json={"model": model, "messages": HELLO, **more})


async def used(player: Player) -> list[Any]:
    sql = "select action, model, tokens_in, tokens_out, is_estimated, source_kind from ai_usage where user_id = $1"
    async with asyncio.timeout(LONG_ENOUGH):
        while asking.recording:
            await asyncio.sleep(0.01)
    return [tuple(row) for row in await db.fetch(sql, player.id)]


def asker(player: Player) -> Asker:
    return Asker(player.id, player.name, player.email, "DEVELOPER")


async def test_nothing_is_kept_of_a_completion_but_what_it_took(program: Program) -> None:
    answer = await complete(program.client)
    assert answer.json()["choices"][0]["message"]["content"] == streamed(5)
    assert await used(program.player) == [("api", "openai/tokens-5", 7, 5, False, "api")]
    assert (await Conversation.count().run(), await Message.count().run()) == (0, 0)


async def test_what_a_provider_does_not_count_is_estimated_and_marked_so(program: Program) -> None:
    answer = (await complete(program.client, "openai/tokens-4-nousage")).json()
    ((_, _, into, out, is_estimated, _),) = await used(program.player)
    assert is_estimated
    assert (into, out) == (answer["usage"]["prompt_tokens"], answer["usage"]["completion_tokens"])


async def test_recall_costs_nothing_and_is_not_counted(program: Program) -> None:
    assert (await complete(program.client, "rag")).status_code == 200
    assert await used(program.player) == []


async def test_the_model_gets_exactly_what_was_sent(program: Program, upstream: Upstream) -> None:
    messages = [{"role": "developer", "content": "Be brief."}, *HELLO]
    await complete(program.client, messages=messages, temperature=0.5, max_completion_tokens=9)
    asked = upstream.asked[-1].body
    assert asked["messages"] == [{"role": "system", "content": "Be brief."}, *HELLO]
    assert (asked["model"], asked["temperature"], asked["max_tokens"]) == ("tokens-5", 0.5, 9)


async def test_what_one_is_told_in_ones_own_chat_is_not_added(program: Program, upstream: Upstream) -> None:
    await program.ask("PATCH", "/preferences", json={"instructions": "I keep bees."})
    await complete(program.client)
    assert "bees" not in str(upstream.asked[-1].body)


async def test_a_picture_goes_along(program: Program, upstream: Upstream) -> None:
    url = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    await complete(program.client, messages=[{"role": "user", "content": parts}])
    assert upstream.asked[-1].body["messages"][0]["content"][1] == {"type": "image_url", "image_url": {"url": url}}


@pytest.mark.parametrize(
    "url", ["https://example.com/a.png", "data:text/html;base64,eA==", "data:image/png;base64,%", "x"]
)
async def test_a10_no_picture_is_fetched_for_anybody(url: str, program: Program, upstream: Upstream) -> None:
    parts = [{"type": "image_url", "image_url": {"url": url}}]
    answer = await complete(program.client, messages=[{"role": "user", "content": parts}])
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "messages")
    assert not [asked for asked in upstream.asked if asked.body]


@pytest.mark.parametrize(
    "more",
    [{"n": 2}, {"stop": "x"}, {"functions": [{}]}, {"response_format": {"type": "json_object"}}, {"logprobs": True}],
)
async def test_what_would_change_the_answer_is_refused_and_named(more: dict[str, Any], program: Program) -> None:
    answer = await complete(program.client, **more)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, next(iter(more)))


async def test_a_budget_that_is_used_up_ends_completions_but_not_recall(
    program: Program, upstream: Upstream, settings: Settings, root: Player
) -> None:
    away = upstream.url.replace("127.0.0.1", NOT_LOCAL)
    adopt(replace(settings, openai_api_key="sk-test", openai_base_url=away, find_local_models=False))
    administrator = replace(asker(root), role="ADMIN")
    await budgets.put(administrator, program.player.email, Amount(), Amount(tokens=10, cost=Decimal(1)))
    assert (await complete(program.client)).status_code == 200
    assert await used(program.player) != []
    answer = await complete(program.client)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "insufficient_quota")
    assert (await complete(program.client, "rag")).status_code == 200


async def _with_token(app: Any, player: Player, scope: str) -> httpx2.AsyncClient:
    made = await tokens.create(asker(player), "test", [scope])
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {made.secret}"}
    return httpx2.AsyncClient(transport=transport, base_url=trying.ORIGIN, headers=headers)


async def test_a_token_that_may_only_read_sees_models_and_asks_none(
    app: ASGIApp, upstream: Upstream, alice: Player
) -> None:
    async with await _with_token(app, alice, "read") as client:
        assert (await client.get("/v1/models")).status_code == 200
        answer = await complete(client)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "scope_missing")


async def test_a_token_that_may_write_needs_no_proof_of_a_form(app: ASGIApp, upstream: Upstream, alice: Player) -> None:
    async with await _with_token(app, alice, "write") as client:
        assert (await complete(client)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", b'{"model": "a\\u0000"}', 400),
        ("/v1/chat/completions", b"{" + b" " * 1_100_000 + b"}", 413),
        ("/v1/chat/completions", b"{", 400),
        ("/v1/nowhere", b"{}", 404),
        ("/v1/models", b"{}", 405),
    ],
)
async def test_b13_every_failure_beneath_v1_has_the_shape_of_the_protocol(
    path: str, body: bytes, status: int, program: Program
) -> None:
    answer = await program.client.post(path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, set(answer.json())) == (status, {"error"})
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert answer.headers["content-type"].startswith("application/json")


async def test_who_hangs_up_is_not_answered_on_and_what_had_come_is_counted(upstream: Upstream, alice: Player) -> None:
    asked = await asking.ask(
        asker(alice), CompletionIn("openai/tokens-400-every-20ms", [MessageIn("user", "Hello")], stream=True)
    )
    pieces = asked.heard()
    assert (await anext(pieces)).text
    await pieces.aclose()  # type: ignore[attr-defined] # a generator is one
    async with asyncio.timeout(LONG_ENOUGH):
        while not upstream.asked[-1].hung_up:
            await asyncio.sleep(0.01)
    ((action, *_, is_estimated, _),) = await used(alice)
    assert (action, is_estimated) == ("api", True)
