"""What the forms about models send."""

from typing import Annotated

import msgspec

from app.providers.added import Draft
from app.web import forms

LONGEST_TEXT = 30_000
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


class ProviderForm(forms.Form):
    """A provider; `do` says whether it is only tried. What is wrong with the fields, the service says."""

    name: forms.OptionalLine = ""
    base_url: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    key: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    do: forms.OptionalLine = ""

    def draft(self) -> Draft:
        """Without the rest."""
        return Draft(self.name, self.base_url, self.key)


class SwitchForm(forms.Form):
    """On, or off."""

    on: bool = False


class ModelForm(forms.Form):
    """A model; and whether it gets a star, or loses it."""

    path: Text = ""
    on: bool = False
    words: forms.OptionalLine = ""
