"""The page of preferences, and the same for programs."""

from typing import Any

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import RequestBody

from app.core.asker import Asker, Theme
from app.core.errors import Rejected
from app.core.language import LANGUAGES, language
from app.core.shortcuts import ACTIONS, SHORTCUTS
from app.preferences import service
from app.preferences.views import PreferencesPage, Shortcut, zones
from app.web import forms
from app.web.answers import elsewhere
from app.web.translations import gettext
from app.web.visit import Visit

KEY = "key-"


class PreferencesForm(forms.Form):
    """What the page sends; each shortcut has a field `key-<action>` beside these."""

    theme: str = "system"
    language: str = ""
    timezone: forms.OptionalLine = "UTC"
    instructions: str = ""
    notifications: bool = False
    push_titles: bool = False
    shortcuts_on: bool = False


class Shown(msgspec.Struct):
    """Preferences as a program sees them."""

    theme: Theme
    language: str
    timezone: str
    notifications: bool
    push_titles: bool
    memory_enabled: bool
    default_model: str | None
    instructions: str
    shortcuts: dict[str, str] | None


class Change(msgspec.Struct):
    """What a program may change; what it leaves out stays."""

    theme: Theme | msgspec.UnsetType = msgspec.UNSET
    language: str | msgspec.UnsetType = msgspec.UNSET
    timezone: str | msgspec.UnsetType = msgspec.UNSET
    notifications: bool | msgspec.UnsetType = msgspec.UNSET
    push_titles: bool | msgspec.UnsetType = msgspec.UNSET
    memory_enabled: bool | msgspec.UnsetType = msgspec.UNSET
    default_model: str | msgspec.UnsetType | None = msgspec.UNSET
    instructions: str | msgspec.UnsetType = msgspec.UNSET
    shortcuts: dict[str, str] | msgspec.UnsetType | None = msgspec.UNSET


@get("/preferences", include_in_schema=False)
async def show(person: NamedDependency[Asker]) -> Response[None]:
    """The page, filled with what holds now."""
    return _page(_typed(await service.of(person.id)), {}).page()


@post("/preferences", include_in_schema=False)
async def save(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """Keep what was chosen, or say beside the field why not."""
    form = forms.read(request, PreferencesForm)
    try:
        kept = await service.change(person.id, **_changes(form.fields(), form.typed))
    except Rejected as wrong:
        return _page({**_typed(service.USUAL), **form.typed}, wrong.fields).page(400)
    language.set(kept.language or language.get())  # it is read on a page in the new one
    Visit.of(request.scope).say(gettext("Saved."))
    return elsewhere(request, "/preferences")


@get("/api/preferences", tags=["preferences"], operation_id="preferences")
async def shown(person: NamedDependency[Asker]) -> Shown:
    """What holds for the holder of this token."""
    return Shown(**service.exported(await service.of(person.id)))


@patch("/api/preferences", tags=["preferences"], operation_id="changePreferences")
async def changed(data: RequestBody[Change], person: NamedDependency[Asker]) -> Shown:
    """Change some of them."""
    wanted = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    return Shown(**service.exported(await service.change(person.id, **wanted)))


def _changes(chosen: PreferencesForm, typed: Any) -> dict[str, Any]:
    own = {action: typed.get(KEY + action, "").strip().lower() for action in SHORTCUTS if KEY + action in typed}
    differing = {action: combo for action, combo in own.items() if combo != SHORTCUTS[action]}
    return {
        "theme": chosen.theme,
        "language": chosen.language,
        "timezone": chosen.timezone,
        "instructions": chosen.instructions.replace("\r\n", "\n"),
        "notifications": chosen.notifications,
        "push_titles": chosen.push_titles,
        "shortcuts": differing if chosen.shortcuts_on else None,
    }


def _typed(preferences: service.Preferences) -> dict[str, str]:
    combos = {**SHORTCUTS, **(preferences.shortcuts or {})}
    return {
        "theme": preferences.theme,
        "language": preferences.language,
        "timezone": preferences.timezone,
        "instructions": preferences.instructions,
        "notifications": "on" if preferences.notifications else "",
        "push_titles": "on" if preferences.push_titles else "",
        "shortcuts_on": "" if preferences.shortcuts is None else "on",
        **{KEY + action: combo for action, combo in combos.items()},
    }


def _page(typed: dict[str, str], errors: Any) -> PreferencesPage:
    shortcuts = [Shortcut(action, gettext(label), typed[KEY + action]) for action, label in ACTIONS.items()]
    return PreferencesPage(typed, errors, LANGUAGES, zones(), shortcuts, typed["shortcuts_on"] == "on")


routes = [show, save, shown, changed]
