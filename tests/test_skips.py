import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import NAME

ROOT = Path(__file__).parents[1]
SKIPS = {
    "in_a_test": "def test_it() -> None: pytest.skip('no moon tonight')",
    "by_a_mark": "@pytest.mark.skipif(True, reason='no stars tonight')\ndef test_it() -> None: ...",
    "as_a_file": "pytest.skip('no comet tonight', allow_module_level=True)",
}


def run(folder: Path, *options: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    for name, text in SKIPS.items():
        (folder / f"test_{name}.py").write_text(f"import pytest\n{text}")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.skips",
        "-c",
        os.devnull,
        "-rs",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
    ]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", NAME))}
    alone = clean | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables
    return subprocess.run(
        [*command, *options, str(folder)], cwd=ROOT, env=alone, capture_output=True, text=True, check=False
    )


def test_a_skip_is_told_with_its_reason(tmp_path: Path) -> None:
    told = run(tmp_path).stdout
    assert "3 skipped" in told
    assert [what for what in ("moon", "stars", "comet") if f"no {what} tonight" not in told] == []


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "1")], ids=["here", "in workers"])
def test_a_skip_fails_with_its_reason_where_nothing_may_be_skipped(options: tuple[str, ...], tmp_path: Path) -> None:
    told = run(tmp_path, *options, **{NAME: "1"})
    assert told.returncode != 0
    assert "skipped" not in told.stdout.splitlines()[-1]
    sentence = "tonight. Nothing may be skipped here"
    assert [what for what in ("moon", "stars", "comet") if f"no {what} {sentence}" not in told.stdout] == []
