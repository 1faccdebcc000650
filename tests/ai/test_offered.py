"""The models of a service, from the lists that are kept in the field."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from subprocess import run
from sys import executable
from typing import Any

import pytest

from app.ai.failures import UpstreamFailure
from app.ai.found import PLACES, on_this_machine
from app.ai.offered import Offered, offered
from app.ai.upstream import models
from app.core.settings import adopt, settings
from tests.ai.upstream import Call, Script, body, forever, scripted, status

SHAPES: dict[str, tuple[Any, list[Offered]]] = {
    "OpenAI": ({"object": "list", "data": [{"id": "gpt-5", "object": "model"}]}, [Offered("gpt-5")]),
    "Ollama": ({"object": "list", "data": [{"id": "llama3:8b", "owned_by": "library"}]}, [Offered("llama3:8b")]),
    "Ollama without a model": ({"object": "list", "data": None}, []),
    "Ollama's own": ({"models": [{"name": "llama3:8b", "model": "llama3:8b", "size": 1}]}, [Offered("llama3:8b")]),
    "LM Studio": (
        {"object": "list", "data": [
            {"id": "qwen-vl", "type": "vlm", "max_context_length": 32768, "loaded_context_length": 4096},
            {"id": "qwen", "type": "llm", "max_context_length": 32768},
            {"id": "nomic", "type": "embeddings", "max_context_length": 2048},
        ]},
        [Offered("qwen-vl", 4096, sees=True), Offered("qwen", 32768, sees=False)],
    ),
    "OpenRouter": (
        {"data": [
            {"id": "a/sees", "context_length": 200000, "architecture": {
                "input_modalities": ["text", "image"], "output_modalities": ["text"]}},
            {"id": "b/reads", "context_length": None, "top_provider": {"context_length": 8192},
             "architecture": {"input_modalities": ["text"]}},
            {"id": "c/paints", "architecture": {"output_modalities": ["image"]}},
        ]},
        [Offered("a/sees", 200000, sees=True), Offered("b/reads", 8192, sees=False)],
    ),
    "vLLM": ({"object": "list", "data": [{"id": "m", "max_model_len": 40960}]}, [Offered("m", 40960)]),
    "Groq": ({"object": "list", "data": [{"id": "m", "context_window": 131072}]}, [Offered("m", 131072)]),
    "llama.cpp": (
        {"models": [{"name": "m", "capabilities": ["completion", "multimodal"]}],
         "object": "list", "data": [{"id": "m", "meta": {"n_ctx_train": 8192}}]},
        [Offered("m", 8192)],
    ),
    "Mistral": (
        {"object": "list", "data": [{"id": "m", "max_context_length": 128000, "capabilities": {"vision": True}}]},
        [Offered("m", 128000, sees=True)],
    ),
    "Together": ([{"id": "m", "type": "chat", "context_length": 9}, {"id": "i", "type": "image"}], [Offered("m", 9)]),
}  # fmt: skip
NO_LISTS: list[Any] = [
    {}, [1], {"data": [1]}, {"data": "x"}, {"data": [{}]}, {"data": [{"id": 7}]}, "x", None, 7,
    {"object": "list", "data": "x"}, {"error": "no"}, {"data": [{"id": "a\x00b"}]},
    {"data": [{"id": "x" * 201}]}, {"object": "error"},
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_models_of_each_kind_of_service_are_listed(shape: str) -> None:
    document, expected = SHAPES[shape]
    async with scripted(models=document) as service:
        assert await models(service.endpoint) == expected


@pytest.mark.parametrize("document", NO_LISTS)
def test_what_is_no_list_of_models_is_none(document: Any) -> None:
    assert offered(json.dumps(document).encode()) is None


@pytest.mark.parametrize("size", [0, -1, True, "8192", 1e6, 1 << 40, None, [8192]])
def test_a_size_that_cannot_be_is_left_out(size: Any) -> None:
    assert offered(json.dumps([{"id": "m", "context_length": size}]).encode()) == [Offered("m")]


def test_a_list_has_each_model_once_and_no_more_than_two_thousand() -> None:
    many = [{"id": f"m{number % 3000}"} for number in range(6000)]
    assert len({model.id for model in offered(json.dumps(many).encode()) or []}) == 2000


async def _failure(models_are: Script) -> str:
    async with scripted(models=models_are) as service:
        with pytest.raises(UpstreamFailure) as failure:
            await models(service.endpoint)
        await asyncio.sleep(0.01)
        assert service.open == 0
    return type(failure.value).__name__


async def test_a_service_that_lists_nothing_says_why() -> None:
    assert await _failure(status(401)) == "KeyRefused"
    assert await _failure(status(500)) == "Broken"
    assert await _failure(status(302, location="/elsewhere")) == "NotReachable"
    assert await _failure(body(b"<html>")) == "Garbled"
    assert await _failure(body(b"{}", content_encoding="gzip")) == "Garbled"
    assert await _failure(body(b'{"object": "list", "data": [')) == "Garbled"


async def test_a_list_without_end_is_given_up() -> None:
    assert await _failure(body(b'[{"id": "', *[b"x" * 1_000_000] * 10)) == "Garbled"


# On this machine ------------------------------------------------------------------------------------------------------


async def test_services_on_this_machine_are_found_and_nothing_else() -> None:
    async with AsyncExitStack() as running:
        there = await running.enter_async_context(scripted())
        without_models = await running.enter_async_context(scripted(models={"object": "list", "data": None}))
        others = [
            await running.enter_async_context(scripted(models=script))
            for script in (body(b"<html>", kind="text/html"), status(404), forever, body(b'{"data": "x"}'), Call.cut)
        ]
        places = {there.port: "Ollama", without_models.port: "LM Studio", 1: "Nobody"}
        found = await on_this_machine(places | {other.port: "Other" for other in others})
    assert [(endpoint.name, endpoint.base_url) for endpoint in found] == [
        ("Ollama on this machine", f"http://127.0.0.1:{there.port}/v1"),
        ("LM Studio on this machine", f"http://127.0.0.1:{without_models.port}/v1"),
    ]
    assert all(endpoint.trusted for endpoint in found)


async def test_we_do_not_ask_ourselves() -> None:
    before = settings()
    async with scripted() as ourselves:
        adopt(replace(before, port=ourselves.port))
        try:
            assert await on_this_machine({ourselves.port: "llama.cpp"}) == []
        finally:
            adopt(before)
    assert ourselves.connections == 0


def test_a_machine_without_such_services_does_not_load_the_heavy_client() -> None:
    code = """if True:
        import asyncio, sys
        from app.ai.found import on_this_machine
        assert asyncio.run(on_this_machine({1: "Nobody"})) == []
        sys.exit("aiohttp" in sys.modules)
    """
    assert run([executable, "-c", code], check=False).returncode == 0


def test_the_usual_places_are_looked_at() -> None:
    assert PLACES == {11434: "Ollama", 1234: "LM Studio", 8000: "vLLM", 8080: "llama.cpp"}
