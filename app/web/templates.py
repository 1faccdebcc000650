"""Jinja, strict: an unknown variable is an error, everything is escaped, and `page.html#region` draws one block."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from app.core.settings import settings
from app.web import assets, formats, translations

ROOT: Final = Path(__file__).parents[2] / "templates"


@cache
def environment() -> Environment:
    """The one environment."""
    env = Environment(
        loader=FileSystemLoader(ROOT),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings().profile == "development",
    )
    # The i18n extension adds this method, which the stubs of Jinja do not know.
    install: Callable[..., None] = getattr(env, "install_gettext_callables")  # noqa: B009
    install(translations.gettext, translations.ngettext, newstyle=True)
    env.globals["asset"] = assets.asset
    env.filters.update(formats.FILTERS)
    # A sentence that came in a value: `_()` would take it for one of the template, and not escape it.
    env.filters["translated"] = translations.gettext
    env.globals["draw"] = draw
    env.globals["icon"] = env.get_template("ui/icons.html").module
    env.globals["ui"] = env.get_template("ui/controls.html").module
    env.globals["talk"] = env.get_template("ui/talk.html").module
    return env


def render(name: str, values: Mapping[str, Any]) -> str:
    """A template, or with `#` one block of it."""
    page, _, region = name.partition("#")
    template = environment().get_template(page)
    return _block(template, region, values) if region else template.render(values)


def compile_all(folder: str) -> None:
    """Compile every template of this folder before anybody asks for it."""
    for name in environment().list_templates(filter_func=lambda each: each.startswith(folder)):
        environment().get_template(name)


def draw(part: Any, shell: Any) -> Markup:
    """A part within a page, drawn from its own view: it sees that, and nothing of the page."""
    return Markup(render(part.template, {**part.values(), "shell": shell}))  # noqa: S704 - drawn with everything escaped


def _block(template: Template, region: str, values: Mapping[str, Any]) -> str:
    return "".join(template.blocks[region](template.new_context(dict(values))))
