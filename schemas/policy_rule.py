"""A rule of a policy: a limit, the effect and reason when it doesn't hold, and what surrounds them."""

from typing import Annotated, Final

from pydantic import Field

from schemas.hints import Hint, refuse
from schemas.instants import date_text
from schemas.policy_limit import Limit, Measure, Operators, PolicyModel, limit_of
from schemas.policy_values import FactName, ReasonCode, RuleId
from schemas.values import Date, Name, Text
from schemas.vocabulary import Effect, Unknown

PARTS_MAX: Final = 16
OBSERVE_DAYS_MAX: Final = 3660
# Ids under which the engine itself gives reasons and names causes.
RESERVED_IDS: Final = frozenset({"account-closed", "withdrawn", "rollout", "policy", "segment"})

_ONE_FACT: Final = ("provider", "product", "scope", "min_days", "window")

Parts = Annotated[
    list[Limit],
    Field(strict=True, min_length=1, max_length=PARTS_MAX),
    Hint(f"a list of 1 to {PARTS_MAX} limits", '[{fact: capacity.balance, at_most: "5000.00"}]'),
]
RuleIds = Annotated[
    list[RuleId], Field(strict=True, max_length=PARTS_MAX), Hint(f"a list of at most {PARTS_MAX} rule ids", "[overdue]")
]


class Observe(PolicyModel):
    """What holds for some days (of 86,400 s) after a failure has cleared."""

    days: Annotated[
        int, Field(strict=True, ge=1, le=OBSERVE_DAYS_MAX), Hint(f"a whole number from 1 to {OBSERVE_DAYS_MAX}", "90")
    ]
    else_: Effect = Field(alias="else")
    reason: ReasonCode


class Rule(Measure):
    """A limit on one fact (`fact` and operators), or on several with `any` or `all`; exactly one of the three.

    `for` gives other limits by segment; `from` (inclusive) and `to` (exclusive) are local dates outside which the rule
    is void; it is silent while a rule that it names in `superseded_by` fails.
    """

    id: RuleId
    fact: FactName | None = None
    any_: Parts | None = Field(default=None, alias="any")
    all_: Parts | None = Field(default=None, alias="all")
    else_: Effect = Field(alias="else")
    reason: ReasonCode
    unknown: Unknown = "pass"
    unknown_reason: ReasonCode | None = None
    observe: Observe | None = None
    source: Text | None = None
    for_: dict[Name, Operators] = Field(default_factory=dict, alias="for")
    from_: Date | None = Field(default=None, alias="from")
    to: Date | None = None
    superseded_by: RuleIds = Field(default_factory=list)

    @property
    def limit(self) -> Limit | None:
        """The limit of a rule with a fact of its own, else None."""
        return None if self.fact is None else limit_of(self.fact, self)

    @property
    def any(self) -> list[Limit]:
        """The parts of which one must hold; empty when the rule is no such composite."""
        return self.any_ or []

    @property
    def all(self) -> list[Limit]:
        """The parts that must all hold; empty when the rule is no such composite."""
        return self.all_ or []

    def check(self) -> None:
        """Refuse what no single field can tell; what the limits mean is for the policy check."""
        self._check_form()
        self._check_unknown()
        if self.id in RESERVED_IDS:
            refuse("an id that the engine doesn't use itself", "account-restricted", field="id", came=f'"{self.id}"')
        if self.from_ is not None and self.to is not None and self.from_ >= self.to:
            came = f'"{date_text(self.to)}"'
            refuse(f"a date after from ({date_text(self.from_)}), since to is exclusive", field="to", came=came)
        if self.id in self.superseded_by:
            refuse("another rule's id", field="superseded_by", came="the rule itself")

    def _check_form(self) -> None:
        forms = [name for name in ("fact", "any", "all") if getattr(self, name)]
        if len(forms) != 1:
            came = " and ".join(forms) or "none of them"
            refuse("exactly one of fact, any and all", "fact: repayment.days_past_due", came=came)
        if forms == ["fact"]:
            self.check_operators()
            return
        extra = [*self._order, *(name for name in (*_ONE_FACT, "for_") if getattr(self, name))]
        if extra:
            field = extra[0].rstrip("_")
            refuse(f"it inside the parts of {forms[0]}", field=field, came=f"{field} on a rule of several facts")

    def _check_unknown(self) -> None:
        if self.unknown == "pass" and self.unknown_reason is not None:
            expected = "no unknown_reason where unknown passes, or an effect in unknown"
            refuse(expected, "unknown: UNDER_REVIEW", field="unknown_reason", came=f'"{self.unknown_reason}"')
        if self.unknown != "pass" and self.unknown_reason is None:
            refuse("the reason of that effect", '"SCO-02"', field="unknown_reason", came="nothing")
