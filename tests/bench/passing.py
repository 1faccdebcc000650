"""What a chat is compared with: a bare aiohttp server that passes a model's stream on, and does nothing else.

python -m tests.bench.passing UPSTREAM
"""

import asyncio
import sys

from aiohttp import ClientSession, TCPConnector, web

UPSTREAM = web.AppKey("upstream", ClientSession)


async def passed(request: web.Request) -> web.StreamResponse:
    """The same question, and its answer as it comes."""
    address = f"{sys.argv[1]}/chat/completions"
    async with request.app[UPSTREAM].post(address, data=await request.read()) as answer:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    return response


async def serve() -> None:
    """Until it is ended; the port is said first."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", passed)
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        app[UPSTREAM] = session
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
