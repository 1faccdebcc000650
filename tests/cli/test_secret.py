"""A12: nothing starts with a master secret that is missing, short, or known to everybody."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.errors import Misconfigured
from app.core.secrets import new_token, refuse_weak

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "templates" / "help").glob("*.md"))]
FILES = [*DOCUMENTS, *sorted((ROOT / "tests").rglob("*.py"))]
NOBODYS = "postgresql://nobody@127.0.0.1:1/nothing"  # nothing listens there; nobody gets so far
LONG = re.compile(r"[^\s\"'`<>|]{32,}")
EXAMPLE = re.search(LONG, (ROOT / "README.md").read_text())


def started(place: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COMMONPLACE_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-m", "app", "--data", str(place / "data"), *words],
        cwd=place,
        env=clean | variables | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a12_with_a_database_of_ones_own_the_secret_must_be_given(tmp_path: Path) -> None:
    refused = started(tmp_path, "serve", DATABASE_URL=NOBODYS)
    assert refused.returncode == 1
    assert "COMMONPLACE_SECRET must be set" in refused.stderr


@pytest.mark.parametrize(("word", "database"), [("serve", ""), ("serve", NOBODYS), ("work", ""), ("migrate", NOBODYS)])
def test_a12_a_short_secret_starts_nothing(word: str, database: str, tmp_path: Path) -> None:
    refused = started(tmp_path, word, DATABASE_URL=database, COMMONPLACE_SECRET=f"{new_token()} changeme")
    assert refused.returncode == 1
    assert refused.stderr.startswith("commonplace: COMMONPLACE_SECRET is shorter than 32 bytes.")
    assert "changeme" not in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a12_a_secret_out_of_the_readme_starts_nothing(tmp_path: Path) -> None:
    assert EXAMPLE is not None
    refused = started(tmp_path, "serve", COMMONPLACE_SECRET=EXAMPLE[0])
    assert refused.returncode == 1
    assert "where everybody can read it" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a12_no_text_of_the_guides_and_the_tests_is_a_secret() -> None:
    published = {text for file in FILES for text in LONG.findall(file.read_text())}
    print(len(published), "texts that could be secrets")
    accepted = []
    for text in sorted(published)[::40]:
        try:
            refuse_weak([text], ROOT)
        except Misconfigured:
            continue
        accepted.append(text)
    assert accepted == []
    refuse_weak([new_token()], ROOT)


def test_a12_no_file_of_the_house_sets_a_secret() -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    given = re.compile(r"COMMONPLACE_SECRET\s*=\s*[\"']?[\w+/-]{32,}")
    names = [name for name in files.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert [name for name in names if given.search((ROOT / name).read_text(errors="replace"))] == []
