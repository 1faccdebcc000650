"""The rules of the house that no linter knows."""

import ast
import hashlib
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from jinja2 import meta, nodes

import app as house
from app.core.lazy import HEAVY
from app.core.settings import described
from app.database.columns import Kind
from app.database.registry import TABLES, tables
from app.web import templates
from app.web.view import View
from tests import catalogue

ROOT = Path(__file__).parents[1]
PYTHON = [file for folder in ("app", "tests") for file in sorted((ROOT / folder).rglob("*.py"))]
TESTS = [file for file in PYTHON if file.name.startswith("test_")]
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [file for file in TEMPLATES if file.parent.name != "ui"]  # macros are many small ones
TOP = {"pyproject.toml", "constraints.txt", "app", "templates", "static", "piccolo_migrations", "tests", "README.md"}
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_PAGE, LONGEST_PART = 400, 40, 150, 60


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages(house.__path__, "app."):
        if not found.name.endswith("__main__") and ".cli" not in found.name:
            yield found.name


def views() -> list[type[View]]:
    for name in modules():
        importlib.import_module(name)
    found: list[type[View]] = []
    waiting: list[type] = [View]
    while waiting:
        below: list[Any] = waiting.pop().__subclasses__()
        waiting += below
        found += [
            view
            for view in below
            if hasattr(view, "template")
            and view.__dict__.get("__dataclass_fields__") is not None
            and view.__module__.startswith("app.")  # the tests have some of their own
        ]
    return sorted(
        {view.__qualname__ + view.__module__: view for view in found}.values(), key=lambda view: view.__name__
    )


