"""Keys are sealed, and recognised by no more than their end."""

import pytest

from app.core.secrets import Vault
from app.providers import keys

OLD, NEW = "an older secret that is long enough", "a newer secret that is long enough"


@pytest.fixture(autouse=True)
def _vault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_vaults", [Vault([OLD])])


def test_what_is_sealed_can_be_opened_and_not_read() -> None:
    sealed = keys.sealed("sk-very-secret")
    assert sealed is not None
    assert b"secret" not in sealed
    assert keys.opened(sealed) == "sk-very-secret"


def test_no_key_is_stored_as_nothing() -> None:
    assert keys.sealed("") is None
    assert keys.opened(None) == ""


def test_a_key_survives_a_new_secret_in_front_of_the_old_one() -> None:
    sealed = keys.sealed("sk-very-secret")
    keys.seal_with(Vault([NEW, OLD]))
    assert keys.opened(sealed) == "sk-very-secret"


def test_a_key_whose_secret_is_lost_is_lost() -> None:
    sealed = keys.sealed("sk-very-secret")
    keys.seal_with(Vault([NEW]))
    assert keys.opened(sealed) is None


@pytest.mark.parametrize(("key", "hint"), [("sk-0123456789abcdef", "cdef"), ("short", ""), ("", "")])
def test_a_hint_is_short_and_only_of_a_long_key(key: str, hint: str) -> None:
    assert keys.hint(key) == hint
