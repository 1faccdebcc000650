"""Anthropic answers in the protocol of OpenAI, but lists its models in its own."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from app.ai import session
from app.ai.endpoint import Endpoint
from app.ai.offered import Offered
from app.ai.session import Judge, opened
from app.ai.upstream import models
from tests.ai.asking import heard
from tests.ai.upstream import KEY, Upstream, body, scripted, tokens

LIST = {"data": [{"type": "model", "id": "claude-sonnet-4-5", "display_name": "Claude"}], "has_more": False}


@pytest.fixture
async def anthropic(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Upstream]:
    """A service under Anthropic's name, on this machine."""

    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with scripted(body(json.dumps(LIST).encode(), kind="application/json")) as service:
        key = asyncio.get_running_loop(), True
        monkeypatch.setitem(session._sessions, key, opened(Judge(trusts=True, lookup=here)))  # noqa: SLF001 - the door outward
        yield service


def at(service: Upstream) -> Endpoint:
    return Endpoint("Anthropic", f"http://api.anthropic.com:{service.port}/v1", KEY, trusted=True)


async def test_its_models_are_asked_for_in_its_own_way(anthropic: Upstream) -> None:
    assert await models(at(anthropic)) == [Offered("claude-sonnet-4-5")]
    (asked,) = anthropic.requests
    assert (asked.path, asked.headers["x-api-key"]) == ("/v1/models?limit=1000", KEY)
    assert asked.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in asked.headers


async def test_it_is_asked_questions_as_everybody_is(anthropic: Upstream) -> None:
    anthropic.script = tokens(1)
    assert (await heard(at(anthropic))).failure is None
    (asked,) = anthropic.requests
    assert (asked.path, asked.headers["authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert "x-api-key" not in asked.headers
