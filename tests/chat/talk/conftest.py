from collections.abc import Awaitable, Callable

import httpx2
import pytest

from tests.cast import Player

SignIn = Callable[[httpx2.AsyncClient, Player], Awaitable[str]]


@pytest.fixture
async def alices(client: httpx2.AsyncClient, alice: Player, sign_in: SignIn) -> httpx2.AsyncClient:
    """Alice's browser, without scripts."""
    await sign_in(client, alice)
    return client
