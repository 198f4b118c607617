"""Limits on facts: operators with their limits, a fact with its arguments and window.

The models mirror the document, where a limit's fact, arguments, window and operators stand side by side; what a
program wants instead (`args`, `operators`, `reopen`) are properties.
"""

from typing import Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from schemas.hints import Hint, refuse
from schemas.policy_values import Choices, FactName, Number, WindowField
from schemas.values import Bool, Date, Name, ProductId

MIN_DAYS_MAX: Final = 3660

LIMITS: Final = ("at_most", "at_least", "below", "above")
OPERATORS: Final = (*LIMITS, "is", "one_of", "none_of", "before", "not_before")
ARGUMENTS: Final = ("provider", "product", "scope", "min_days")
REOPEN: Final = "reopen_"

_WRITTEN: Final = frozenset({*OPERATORS, *(REOPEN + name for name in LIMITS)})

# By operator: int | Decimal, bool for `is`, list[str] for the choices, days since 1970-01-01 for the dates.
Operand = Any


class PolicyModel(BaseModel):
    """Strict, and unknown fields are refused: a misspelt limit must not silently be no limit."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class Operators(PolicyModel):
    """Comparisons that must all hold, each with its limit; a reopening limit counts once the limit has failed."""

    at_most: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    above: Number | None = None
    is_: Bool | None = Field(default=None, alias="is")
    one_of: Choices | None = None
    none_of: Choices | None = None
    before: Date | None = None
    not_before: Date | None = None
    reopen_at_most: Number | None = None
    reopen_at_least: Number | None = None
    reopen_below: Number | None = None
    reopen_above: Number | None = None

    _order: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="wrap")
    @classmethod
    def _remember_order(cls, document: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        model = handler(document)
        if isinstance(document, dict):
            model._order = tuple(name for name in document if name in _WRITTEN and document[name] is not None)
        model.check()
        return model

    @model_serializer(mode="wrap")
    def _write_in_order(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        for name in self._order:
            if name in fields:
                fields[name] = fields.pop(name)
        return fields

    @property
    def operators(self) -> dict[str, Operand]:
        """Each operator and its limit in document order, reopening limits left out."""
        return {name: getattr(self, "is_" if name == "is" else name) for name in self._order if name in OPERATORS}

    @property
    def reopen(self) -> "Operators | None":
        """The reopening limits under the plain operators' names."""
        names = [name for name in self._order if name not in OPERATORS]
        return _operators({name.removeprefix(REOPEN): getattr(self, name) for name in names}) if names else None

    def check(self) -> None:
        """Refuse no operator at all, and a reopening limit without its limit."""
        self.check_operators()

    def check_operators(self) -> None:
        """At least one operator, and each reopening limit beside its limit."""
        if not self.operators:
            refuse(f"one of {', '.join(OPERATORS)}", "at_most: 0", came="no operator")
        for name in self._order:
            plain = name.removeprefix(REOPEN)
            if plain not in self._order:
                refuse(f"{plain} beside it", f"{plain}: 600", field=name, came=f"{name} alone")


class Measure(Operators):
    """How a fact is asked for: its arguments and its window."""

    provider: Name | None = None
    product: ProductId | None = None
    scope: Name | None = None
    min_days: Annotated[
        int | None, Field(strict=True, ge=1, le=MIN_DAYS_MAX), Hint(f"a whole number from 1 to {MIN_DAYS_MAX}", "30")
    ] = None
    window: WindowField | None = None

    @property
    def args(self) -> dict[str, str | int]:
        """The arguments that are given."""
        return {name: getattr(self, name) for name in ARGUMENTS if getattr(self, name) is not None}


class Limit(Measure):
    """A fact and the operators that its value must satisfy."""

    fact: FactName

    def check(self) -> None:
        """Hysteresis needs a rule's memory, so parts and segments have no reopening limits."""
        for name in self._order:
            if name not in OPERATORS:
                expected = "reopening limits only on a rule with a fact of its own"
                refuse(expected, field=name, came="a reopening limit on a part")
        self.check_operators()


def _operators(limits: dict[str, Operand]) -> Operators:
    found = Operators.model_construct(**limits)
    found._order = tuple(limits)
    return found


def limit_of(fact: str, measure: Measure) -> Limit:
    """The limit that a rule with a fact of its own stands for."""
    fields = {name: getattr(measure, name) for name in (*ARGUMENTS, "window")}
    found = Limit.model_construct(None, fact=fact, **fields, **measure.operators)
    found._order = tuple(measure.operators)
    return found
