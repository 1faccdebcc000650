"""OpenAI's own client against our server: what its users see."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.chat.api.conftest import Talking
from tests.npm import Unobtainable
from tests.provider import streamed
from tests.pypi import installed

ROOT = Path(__file__).parents[3]
MODEL = "openai/tokens-20-every-5ms"


@pytest.fixture(scope="module")
def heard(talking: Talking) -> Any:
    """Everything that the client was answered, asked for once."""
    try:
        packages = installed(ROOT / "tests" / "openai")
    except Unobtainable as why:
        pytest.skip(str(why))
    command = [sys.executable, "-m", "tests.openai.speaking", talking.started.origin, talking.started.token, MODEL]
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_it_lists_our_models_and_recall(heard: dict[str, Any]) -> None:
    assert MODEL in heard["models"]
    assert heard["models"][-1] == "rag"


def test_it_finds_one_model_by_its_path(heard: dict[str, Any]) -> None:
    assert (heard["model"]["id"], heard["model"]["object"]) == (MODEL, "model")


def test_it_gets_a_whole_reply(heard: dict[str, Any]) -> None:
    whole = heard["whole"]
    (choice,) = whole["choices"]
    assert choice["message"] == {"role": "assistant", "content": streamed(20)}
    assert (choice["finish_reason"], whole["object"], whole["model"]) == ("stop", "chat.completion", MODEL)
    assert re.fullmatch(r"chatcmpl-[0-9a-f]{32}", whole["id"])
    assert whole["usage"] == {"prompt_tokens": 7, "completion_tokens": 20, "total_tokens": 27}


def test_it_gets_a_streamed_reply_piece_by_piece(heard: dict[str, Any]) -> None:
    found = heard["streamed"]
    assert (found["role"], found["text"], found["objects"]) == ("assistant", streamed(20), ["chat.completion.chunk"])
    assert (len(found["ids"]), len(found["created"])) == (1, 1)
    assert found["endings"][-1] == "stop"
    assert set(found["endings"][:-1]) == {None}
    assert found["count"] > 3


def test_it_is_told_what_a_streamed_reply_took_where_it_asks(heard: dict[str, Any]) -> None:
    assert heard["streamed"]["usage"] == [{"prompt_tokens": 7, "completion_tokens": 20, "total_tokens": 27}]
    assert heard["uncounted"]["usage"] == []


def test_it_hears_that_a_reply_was_too_long_for_the_model(heard: dict[str, Any]) -> None:
    assert heard["short"]["endings"][-1] == "length"


def test_it_gets_thoughts_apart_from_the_text(heard: dict[str, Any]) -> None:
    assert (heard["thoughtful"]["reasoning"], heard["thoughtful"]["text"]) == (streamed(2), streamed(2))


def test_it_may_send_its_text_in_parts(heard: dict[str, Any]) -> None:
    assert heard["parts"]["choices"][0]["message"]["content"] == "a\n\nb"


def test_recall_answers_it_too(heard: dict[str, Any]) -> None:
    assert "I am Recall" in heard["recall"]["choices"][0]["message"]["content"]
    assert heard["recall"]["model"] == "rag"


@pytest.mark.parametrize(
    ("case", "kind", "status", "code"),
    [
        ("unknown model", "NotFoundError", 404, "model_not_found"),
        ("no such address", "NotFoundError", 404, "model_not_found"),
        ("unknown token", "AuthenticationError", 401, "invalid_api_key"),
        ("busy", "InternalServerError", 503, "model_busy"),
        ("refused", "BadRequestError", 400, "model_refuses"),
        ("tools", "BadRequestError", 400, "validation_error"),
        ("no messages", "BadRequestError", 400, "validation_error"),
    ],
)
def test_each_failure_is_the_one_that_its_users_catch(
    case: str, kind: str, status: int, code: str, heard: dict[str, Any]
) -> None:
    failure = heard[case]
    assert (failure["kind"], failure["status"], failure["code"]) == (kind, status, code)
    assert "secret words" not in failure["message"]


def test_it_is_told_which_field_is_wrong(heard: dict[str, Any]) -> None:
    assert (heard["tools"]["param"], heard["no messages"]["param"]) == ("tools", "messages")


def test_a_stream_that_breaks_is_an_error_and_no_end(heard: dict[str, Any]) -> None:
    assert (heard["cut"]["kind"], heard["cut"]["code"]) == ("APIError", "model_cut_off")
