"""Where a question may go, and that it goes nowhere else."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from app.ai.endpoint import Endpoint
from app.ai.failures import NotReachable, UpstreamFailure
from app.ai.session import Judge, opened
from app.ai.upstream import ask, models
from app.core.lazy import load
from tests.ai.asking import QUESTION, QUICK, heard
from tests.ai.upstream import body, scripted
from tests.forbidden import FORBIDDEN_FORMS, FORBIDDEN_HOSTS

pytestmark = pytest.mark.usefixtures("hung_up")
FAR: str = "93.184.216.34"


class Recorder(Judge):
    """Notes which addresses are about to be connected, and lets none of them."""

    def __init__(self, *answers: list[str], trusts: bool = False) -> None:
        self.asked, self.tried, self._answers = 0, [], list(answers)  # type: ignore[var-annotated]
        super().__init__(trusts=trusts, lookup=self._look)

    async def _look(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self._answers.pop(0)

    def socket(self, way: tuple[Any, ...]) -> socket.socket:
        super().socket(way).close()
        self.tried.append(way[4][0])
        raise ConnectionRefusedError


@asynccontextmanager
async def counting() -> AsyncIterator[tuple[int, list[int]]]:
    """A port on both loopback addresses, and who came in."""
    reached: list[int] = []

    def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(1)
        writer.close()

    four = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = four.sockets[0].getsockname()[1]
    six = await asyncio.start_server(serve, "::1", port)
    async with four, six:
        yield port, reached


async def test_a9_no_form_of_an_address_reaches_this_machine() -> None:
    urls = [f"http://{host}:%d/v1" for host in FORBIDDEN_HOSTS] + FORBIDDEN_FORMS
    passed = []
    async with counting() as (port, reached):
        for url in urls:
            endpoint = Endpoint("Evil", url % port, "sk-mine")
            for asking in (models(endpoint), anext(ask(endpoint, QUESTION, QUICK))):
                before = len(reached)
                with pytest.raises(UpstreamFailure):
                    await asking
                passed += [url] if len(reached) > before else []
    print(
        f"A9: {2 * len(urls)} questions to {len(urls)} forms of an address, {len(reached)} connections at the listener"
    )
    assert len(urls) >= 60
    assert passed == []
    assert reached == []


@pytest.mark.parametrize(
    "url", ["", "x", "http://", "http://a:b/", "http://a:99999/", "http://a/v1?x=1", "http://a/#x"]
)
async def test_a9_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(NotReachable):
        await models(Endpoint("Wrong", url))


async def test_a9_the_host_and_port_that_the_operator_named_is_reached() -> None:
    async with scripted() as service:
        assert (await heard(service.endpoint)).failure is None


async def test_a9_what_the_operator_may_reach_nobody_else_may() -> None:
    async with scripted() as service:
        await heard(service.endpoint)
        answer = await heard(replace(service.endpoint, trusted=False))
    assert (answer.kind, service.connections) == ("NotReachable", 1)


async def _through(judge: Judge, url: str) -> None:
    async with opened(judge) as session:
        with pytest.raises((NotReachable, load("aiohttp").ClientConnectorError)):
            await session.get(url)


async def test_a9_a_name_that_changes_its_answer_is_asked_once_and_the_judged_address_is_connected() -> None:
    judge = Recorder([FAR], ["127.0.0.1"])
    await _through(judge, "http://rebinding.example/")
    assert (judge.asked, judge.tried) == (1, [FAR])


async def test_a9_one_address_behind_a_wall_spoils_the_others() -> None:
    judge = Recorder([FAR, "127.0.0.1", "8.8.8.8"])
    await _through(judge, "http://two.example/")
    assert (judge.asked, judge.tried) == (1, [])


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
async def test_a9_an_address_that_is_written_out_is_judged_too(host: str) -> None:
    judge = Recorder()
    await _through(judge, f"http://{host}/")
    assert (judge.asked, judge.tried) == (0, [])


async def test_three_addresses_of_a_name_are_tried_and_no_more() -> None:
    judge = Recorder(["8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1"])
    await _through(judge, "http://many.example/")
    assert list(dict.fromkeys(judge.tried)) == ["8.8.8.8", "8.8.4.4", "1.1.1.1"]


async def test_a_name_without_an_address_is_away() -> None:
    judge = Recorder([])
    await _through(judge, "http://nowhere.example/")
    assert judge.tried == []


async def test_when_the_first_address_does_not_answer_the_next_one_does_under_the_same_name() -> None:
    async def two(_host: str, _port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    async with scripted() as service, opened(Judge(trusts=True, lookup=two)) as session:
        (await session.get(f"http://models.example:{service.port}/v1/models")).close()
    assert service.requests[0].headers["host"] == f"models.example:{service.port}"


async def test_a9_no_proxy_of_the_environment_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted() as proxy, scripted() as service:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await heard(service.endpoint)).failure is None
    assert proxy.connections == 0


async def _here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_no_cookie_of_a_service_comes_back_to_it() -> None:
    sets_one = body(b"{}", set_cookie="who=alice; Path=/")
    async with scripted(models=sets_one) as service, opened(Judge(trusts=True, lookup=_here)) as session:
        for _ in range(2):
            (await session.get(f"http://models.example:{service.port}/v1/models")).close()
    assert [asked.headers.get("cookie") for asked in service.requests] == [None, None]


async def test_a_service_that_has_moved_is_found_where_it_is_now() -> None:
    judge = Recorder([FAR], ["8.8.8.8"])
    async with opened(judge) as session:
        for _ in range(2):
            with pytest.raises(load("aiohttp").ClientConnectorError):
                await session.get("http://moving.example/")
    assert judge.tried == [FAR, "8.8.8.8"]


async def test_hosts_are_compared_in_one_form() -> None:
    hosts = {
        Endpoint("", url).host for url in ("https://API.example/v1", "HTTPS://api.example:443", "https://api.example/")
    }
    assert hosts == {"api.example:443"}
    assert Endpoint("", "http://[::1]:8080/v1").host == "[::1]:8080"
    assert Endpoint("", "http://a/v1//").url("models") == "http://a/v1/models"
