"""The pages about models, for everybody and for administrators, and the same for programs."""

from app.providers.routes import api, assistants, budgets, models, providers

routes = [*api.routes, *assistants.routes, *budgets.routes, *models.routes, *providers.routes]
