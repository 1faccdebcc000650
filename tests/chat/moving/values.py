"""Values of JSON as anybody might write them."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st


def tried(times: int) -> settings:
    """So often, the same each time: what fails in the gate fails at home."""
    return settings(
        max_examples=times,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["\x00", "\ud83d", "\u202e", "a" * 300, "2024-13-01", "1e9", "NaN", "sNaN"]
)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats() | st.sampled_from([1.7e9, 1.7e12, -1, 0, 10**400])
PLAIN = st.none() | st.booleans() | NUMBERS | TEXTS
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
