"""What the help pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.core.settings import Described as Setting
from app.guides.queries import Described as Table
from app.guides.service import Guide
from app.markup.html import Html
from app.web.view import View


@dataclass(frozen=True, slots=True)
class GuidesPage(View):
    """The contents."""

    template: ClassVar = "guides/guides.html"
    guides: Sequence[Guide]


@dataclass(frozen=True, slots=True)
class GuidePage(View):
    """One guide; that of the settings and that of the schema end in a table drawn from the code."""

    template: ClassVar = "guides/guide.html"
    guide: Guide
    html: Html
    others: Sequence[Guide]
    settings: Sequence[Setting]
    tables: Sequence[Table]
