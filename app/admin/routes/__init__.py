"""The administrators' rooms, and what machines ask."""

from app.admin.routes import machines, overview, people, trail

routes = [*machines.routes, *overview.routes, *people.routes, *trail.routes]
