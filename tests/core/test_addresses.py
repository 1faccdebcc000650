"""What stands behind a wall, and what belongs to everybody."""

import pytest

from app.core.addresses import is_public
from tests.forbidden import FORBIDDEN_HOSTS


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_what_belongs_to_everybody_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", [host for host in FORBIDDEN_HOSTS if host.startswith("[")])
def test_a9_no_wall_is_climbed_by_an_address_of_version_6(host: str) -> None:
    assert not is_public(host.strip("[]"))


@pytest.mark.parametrize("address", ["fe80::1%eth0", "2606:4700::1111%lo", "127.0.0.1", "not an address", ""])
def test_a9_what_is_not_an_address_for_everybody_is_not_public(address: str) -> None:
    assert not is_public(address)
