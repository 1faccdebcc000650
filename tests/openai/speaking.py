"""OpenAI's own client, alone in a process: python -m tests.openai.speaking ORIGIN TOKEN MODEL

It asks in every way that the protocol has, and writes down as JSON what its user would see.
"""

import json
import sys
from typing import Any

import openai

HELLO: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]


def main(origin: str, token: str, model: str) -> dict[str, Any]:
    client = openai.OpenAI(api_key=token, base_url=f"{origin}/v1", max_retries=0)
    stranger = openai.OpenAI(api_key="cp_nobody", base_url=f"{origin}/v1", max_retries=0)
    return {
        "models": [each.id for each in client.models.list()],
        "model": client.models.retrieve(model).to_dict(),
        "whole": client.chat.completions.create(model=model, messages=HELLO).to_dict(),
        "recall": client.chat.completions.create(model="rag", messages=HELLO).to_dict(),
        "parts": client.chat.completions.create(model="openai/echo", messages=_parts()).to_dict(),
        "streamed": _streamed(client, model),
        "uncounted": _streamed(client, model, stream_options=openai.omit),
        "short": _streamed(client, "openai/tokens-3-short"),
        "thoughtful": _streamed(client, "openai/thoughts-2-tokens-2"),
        "cut": _failure(lambda: _streamed(client, "openai/tokens-9-cut-3")),
        "unknown model": _failure(lambda: client.chat.completions.create(model="nobody/has", messages=HELLO)),
        "no such address": _failure(lambda: client.models.retrieve("nobody/has")),
        "unknown token": _failure(stranger.models.list),
        "busy": _failure(lambda: client.chat.completions.create(model="openai/status-429-after-60", messages=HELLO)),
        "refused": _failure(lambda: client.chat.completions.create(model="openai/status-400", messages=HELLO)),
        "tools": _failure(lambda: client.chat.completions.create(model=model, messages=HELLO, tools=_tools())),
        "no messages": _failure(lambda: client.chat.completions.create(model=model, messages=[])),
    }


def _parts() -> list[Any]:
    return [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]


def _tools() -> list[Any]:
    return [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]


def _streamed(client: openai.OpenAI, model: str, **options: Any) -> dict[str, Any]:
    options.setdefault("stream_options", {"include_usage": True})
    chunks = [
        chunk.to_dict() for chunk in client.chat.completions.create(model=model, messages=HELLO, stream=True, **options)
    ]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return {
        "ids": sorted({chunk["id"] for chunk in chunks}),
        "objects": sorted({chunk["object"] for chunk in chunks}),
        "created": sorted({chunk["created"] for chunk in chunks}),
        "role": deltas[0].get("role"),
        "text": "".join(delta.get("content") or "" for delta in deltas),
        "reasoning": "".join(delta.get("reasoning_content") or "" for delta in deltas),
        "endings": [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]],
        "usage": [chunk["usage"] for chunk in chunks if chunk.get("usage")],
        "count": len(chunks),
    }


def _failure(attempt: Any) -> dict[str, Any]:
    try:
        attempt()
    except openai.APIStatusError as failure:
        return {
            "kind": type(failure).__name__,
            "status": failure.status_code,
            "code": failure.code,
            "type": failure.type,
            "param": failure.param,
            "message": failure.message,
        }
    except openai.APIError as failure:
        return {"kind": type(failure).__name__, "code": failure.code, "type": failure.type, "message": failure.message}
    return {"kind": ""}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
