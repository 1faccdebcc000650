"""A question over TLS, to a service whose certificate is trusted: by a process of its own, which trusts that one."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.ai.upstream import Call, after, forever, scripted, tokens
from tests.certificate import self_signed, served_with

ASK = """
import uvloop, psutil
from contextlib import aclosing
from app.ai.endpoint import Endpoint
from app.ai.upstream import ask
from tests.ai.asking import QUESTION, heard

async def main():
    endpoint = Endpoint("Safe", "%s", trusted=True)
    if %r:
        print((await heard(endpoint)).text)
        return
    async with aclosing(ask(endpoint, QUESTION)) as pieces:
        await anext(pieces)
    await asyncio.sleep(0.1)
    print(len(psutil.Process().net_connections("tcp4")))

import asyncio
uvloop.run(main())
"""


async def _asked(url: str, certificate: Path, *, to_the_end: bool) -> str:
    environment = os.environ | {"SSL_CERT_FILE": str(certificate)}
    code = ASK % (url, to_the_end)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=environment, stdout=PIPE)
    return (await process.communicate())[0].decode().strip()


async def test_an_answer_comes_over_tls(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    async with scripted(tokens(3), tls=served_with(certificate)) as service:
        assert await _asked(service.endpoint.base_url, certificate, to_the_end=True) == "word0 word1 word2"


async def test_b4_to_stop_does_not_wait_for_the_other_side_to_say_goodbye(tmp_path: Path) -> None:
    async def deaf(call: Call) -> None:
        call.stop_listening()
        await forever(call)

    certificate = self_signed(tmp_path)
    async with scripted(after(1, deaf), tls=served_with(certificate)) as service:
        assert await _asked(service.endpoint.base_url, certificate, to_the_end=False) == "0"
