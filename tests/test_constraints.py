"""The pins of `constraints.txt` against `pyproject.toml` and what is installed, without a network."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution, requires
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LINES = (ROOT / "constraints.txt").read_text().splitlines()
PINS = {canonicalize_name(pin.name): pin for pin in map(Requirement, LINES)}
BLACK = "black"  # Piccolo brings it: it writes migrations with it

Environment = Mapping[str, str]


def environments() -> Iterator[dict[str, str]]:
    """The machines that the pins speak of."""
    platforms = [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]
    platforms.append(("emscripten", "Emscripten", "posix"))
    for (platform, system, name), python, kind in product(platforms, ("3.11", "3.14"), ("CPython", "PyPy")):
        yield {
            **default_environment(),  # type: ignore[dict-item] # its values are texts
            "sys_platform": platform,
            "platform_system": system,
            "os_name": name,
            "python_version": python,
            "python_full_version": f"{python}.0",
            "platform_python_implementation": kind,
            "implementation_name": kind.lower(),
        }


def is_asked(requirement: Requirement, environment: Environment, extras: frozenset[str] = frozenset()) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras))


def below(requirement: Requirement) -> list[str]:
    """What a distribution asks for; one that is of another platform is not here to be asked."""
    try:
        return requires(requirement.name) or []
    except PackageNotFoundError:
        return []


def closure(asked: list[str], environment: Environment) -> list[Requirement]:
    """Every requirement that these lead to, each as often as it is asked for."""
    waiting = [line for line in map(Requirement, asked) if is_asked(line, environment)]
    found: list[Requirement] = []
    seen: set[tuple[NormalizedName, frozenset[str]]] = set()
    while waiting:
        line = waiting.pop()
        found.append(line)
        key = (canonicalize_name(line.name), frozenset(line.extras))
        if key not in seen:
            seen.add(key)
            waiting += [r for r in map(Requirement, below(line)) if is_asked(r, environment, key[1])]
    return found


def names(asked: list[str], environment: Environment) -> set[NormalizedName]:
    return {canonicalize_name(line.name) for line in closure(asked, environment)}


def everything() -> list[str]:
    return [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]


def here() -> Environment:
    return {key: str(value) for key, value in default_environment().items()}


def test_a_line_is_a_name_and_one_version_and_nothing_else() -> None:
    shape = r"[a-z0-9-]+==[\w.]+( ; [\w.]+ [<>=!]+ '[\w.]+'( and [\w.]+ [<>=!]+ '[\w.]+')*)?"
    assert [line for line in LINES if not re.fullmatch(shape, line)] == []
    order = [line.partition("==")[0] for line in LINES]
    assert order == sorted(set(order))


def test_every_requirement_is_pinned_to_a_version_that_it_allows() -> None:
    for environment in environments():
        for line in closure(everything(), environment):
            pin = PINS[canonicalize_name(line.name)]
            assert is_asked(pin, environment), f"{pin} leaves {line} free on {environment['sys_platform']}"
            version = str(pin.specifier).removeprefix("==")
            assert line.specifier.contains(version, prereleases=True), f"{pin} does not fit {line}"


def test_nothing_is_pinned_that_nothing_needs() -> None:
    needed = {name for environment in environments() for name in names(everything(), environment)}
    assert set(PINS) - needed == set()


@pytest.mark.parametrize("name", sorted(names(everything(), here())))
def test_what_is_installed_is_what_is_pinned(name: NormalizedName) -> None:
    assert str(PINS[name].specifier) == f"=={distribution(name).version}"


def test_the_plain_installation_brings_no_development_tool() -> None:
    plain = names(PROJECT["dependencies"], here())
    tools = {canonicalize_name(Requirement(line).name) for line in EXTRAS["dev"]}
    shared_with_the_product = {
        "anyio",
        "markdown-it-py",
        "packaging",
        "psutil",
    }  # Litestar, Rich, Black and PostgreSQL's wheel ask for them
    assert plain & tools == shared_with_the_product
    assert plain & names(EXTRAS["studio"], here()) >= {"piccolo", BLACK}
