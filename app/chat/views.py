"""What the conversation's pages show."""

from dataclasses import dataclass
from typing import ClassVar

from app.web.view import View


@dataclass(frozen=True, slots=True)
class StartPage(View):
    """The empty page: a greeting, and three things to try."""

    template: ClassVar = "chat/start.html"