def tracked() -> list[str]:
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def needs(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """Every variable that a template asks for, with those of what it extends and includes."""
    if name in seen:
        return set()
    env = templates.environment()
    assert env.loader is not None
    tree = env.parse(env.loader.get_source(env, name)[0])
    wanted = meta.find_undeclared_variables(tree) - set(env.globals)
    for other in meta.find_referenced_templates(tree):
        assert other is not None, f"{name} includes a template whose name is computed"
        wanted |= needs(other, seen | {name})
    return wanted


@pytest.mark.parametrize("view", views(), ids=lambda view: view.__name__)
def test_a_template_needs_exactly_what_its_view_has(view: type[View]) -> None:
    assert needs(view.template) - {"shell"} == {field.name for field in fields(view)}  # type: ignore[arg-type]


@pytest.mark.parametrize("view", views(), ids=lambda view: view.__name__)
def test_a_view_is_frozen_and_named_for_what_it_is(view: type[View]) -> None:
    assert view.__dataclass_params__.frozen  # type: ignore[attr-defined]
    stem = Path(view.template).name
    assert view.__name__.endswith(("Part",) if stem.startswith("_") else ("Page", "View"))


def test_no_template_is_an_orphan() -> None:
    env = templates.environment()
    assert env.loader is not None
    used = {view.template for view in views()} | {"ui/controls.html", "ui/icons.html", "ui/talk.html"}
    for file in TEMPLATES:
        tree = env.parse(file.read_text())
        used |= {name for name in meta.find_referenced_templates(tree) if name}
    assert {str(file.relative_to(templates.ROOT)) for file in TEMPLATES} - used == set()


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_has_no_script_or_style_of_its_own(file: Path) -> None:
    text = _without_comments(file.read_text())
    assert not re.search(r"\son\w+\s*=|\sstyle\s*=\s*[\"']|javascript:", text)
    assert not re.search(r"<script(?![^>]*nonce=)", text)
    assert "<style" not in text or file.name == "email.html"  # a letter cannot link to a style sheet


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_only_sentences_are_translated_in_place(file: Path) -> None:
    """What `_` gives back is not escaped: around a value it would let markup through; `|translated` is for those."""
    assert not re.search(r"(?<![\w.])_\(\s*(?![\"'\s])", _without_comments(file.read_text()))


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_only_constants_are_marked_as_safe(file: Path) -> None:
    assert not re.search(r"(?<!['\"])\|\s*safe\b", file.read_text())


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_set_or_imported_outside_the_blocks_of_a_page(file: Path) -> None:
    tree = templates.environment().parse(file.read_text())
    loose = [node for node in tree.body if isinstance(node, nodes.Assign | nodes.FromImport | nodes.Import)]
    assert loose == [] or not any(isinstance(node, nodes.Extends) for node in tree.body)


def _without_comments(text: str) -> str:
    return re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_is_short(file: Path) -> None:
    limit = LONGEST_PART if file.name.startswith("_") else LONGEST_PAGE
    assert len(file.read_text().splitlines()) <= limit


@pytest.mark.parametrize("file", PYTHON, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_are_short(file: Path) -> None:
    text = file.read_text()
    assert text.count("\n") <= LONGEST_FILE
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, FUNCTIONS)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize(
    "file", [file for file in PYTHON if file.is_relative_to(ROOT / "app")], ids=lambda file: str(file.relative_to(ROOT))
)
def test_imports_stand_at_the_top_and_need_no_ritual(file: Path) -> None:
    tree = ast.parse(file.read_text())
    indented = [
        node.lineno
        for outer in ast.walk(tree)
        if isinstance(outer, FUNCTIONS | ast.If | ast.Try | ast.ClassDef)
        for node in ast.walk(outer)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert indented == []
    assert "from __future__" not in file.read_text()


@pytest.mark.parametrize("name", ["clock", "randomness", "outbound HTTP", "mail"])
def test_time_chance_and_the_network_have_one_door_each(name: str) -> None:
    patterns = {
        "clock": (
            r"datetime\.now\(|datetime\.utcnow\(|time\.time\(|time\.monotonic\(",
            {"core/clock.py", "core/ids.py"},
        ),
        "randomness": (r"^(import|from) (random|secrets)\b", {"core/secrets.py", "core/ids.py"}),
        "outbound HTTP": (
            r"^(import|from) (httpx2?|aiohttp|requests|urllib\.request|http\.client)\b|load(_aside)?\(\"(httpx|aio)",
            {"ai/session.py", "web/outbound.py"},
        ),
        "mail": (r"^(import|from) smtplib|load\(\"smtplib", {"mail.py"}),
    }
    pattern, allowed = patterns[name]
    found = {
        str(file.relative_to(ROOT / "app"))
        for file in PYTHON
        if file.is_relative_to(ROOT / "app") and re.search(pattern, file.read_text(), re.MULTILINE)
    }
    assert found <= allowed


@pytest.mark.parametrize("file", TESTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_test_says_what_it_holds(file: Path) -> None:
    """To end is no assertion: what waits in vain or raises is told by a time-out, and not by what was wrong."""
    functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, FUNCTIONS)]
    assert [each.name for each in functions if each.name.startswith("test_") and not _asserts(each)] == []


def _asserts(function: ast.AST) -> bool:
    inner = list(ast.walk(function))
    called = {getattr(node.func, "attr", getattr(node.func, "id", "")) for node in inner if isinstance(node, ast.Call)}
    return any(isinstance(node, ast.Assert) for node in inner) or bool(called & {"raises", "expect"})


def test_heavy_modules_are_not_loaded_at_start() -> None:
    code = "import sys, app.asgi; print(*[name for name in sys.modules])"
    run = subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(run.stdout.split()) & HEAVY == set()


def test_every_module_with_tables_is_registered() -> None:
    with_tables = {name for name in modules() if name.rsplit(".", 1)[-1] == "tables"}
    assert with_tables == set(TABLES)


def test_every_table_says_its_kind() -> None:
    kinds = {table.__name__: set(table._meta.tags) & set(Kind) for table in tables()}  # noqa: SLF001 - Piccolo's way to ask a table about itself
    assert {name: kind for name, kind in kinds.items() if len(kind) != 1} == {}


def test_nothing_else_stands_at_the_top() -> None:
    top = {name.split("/")[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} == TOP


def test_the_vendored_files_are_what_their_manifest_says() -> None:
    folder = ROOT / "static" / "vendor"
    manifest = json.loads((folder / "manifest.json").read_text())
    entries = manifest["files"] if isinstance(manifest, dict) and "files" in manifest else manifest
    named = set()
    for entry in entries:
        named |= {entry["file"], entry["licence_file"]}
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert (folder / entry["licence_file"]).is_file()
    assert {file.name for file in folder.iterdir()} - {"manifest.json"} == named


def test_the_catalogues_are_complete() -> None:
    wanted = catalogue.sentences()
    for file in (templates.ROOT / "locale").glob("*.po"):
        known = {message.id: message.string for message in catalogue.catalogue(file.stem) if message.id}
        missing = [
            message for message in wanted if not known.get(message if isinstance(message, str) else tuple(message))
        ]
        assert missing == [], f"{file.name} lacks {len(missing)} sentences"


def test_the_readme_names_every_setting_with_its_default() -> None:
    text = (ROOT / "README.md").read_text()
    for line in described():
        assert f"| `{line.name}` | {line.doc} | {line.default} |" in text, line.name


def test_the_readme_begins_with_the_two_commands() -> None:
    blocks = re.findall(r"```sh\n(.+?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert (
        blocks[0]
        == "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e . && .venv/bin/commonplace"
    )
    assert blocks[1] == (
        "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e '.[dev]' && .venv/bin/pytest"
    )


def test_every_folder_of_the_readme_exists_and_every_folder_is_in_it() -> None:
    text = (ROOT / "README.md").read_text()
    folders = {Path(name).parts[1] for name in tracked() if name.startswith("app/") and len(Path(name).parts) > 2}
    assert {folder for folder in folders if not re.search(rf"\b{folder}\b", text)} == set()


def test_public_functions_are_typed() -> None:
    untyped = [
        f"{name}.{key}"
        for name in modules()
        for key, value in vars(importlib.import_module(name)).items()
        if inspect.isfunction(value) and value.__module__ == name and "return" not in value.__annotations__
    ]
    assert untyped == []
