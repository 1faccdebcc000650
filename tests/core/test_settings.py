from pathlib import Path

import pytest

from app.core.errors import Misconfigured
from app.core.settings import Settings, default_data_dir, described, dotenv_values, read

NOWHERE = Path("/nowhere")


def given(**variables: str) -> Settings:
    return read(variables, dotenv=NOWHERE)


@pytest.mark.parametrize(("profile", "pool"), [("development", (10, 2)), ("test", (5, 1)), ("production", (20, 5))])
def test_each_profile_has_its_pool(profile: str, pool: tuple[int, int]) -> None:
    assert given(COMMONPLACE_PROFILE=profile).pool == pool


def test_a_pool_that_is_set_wins_over_the_profile() -> None:
    assert given(COMMONPLACE_POOL_MAX="3", COMMONPLACE_POOL_MIN="1").pool == (3, 1)


def test_a_smaller_maximum_lowers_the_minimum_with_it() -> None:
    assert given(COMMONPLACE_POOL_MAX="1").pool == (1, 1)


def test_an_unknown_setting_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(Misconfigured, match=r"no setting COMMONPLACE_PROT\. Did you mean COMMONPLACE_PORT\?"):
        given(COMMONPLACE_PROT="1")


def test_an_unknown_setting_like_no_other_is_to_be_removed() -> None:
    with pytest.raises(Misconfigured, match=r"no setting COMMONPLACE_XYZZY_QUUX\. Remove it\."):
        given(COMMONPLACE_XYZZY_QUUX="1")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("COMMONPLACE_PORT", "eighty", "must be a whole number"),
        ("COMMONPLACE_PORT", "70000", "at most 65535"),
        ("COMMONPLACE_WORKERS", "0", "at least 1"),
        ("COMMONPLACE_PROFILE", "prod", "must be one of development, test, production"),
        ("COMMONPLACE_LOG_QUERIES", "maybe", "must be one of yes, true, 1, on, no, false, 0, off"),
        ("COMMONPLACE_PUBLIC_URL", "example.com", "must begin with http"),
        ("COMMONPLACE_POOL_MIN", "11", "must not exceed"),
        ("COMMONPLACE_REGISTRATION", "domain", "must name a domain"),
        ("DATABASE_URL", "postgresql://x/y", "COMMONPLACE_SECRET must be set"),
    ],
)
def test_a_wrong_value_is_named_with_the_fix(name: str, value: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        given(**{name: value})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("COMMONPLACE_PORT=1111\nCOMMONPLACE_HOST=0.0.0.0\n")
    settings = read({"COMMONPLACE_PORT": "2222"}, dotenv=file)
    assert (settings.port, settings.host) == (2222, "0.0.0.0")


def test_a_line_of_the_file_may_be_quoted_exported_or_a_remark(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a remark=1\nexport A='x y'\nB=\"z\"\n\nC=p=q\n")
    assert dotenv_values(file) == {"A": "x y", "B": "z", "C": "p=q"}


def test_what_the_command_line_says_wins_over_both() -> None:
    assert read({"COMMONPLACE_PORT": "1"}, dotenv=NOWHERE, port=2).port == 2


def test_a_list_is_separated_by_spaces_or_commas() -> None:
    assert given(COMMONPLACE_ALLOWED_HOSTS="a.example, b.example").allowed_hosts == ("a.example", "b.example")


def test_every_setting_has_its_line_of_documentation() -> None:
    assert [line.name for line in described() if not line.doc] == []


def test_no_secret_has_a_default() -> None:
    assert [line.name for line in described() if line.secret and line.default] == []


def test_data_lies_in_the_home_of_an_ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert default_data_dir({"XDG_DATA_HOME": "/home/a/share"}) == Path("/home/a/share/commonplace")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        given().port = 1  # type: ignore[misc]
