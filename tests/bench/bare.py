"""What a page is compared with: a bare Litestar route that makes some raw reads through asyncpg, and nothing else.

python -m tests.bench.bare SOCKET_DIRECTORY USER DATABASE PORT READS
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from litestar import Litestar, get

HOST, USER, DATABASE, PORT, READS = sys.argv[1:6]
pools: list[asyncpg.Pool] = []


@get("/")
async def page() -> str:
    for _ in range(int(READS)):
        await pools[0].fetchrow("select id, name, email, role from users where id = $1", "0" * 32)
    return "hello"


@asynccontextmanager
async def connected(_app: Litestar) -> AsyncIterator[None]:
    pools.append(await asyncpg.create_pool(host=HOST, user=USER, database=DATABASE, min_size=2, max_size=10))
    yield
    await pools[0].close()


app = Litestar([page], lifespan=[connected], logging_config=None, openapi_config=None)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(PORT), log_level="error", access_log=False)
