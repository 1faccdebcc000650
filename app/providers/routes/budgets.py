"""Who may use how much, for administrators."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.core.asker import Asker
from app.core.errors import Rejected
from app.core.language import marked
from app.providers import budgets
from app.providers.budgets import MOST_COST, MOST_TOKENS, Amount
from app.providers.views import BudgetLine, BudgetsPage, whose
from app.web import forms
from app.web.answers import elsewhere
from app.web.translations import gettext
from app.web.visit import Visit

AnyRequest = Request[Any, Any, Any]
BUDGETS = "/admin/budgets"
PERSON = "person"


class BudgetForm(forms.Form):
    """Whose, and how much; what is left empty is not limited."""

    whose: forms.OptionalLine = PERSON
    address: forms.OptionalLine = ""
    soft_tokens: forms.OptionalLine = ""
    hard_tokens: forms.OptionalLine = ""
    soft_cost: forms.OptionalLine = ""
    hard_cost: forms.OptionalLine = ""

    def problems(self) -> dict[str, str]:
        tokens = {name: _tokens_problem(getattr(self, name)) for name in ("soft_tokens", "hard_tokens")}
        costs = {name: _cost_problem(getattr(self, name)) for name in ("soft_cost", "hard_cost")}
        return {name: problem for name, problem in {**tokens, **costs}.items() if problem}


def _tokens(text: str) -> int | None:
    plain = text.replace(",", "").replace(".", "").replace(" ", "")
    return int(plain) if plain else None


def _tokens_problem(text: str) -> str:
    plain = text.replace(",", "").replace(".", "").replace(" ", "")
    if plain and not (plain.isascii() and plain.isdecimal()):
        return marked("This must be a whole number.")
    return "" if len(plain) < len(str(MOST_TOKENS)) else marked("This is too large.")


def _cost(text: str) -> Decimal | None:
    return Decimal(text.replace(",", ".")) if text else None


def _cost_problem(text: str) -> str:
    try:
        value = _cost(text) or Decimal(0)
    except InvalidOperation:
        return marked("Write an amount like 2.50.")
    if not value.is_finite() or value < 0:
        return marked("Write an amount like 2.50.")
    return "" if value <= MOST_COST else marked("This is too large.")


@get(BUDGETS, include_in_schema=False)
async def show(administrator: NamedDependency[Asker]) -> Response[None]:  # noqa: ARG001 - asked for, so that nobody else enters
    """Every bound that there is."""
    return (await _page(forms.Filled())).page()


@post(BUDGETS, include_in_schema=False)
async def put(request: AnyRequest, administrator: NamedDependency[Asker]) -> Response[None]:
    """Set the one of a role, or of a person."""
    form = forms.read(request, BudgetForm)
    try:
        given = form.fields()
        soft = Amount(_tokens(given.soft_tokens), _cost(given.soft_cost))
        hard = Amount(_tokens(given.hard_tokens), _cost(given.hard_cost))
        await budgets.put(administrator, given.address if given.whose == PERSON else given.whose, soft, hard)
    except Rejected as wrong:
        return (await _page(form.but(**wrong.fields))).page(400)
    Visit.of(request.scope).say(gettext("The budget holds from now on."))
    return elsewhere(request, BUDGETS)


@post(BUDGETS + "/{budget_id:uuid}/remove", include_in_schema=False)
async def remove(
    request: AnyRequest, budget_id: FromPath[UUID], administrator: NamedDependency[Asker]
) -> Response[None]:
    """Let there be no bound."""
    await budgets.remove(administrator, budget_id)
    Visit.of(request.scope).say(gettext("The budget is gone. Nothing bounds the use any more."))
    return elsewhere(request, BUDGETS)


async def _page(form: forms.Filled[Any]) -> BudgetsPage:
    lines = [BudgetLine.of(budget) for budget in await budgets.listed()]
    return BudgetsPage(lines, whose(), {"whose": "DEVELOPER", **form.typed}, form.errors)


routes = [show, put, remove]
