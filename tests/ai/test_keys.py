"""A key goes to its own service, and is written down nowhere."""

import logging
from dataclasses import replace

import pytest

from app.ai.endpoint import Endpoint
from app.ai.upstream import models
from app.core import log
from tests.ai.asking import QUESTION, heard
from tests.ai.test_refusals import chain
from tests.ai.upstream import KEY, Call, body, cut, endless, forever, reset, scripted, status, tokens

SCRIPTS = [
    tokens(3),
    *(status(code, f"bad key {KEY}") for code in (400, 401, 403, 404, 429, 500)),
    status(302, location=f"http://127.0.0.1:9/?key={KEY}"),
    body(f"data: what? {KEY}\n\n".encode()),
    body(f'data: {{"error": "bad key {KEY}"}}\n\n'.encode()),
    body(f"<html>{KEY}".encode(), kind="text/html"),
    forever,
    cut(1),
    reset(1),
    Call.cut,
    endless(),
    lambda call: call.raw(f"HTTP/1.1 {KEY}\r\n\r\n".encode()),
]


async def test_a10_no_key_is_in_a_log_an_exception_or_what_another_service_hears(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    told, heard_elsewhere = "", ""
    async with scripted() as other:
        for script in SCRIPTS:
            async with scripted(script) as service:
                answer = await heard(service.endpoint)
                told += chain(answer.failure) + repr(service.endpoint) + repr(QUESTION)
                assert {asked.headers["authorization"] for asked in service.requests} == {f"Bearer {KEY}"}
            await heard(replace(other.endpoint, key="sk-another"))
        heard_elsewhere = repr([(asked.headers, asked.body, asked.path) for asked in other.requests])
    formatted = "".join(log.Line().format(record) for record in caplog.records)
    out, err = capfd.readouterr()
    places = {"exceptions": told, "elsewhere": heard_elsewhere, "log": formatted, "output": out + err}
    leaks = [name for name, text in places.items() if KEY in text]
    print(f"A10: the key is in {len(leaks)} of {len(places)} places after {len(SCRIPTS)} ways to fail")
    assert leaks == []
    assert len(formatted) > 100


async def test_a10_a_service_that_has_no_key_is_sent_none_of_another() -> None:
    async with scripted() as one, scripted() as other:
        await heard(one.endpoint)
        await models(replace(other.endpoint, key=""))
        await heard(replace(other.endpoint, key=""))
    assert [asked.headers.get("authorization") for asked in other.requests] == [None, None]


@pytest.mark.parametrize("key", ["sk-a\r\nx-evil: 1", "sk-\n", "sk-ö", "sk-\x00", "sk-a\u2028b"])
async def test_a10_a_key_that_is_no_header_is_refused_before_it_leaves(key: str) -> None:
    async with scripted() as service:
        answer = await heard(replace(service.endpoint, key=key))
    assert (answer.kind, service.connections) == ("KeyRefused", 0)
    assert key not in chain(answer.failure)


def test_a10_a_key_is_not_shown_with_its_service() -> None:
    assert KEY not in repr(Endpoint("OpenAI", "https://api.openai.com/v1", KEY))
