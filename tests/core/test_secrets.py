import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.errors import Misconfigured
from app.core.secrets import Vault, hashed, master_secrets, new_token, same

OLD, NEW = "old " * 10, "new " * 10


def test_what_is_encrypted_can_be_read_again() -> None:
    vault = Vault([NEW])
    assert vault.decrypt(vault.encrypt("geheim")) == "geheim"


def test_an_older_secret_of_the_list_still_reads() -> None:
    assert Vault([NEW, OLD]).decrypt(Vault([OLD]).encrypt("x")) == "x"


def test_rotation_leaves_nothing_under_the_older_secret() -> None:
    sealed = Vault([NEW, OLD]).rotated(Vault([OLD]).encrypt("x"))
    assert Vault([NEW]).decrypt(sealed) == "x"


def test_a_lost_secret_is_told_in_a_sentence() -> None:
    with pytest.raises(Misconfigured, match="Add the earlier one"):
        Vault([NEW]).decrypt(Vault([OLD]).encrypt("x"))


def test_a12_a_short_secret_is_refused() -> None:
    with pytest.raises(Misconfigured, match="shorter than 32 bytes"):
        Vault(["short"])


def test_a_signature_holds_for_its_purpose_alone() -> None:
    vault = Vault([NEW])
    signature = vault.sign("form", "a")
    assert vault.is_signed("form", "a", signature)
    assert not vault.is_signed("said", "a", signature)
    assert not vault.is_signed("form", "b", signature)


def test_the_first_start_makes_a_secret_for_its_owner_alone(tmp_path: Path) -> None:
    (secret,) = master_secrets((), tmp_path / "data")
    file = tmp_path / "data" / "secret"
    assert file.read_text().strip() == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_twenty_first_starts_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        found = set(pool.map(lambda _: master_secrets((), tmp_path), range(20)))
    assert len(found) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_a_given_secret_leaves_the_directory_alone(tmp_path: Path) -> None:
    assert master_secrets((NEW,), tmp_path) == (NEW,)
    assert list(tmp_path.iterdir()) == []


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert min(len(token) for token in tokens) >= 43


def test_texts_are_compared_whole_even_when_they_are_no_legal_unicode() -> None:
    assert same("a\ud83d", "a\ud83d")
    assert not same("a", "ab")
    assert len(hashed("\ud83d")) == 32
