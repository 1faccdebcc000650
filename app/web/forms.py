"""What a browser sent, as a struct; or, beside each field, why not. What was typed is kept either way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

import msgspec
from litestar import Request

from app.core.errors import Rejected
from app.core.language import marked
from app.web.visit import Visit

F = TypeVar("F", bound="Form")

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
OptionalLine = Annotated[str, msgspec.Meta(max_length=200)]

NEEDED = marked("This is needed.")
# What msgspec says ends like this, or begins so.
_ENDINGS = (
    (" of length >= 1", NEEDED),
    (", got `null`", NEEDED),
)
_PARTS = (
    ("Object missing", NEEDED),
    ("Object contains unknown", marked("There is no such field.")),
    ("Invalid enum", marked("Choose one of the list.")),
    ("encoded date", marked("Write a day like 2026-11-20.")),
    ("out of range", marked("This is too large.")),
    (" of length <=", marked("This is too long.")),
    (" of length >=", marked("This is too short.")),
    (" matching regex", marked("This does not have the right form.")),
    ("` >=", marked("This is too small.")),
    ("` <=", marked("This is too large.")),
    ("Expected `int", marked("This must be a whole number.")),
)


class Form(msgspec.Struct, kw_only=True):
    """What may be sent. Fields that it does not name are ignored."""

    def problems(self) -> Mapping[str, str]:
        """What types cannot say: field → sentence."""
        return {}


@dataclass(frozen=True, slots=True)
class Filled(Generic[F]):
    """A form as it came: its value when all is well, else the errors; and always what was typed."""

    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    value: F | None = None

    def fields(self) -> F:
        """The value; raises where there is none."""
        if self.value is None:
            raise Rejected(fields=self.errors)
        return self.value

    def but(self, **errors: str) -> "Filled[F]":
        """The same form with something that only the service could notice."""
        return Filled(self.typed, {**self.errors, **errors})


def read(request: Request[Any, Any, Any], kind: type[F]) -> Filled[F]:
    """The form in this request."""
    return filled(Visit.of(request.scope).form, kind)


def filled(sent: Mapping[str, list[str]], kind: type[F]) -> Filled[F]:
    """The form in these pairs. A field that stands there several times counts as it stands last."""
    typed = {name: values[-1] for name, values in sent.items() if name != "_csrf"}
    values, errors = _converted(sent, kind)
    if errors:
        return Filled(typed, errors)
    value = kind(**values)
    problems = value.problems()
    return Filled(typed, problems) if problems else Filled(typed, {}, value)


def _converted(sent: Mapping[str, list[str]], kind: type[Form]) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for info in msgspec.structs.fields(kind):
        came = _came(info, sent.get(info.name))
        try:
            if came is not msgspec.UNSET:
                values[info.name] = msgspec.convert(came, info.type, strict=False)
        except msgspec.ValidationError as wrong:
            errors[info.name] = worded(str(wrong)) if came != "" else NEEDED
    return values, errors


def _came(info: msgspec.structs.FieldInfo, sent: list[str] | None) -> Any:
    """What was given for this field, without the space around it. A box that is not ticked is not sent: that means no.

    Where nothing is said, and need not be, it is unset; where it may be left empty, it is None.
    """
    kind = get_args(info.type)[0] if get_origin(info.type) is Annotated else info.type
    texts = [text.strip() for text in sent or ()]
    if kind is bool:
        return texts[-1:] in (["on"], ["yes"], ["true"], ["1"])
    if get_origin(kind) is list:
        return texts
    if not texts:
        return "" if info.required else msgspec.UNSET
    return texts[-1] or (None if NoneType in get_args(kind) else "")


def worded(problem: str) -> str:
    """What msgspec found wrong, for the person who has to mend it."""
    problem = problem.partition(" - at ")[0]
    for ending, sentence in _ENDINGS:
        if problem.endswith(ending):
            return sentence
    found = (sentence for part, sentence in _PARTS if part in problem)
    return next(found, marked("This cannot be right."))
