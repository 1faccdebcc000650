"""Language models that run on this machine already: looked for where such programs listen by themselves."""

import asyncio
from collections.abc import Mapping
from typing import Final

from app.ai import session
from app.ai.endpoint import Endpoint
from app.ai.failures import UpstreamFailure
from app.ai.offered import offered
from app.ai.patience import Patience
from app.core.settings import settings

PLACES: Final = {11434: "Ollama", 1234: "LM Studio", 8000: "vLLM", 8080: "llama.cpp"}
WITHIN: Final = 0.3
_HERE: Final = "127.0.0.1"
_LARGEST_LIST: Final = 1_000_000


async def on_this_machine(places: Mapping[int, str] = PLACES) -> list[Endpoint]:
    """Every service that answers with a list of models; what else may listen there does not."""
    found = await asyncio.gather(*(_at(port, name) for port, name in places.items() if port != settings().port))
    return [endpoint for endpoint in found if endpoint is not None]


async def _at(port: int, name: str) -> Endpoint | None:
    endpoint = Endpoint(f"{name} on this machine", f"http://{_HERE}:{port}/v1", trusted=True)
    return endpoint if await _listens(port) and await _has_models(endpoint) else None


async def _listens(port: int) -> bool:
    """Asked without the library, which most machines need not load for this."""
    try:
        async with asyncio.timeout(WITHIN):
            _, writer = await asyncio.open_connection(_HERE, port)
    except OSError:
        return False
    writer.close()
    return True


async def _has_models(endpoint: Endpoint) -> bool:
    try:
        answer = await session.send(endpoint, "models", None, Patience(connect=WITHIN, first=WITHIN))
    except UpstreamFailure:
        return False
    try:
        return answer.status == 200 and offered(await answer.read(_LARGEST_LIST, WITHIN)) is not None  # noqa: PLR2004 - HTTP's own number
    finally:
        answer.close()
