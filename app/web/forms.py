"""What a browser sent, as a struct; or, beside each field, why not. What was typed is kept either way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar import Request

from app.core.errors import Rejected
from app.core.language import marked
from app.web.visit import Visit

F = TypeVar("F", bound="Form")

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
OptionalLine = Annotated[str, msgspec.Meta(max_length=200)]


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
    """The form in these pairs."""
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
        try:
            values |= _one(info, sent.get(info.name))
        except msgspec.ValidationError as wrong:
            errors[info.name] = _sentence(str(wrong))
    return values, errors


def _one(info: msgspec.structs.FieldInfo, came: list[str] | None) -> dict[str, Any]:
    """One field's value. A box that is not ticked is not sent, which means no."""
    if came is None:
        return {} if not info.required else {info.name: msgspec.convert(_absent(info.type), info.type)}
    many = getattr(info.type, "__origin__", None) in (list, tuple, set, frozenset)
    raw = came if many else came[-1].strip() if info.name != "text" else came[-1]
    return {info.name: msgspec.convert(_ticked(raw) if info.type is bool else raw, info.type, strict=False)}


def _absent(kind: Any) -> Any:
    return False if kind is bool else ""


def _ticked(raw: str | list[str]) -> bool:
    return raw in ("on", "yes", "true", "1")


_SENTENCES = (
    ("length >= 1", marked("This is needed.")),
    ("length <=", marked("This is too long.")),
    ("length >=", marked("This is too short.")),
    ("matching regex", marked("This does not have the right form.")),
    ("`int`", marked("This must be a whole number.")),
    (">=", marked("This is too small.")),
    ("<=", marked("This is too large.")),
    ("Invalid enum", marked("Choose one of the list.")),
)


def _sentence(problem: str) -> str:
    found = (sentence for part, sentence in _SENTENCES if part in problem)
    return next(found, marked("This cannot be right."))
