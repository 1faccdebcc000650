"""Assistants, for administrators."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.core.asker import Asker
from app.core.errors import Rejected
from app.providers import assistants, service
from app.providers.assistants import Draft
from app.providers.routes.sent import Text
from app.providers.sources import OWN
from app.providers.views import AssistantPage, AssistantsPage
from app.web import forms
from app.web.answers import elsewhere
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
ASSISTANTS = "/admin/assistants"


class AssistantForm(forms.Form):
    """An assistant. What is wrong with it, the service says."""

    name: Text = ""
    description: Text = ""
    model_path: Text = ""
    instructions: Text = ""

    def draft(self) -> Draft:
        """As the service takes it."""
        return Draft(self.name, self.description, self.model_path, self.instructions)


@get(ASSISTANTS, include_in_schema=False)
async def show(administrator: NamedDependency[Asker]) -> Response[None]:
    """All of them, and the form for one more."""
    return (await _page(administrator, forms.Filled())).page()


@post(ASSISTANTS, include_in_schema=False)
async def add(request: AnyRequest, administrator: NamedDependency[Asker]) -> Response[None]:
    """Make one."""
    form = forms.read(request, AssistantForm)
    try:
        await assistants.add(administrator, form.fields().draft())
    except Rejected as wrong:
        return (await _page(administrator, form.but(**wrong.fields))).page(400)
    Visit.of(request.scope).say(gettext("The assistant is there. Everybody can choose it."))
    return elsewhere(request, ASSISTANTS)


@get(ASSISTANTS + "/{assistant_id:uuid}", include_in_schema=False)
async def one(assistant_id: FromPath[UUID], administrator: NamedDependency[Asker]) -> Response[None]:
    """One of them."""
    return (await _one(administrator, assistant_id, forms.Filled())).page()


@post(ASSISTANTS + "/{assistant_id:uuid}", include_in_schema=False)
async def change(
    request: AnyRequest, assistant_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Make it another."""
    form = forms.read(request, AssistantForm)
    try:
        await assistants.change(administrator, assistant_id, form.fields().draft())
    except Rejected as wrong:
        return (await _one(administrator, assistant_id, form.but(**wrong.fields))).page(400)
    Visit.of(request.scope).say(gettext("Saved."))
    return elsewhere(request, ASSISTANTS)


@post(ASSISTANTS + "/{assistant_id:uuid}/remove", include_in_schema=False)
async def remove(
    request: AnyRequest, assistant_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Take it away."""
    await assistants.remove(administrator, assistant_id)
    Visit.of(request.scope).say(gettext("The assistant is deleted. What it said stays."))
    return elsewhere(request, ASSISTANTS)


async def _choices(administrator: Asker) -> list[str]:
    found = await service.models_for(administrator.id)
    return [model.path for model in found if not model.path.startswith(OWN)]


async def _page(administrator: Asker, form: forms.Filled[Any]) -> AssistantsPage:
    choices = await _choices(administrator)
    return AssistantsPage(await assistants.listed(), choices, form.typed, form.errors)


async def _one(administrator: Asker, assistant_id: UUID, form: forms.Filled[Any]) -> AssistantPage:
    known = await assistants.one(assistant_id)
    stored = {name: getattr(known, name) for name in AssistantForm.__struct_fields__}
    return AssistantPage(known, await _choices(administrator), {**stored, **form.typed}, form.errors)


routes = [show, add, one, change, remove]
