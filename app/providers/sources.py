"""Where models come from: the operator's environment, this machine, what administrators added, what one added oneself.

The operator's may stand on private addresses; one's own may not, and only one's own key is sent there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

from app.ai.endpoint import Endpoint
from app.ai.failures import NotReachable
from app.core.addresses import is_public
from app.core.settings import Settings, settings
from app.core.text import slug
from app.providers import keys
from app.providers.queries import providers as queries

Origin = Literal["environment", "machine", "operator", "own"]

LONGEST_SLUG: Final = 40
OWN: Final = "my-"  # how the paths of one's own begin, so that they never hide what is everybody's
# The word in the paths, how people call it, its address.
KNOWN: Final = (
    ("openai", "OpenAI", "https://api.openai.com/v1"),
    ("anthropic", "Anthropic", "https://api.anthropic.com/v1"),
    ("groq", "Groq", "https://api.groq.com/openai/v1"),
    ("gemini", "Gemini", "https://generativelanguage.googleapis.com/v1beta/openai"),
    ("mistral", "Mistral", "https://api.mistral.ai/v1"),
    ("openrouter", "OpenRouter", "https://openrouter.ai/api/v1"),
    ("deepseek", "DeepSeek", "https://api.deepseek.com/v1"),
    ("xai", "xAI", "https://api.x.ai/v1"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A provider. `slug` is the word that the paths of its models begin with."""

    slug: str
    endpoint: Endpoint
    origin: Origin
    id: UUID | None = None
    hint: str = ""
    is_enabled: bool = True
    is_readable: bool = True  # its key can be opened: COMMONPLACE_SECRET is still the one that sealed it

    @property
    def name(self) -> str:
        return self.endpoint.name

    @property
    def is_usable(self) -> bool:
        return self.is_enabled and self.is_readable

    @property
    def is_local(self) -> bool:
        """Whether what is asked stays in the house."""
        return self.origin == "machine" or (self.origin != "own" and is_within(self.endpoint))


def is_within(endpoint: Endpoint) -> bool:
    """Whether this is a server on this machine, or on one of its neighbours."""
    try:
        host = endpoint.host.rpartition(":")[0].strip("[]")
    except NotReachable:
        return False
    try:
        return not is_public(str(ip_address(host)))
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan"))


# The operator's environment -------------------------------------------------------------------------------------------


def of_environment() -> tuple[Source, ...]:
    """What the settings name."""
    return _of(settings())


@lru_cache(maxsize=8)
def _of(given: Settings) -> tuple[Source, ...]:
    given_keys = _keys(given)
    found = [_known(given, *entry, given_keys[entry[0]].strip()) for entry in KNOWN]
    sources = [source for source in found if source is not None]
    for url in given.model_urls:
        sources.append(_further(url, {source.slug for source in sources}))
    return tuple(sources)


def _keys(given: Settings) -> Mapping[str, str]:
    return {
        "openai": given.openai_api_key,
        "anthropic": given.anthropic_api_key,
        "groq": given.groq_api_key,
        "gemini": given.gemini_api_key,
        "mistral": given.mistral_api_key,
        "openrouter": given.openrouter_api_key,
        "deepseek": given.deepseek_api_key,
        "xai": given.xai_api_key,
    }


def _known(given: Settings, word: str, name: str, base_url: str, key: str) -> Source | None:
    elsewhere = given.openai_base_url if word == "openai" else ""
    if not (key or elsewhere):
        return None
    return Source(word, Endpoint(name, elsewhere or base_url, key, trusted=True), "environment")


def _further(url: str, taken: set[str]) -> Source:
    parts = urlsplit(url)
    name = unquote(parts.username or "") or parts.hostname or url
    bare = parts._replace(netloc=_without_userinfo(parts)).geturl()
    word = free_slug(name, taken | {entry[0] for entry in KNOWN})
    return Source(word, Endpoint(name, bare, unquote(parts.password or ""), trusted=True), "environment")


def _without_userinfo(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def free_slug(name: str, taken: set[str]) -> str:
    """A word for paths made of this name, which no other provider has."""
    word = slug(name)[: LONGEST_SLUG - 8].strip("-") or "server"  # there is room for a number, and for `my-`
    word = word.removeprefix(OWN) or "server"
    others = (f"{word}-{number}" for number in range(2, len(taken) + 3))
    return word if word not in taken else next(each for each in others if each not in taken)


# This machine ---------------------------------------------------------------------------------------------------------


def of_machine(found: list[Endpoint]) -> list[Source]:
    """Servers of models that run beside us."""
    taken = {source.slug for source in of_environment()}
    known = {source.endpoint.base_url for source in of_environment()}
    sources: list[Source] = []
    for endpoint in found:
        if endpoint.base_url not in known:
            word = free_slug(endpoint.name.partition(" on ")[0], taken | {source.slug for source in sources})
            sources.append(Source(word, endpoint, "machine"))
    return sources


# The database ---------------------------------------------------------------------------------------------------------


def of_row(row: queries.Row) -> Source:
    """What somebody added. Only administrators are trusted with addresses behind the wall."""
    key = keys.opened(row["key_enc"])
    endpoint = Endpoint(row["name"], row["base_url"], key or "", trusted=not row["is_own"])
    origin: Origin = "own" if row["is_own"] else "operator"
    return Source(row["slug"], endpoint, origin, row["id"], row["hint"], row["is_enabled"], key is not None)
