"""What a call costs, by the list that came along; and how many tokens a text may be."""

from decimal import Decimal

import pytest

from app.providers import prices, usage
from app.providers.catalogue import RECALL, Model

OPENAI = "https://api.openai.com/v1"


def priced(base_url: str, name: str) -> Model:
    known = prices.entry(base_url, name)
    return Model(f"openai/{name}", name, "OpenAI", price=known.price if known else None)


def test_a_known_model_costs_what_the_list_says() -> None:
    model = priced(OPENAI, "gpt-4o")
    assert model.price is not None
    assert (model.price.into, model.price.out) == (Decimal("2.5"), Decimal(10))
    assert usage.cost(model, 1_000_000, 100_000) == Decimal("3.5")


def test_a_long_call_costs_what_long_calls_cost() -> None:
    model = priced("https://generativelanguage.googleapis.com/v1beta/openai", "gemini-2.5-pro")
    short, long = usage.cost(model, 100_000, 0), usage.cost(model, 400_000, 0)
    assert short is not None
    assert long is not None
    assert long > 4 * short


def test_what_is_not_in_the_list_has_no_cost() -> None:
    assert usage.cost(priced(OPENAI, "nonesuch"), 1000, 1000) is None
    assert usage.cost(priced("https://ai.example.com/v1", "gpt-4o"), 1000, 1000) is None


def test_what_stays_in_the_house_costs_nothing() -> None:
    assert usage.cost(RECALL.model, 1000, 1000) == 0
    assert usage.cost(Model("ollama/x", "x", "Ollama", is_local=True), 1000, 1000) == 0


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        ("The quick brown fox jumps over the lazy dog.", 8, 12),
        ("Übermütige Mäuse überqueren die Brücke.", 8, 14),
        ("人工知能は人間の知能を模倣する。", 10, 20),
    ],
)
def test_an_estimate_is_near_what_providers_count(text: str, least: int, most: int) -> None:
    assert least <= usage.estimated_tokens(text) <= most
