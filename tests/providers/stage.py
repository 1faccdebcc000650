"""Providers as they come to be: in the settings, by an administrator, by a person."""

from collections.abc import Callable
from uuid import UUID

from app.core.clock import now
from app.providers import keys
from app.providers.queries import providers as queries
from app.providers.queries.providers import Owner
from tests.ai.upstream import Upstream

Setting = Callable[..., None]
KEY = "sk-canary-of-nobody-0123456789"


def address(upstream: Upstream) -> str:
    return upstream.endpoint.base_url


async def stored(owner: Owner, base_url: str, slug: str = "cellar", key: str = KEY) -> UUID:
    """A provider in the database, past the form that would have tried it first."""
    values = (slug, slug.title(), base_url, keys.sealed(key), keys.hint(key))
    return await queries.add(owner, values, now())
