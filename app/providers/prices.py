"""What models cost, by a list that others maintain. It came with a package and is as old; nothing is fetched."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from app.core.lazy import load

MILLION: Final = 1_000_000
_SMALL: Final = 1_000  # a call of this size is in the lowest tier of every price


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, in and out. Long calls may cost more; `cost` knows."""

    into: Decimal
    out: Decimal
    base_url: str
    model: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list says of a model."""

    price: Price
    context: int | None


@lru_cache(maxsize=8192)
def entry(base_url: str, model: str) -> Entry | None:
    """The line for this model at this provider, if there is one."""
    into, out = _calculated(base_url, model, _SMALL, 0), _calculated(base_url, model, 0, _SMALL)
    if into is None or out is None:
        return None
    scale = MILLION // _SMALL
    return Entry(Price(into.total_price * scale, out.total_price * scale, base_url, model), into.model.context_window)


def cost(price: Price, tokens_in: int, tokens_out: int) -> Decimal | None:
    """What this many tokens cost."""
    found = _calculated(price.base_url, price.model, tokens_in, tokens_out)
    return None if found is None else Decimal(found.total_price)


def _calculated(base_url: str, model: str, tokens_in: int, tokens_out: int) -> Any:
    listed = load("genai_prices")
    usage = listed.Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    try:
        return listed.calc_price(usage, model, provider_api_url=f"{base_url}/")
    except LookupError:
        return None
