"""Where models come from, before anybody is asked."""

from pathlib import Path

import pytest

from app.ai.endpoint import Endpoint
from app.core import settings as settings_module
from app.core.errors import Misconfigured
from app.core.settings import Settings
from app.providers import sources
from app.providers.sources import KNOWN, Source


def given(**variables: str) -> Settings:
    return settings_module.read(variables, dotenv=Path("/nowhere"))


def found(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[Source]:
    monkeypatch.setattr(settings_module, "_current", [given(**variables)])
    return list(sources.of_environment())


@pytest.mark.parametrize(("word", "name", "address"), KNOWN)
def test_a_key_in_the_environment_is_enough(
    monkeypatch: pytest.MonkeyPatch, word: str, name: str, address: str
) -> None:
    (source,) = found(monkeypatch, **{f"{word.upper()}_API_KEY": " sk-1 "})
    assert (source.slug, source.name, source.origin) == (word, name, "environment")
    assert (source.endpoint.base_url, source.endpoint.key, source.endpoint.trusted) == (address, "sk-1", True)


def test_without_a_key_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch) == []


def test_openai_may_stand_elsewhere_and_need_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = found(monkeypatch, OPENAI_BASE_URL="http://192.168.1.5:9000/v1")
    assert (source.slug, source.endpoint.base_url, source.endpoint.key) == ("openai", "http://192.168.1.5:9000/v1", "")
    assert source.is_local


def test_further_servers_have_a_name_and_a_key_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, full, dotted = found(
        monkeypatch,
        COMMONPLACE_MODEL_URLS="http://10.0.0.7:8000/v1 https://My%20Gate:sk%2F1%40x@ai.example.com/v1 http://a.b/v1",
    )
    assert (plain.name, plain.slug, plain.endpoint.key) == ("10.0.0.7", "10-0-0-7", "")
    assert (full.name, full.slug, full.endpoint.key) == ("My Gate", "gate", "sk/1@x")
    assert full.endpoint.base_url == "https://ai.example.com/v1"
    assert dotted.slug == "a-b"


def test_two_of_one_name_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = "http://lab@10.0.0.7/v1 http://lab@10.0.0.8/v1 http://openai@10.0.0.9/v1"
    assert [source.slug for source in found(monkeypatch, COMMONPLACE_MODEL_URLS=urls)] == ["lab", "lab-2", "openai-2"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "api.openai.com"),
        ("COMMONPLACE_MODEL_URLS", "http://10.0.0.7/v1 gate"),
        ("COMMONPLACE_MODEL_URLS", "ftp://10.0.0.7/"),
        ("COMMONPLACE_MODEL_URLS", "http://[::1/v1"),
        ("COMMONPLACE_MODEL_URLS", "http://10.0.0.7:port/v1"),
    ],
)
def test_what_is_no_address_stops_the_start_and_is_not_repeated(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name) as wrong:
        given(**{name: value})
    assert value not in str(wrong.value)


def test_what_runs_here_is_not_listed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, COMMONPLACE_MODEL_URLS="http://here@127.0.0.1:8000/v1")
    running = [
        Endpoint(name, f"http://127.0.0.1:{port}/v1", "")
        for name, port in (("vLLM on this machine", 8000), ("Ollama on this machine", 11434))
    ]
    assert [source.slug for source in sources.of_machine(running)] == ["ollama"]


@pytest.mark.parametrize(
    ("host", "within"),
    [
        ("127.0.0.1", True),
        ("[::1]", True),
        ("localhost", True),
        ("192.168.1.20", True),
        ("nas.local", True),
        ("api.openai.com", False),
        ("localhost.example.com", False),
        ("8.8.8.8", False),
        ("a b", False),
    ],
)
def test_what_stays_in_the_house_is_told_from_what_leaves_it(host: str, *, within: bool) -> None:
    assert sources.is_within(Endpoint("Somebody", f"http://{host}:1234/v1")) is within


@pytest.mark.parametrize(
    ("name", "taken", "word"),
    [
        ("OpenAI", set(), "openai"),
        ("My own", set(), "own"),
        ("Größe & Co.", {"grosse-co"}, "groe-co"),
        ("…", set(), "server"),
        ("x" * 90, set(), "x" * 32),
        ("a", {"a", "a-2", "a-3"}, "a-4"),
    ],
)
def test_a_name_becomes_a_word_for_paths(name: str, taken: set[str], word: str) -> None:
    assert sources.free_slug(name, taken) == word
