"""The policy document: one dated, versioned set of rules for all products, identified by the digest of its content."""

import hashlib
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

import rfc8785
from pydantic import Field, ValidationError, field_validator, model_validator

from schemas.errors import PolicyError, Problem, describe
from schemas.hints import Hint, refuse
from schemas.money import check_decimals
from schemas.policy_limit import Limit, Operators, PolicyModel
from schemas.policy_rule import Observe, Rule
from schemas.policy_text import read_policy_text
from schemas.policy_values import Cutoff, Every, Window, Zone
from schemas.validation import problems
from schemas.values import Amount, Bool, Currency, Instant, Name, Percent, PolicyId, ProductId, Text
from schemas.vocabulary import STATUSES, Motive, Status

__all__ = [
    "Disputes",
    "Limit",
    "Observe",
    "Operators",
    "PolicyDocument",
    "Product",
    "ProductName",
    "Quiet",
    "Reviews",
    "Rule",
    "Segment",
    "Terms",
    "Window",
    "load_policy",
    "parse_policy",
]

VERSION_MAX: Final = 10**9
PRODUCTS_MAX: Final = 64
RULES_MAX: Final = 256
SEGMENTS_MAX: Final = 32
LIMITS_MAX: Final = 1024
"""Of all rules, those for segments included, of the segments, and names in superseded_by: each costs every lane that
takes the policy in up to 0.6 ms.
"""


class Segment(PolicyModel):
    """A group of customers: those for whom all limits hold; the first that fits is the account's."""

    name: Name
    when: Annotated[
        list[Limit],
        Field(strict=True, min_length=1, max_length=16),
        Hint("a list of 1 to 16 limits", "[{fact: account.age_days, at_least: 730}]"),
    ]


class Reviews(PolicyModel):
    """Periodic re-evaluation: on `day` (clamped to the month's end) of every so many months."""

    every: Every
    day: Annotated[int, Field(strict=True, ge=1, le=31), Hint("a day of the month from 1 to 31", "6")]


class Disputes(PolicyModel):
    """Disputes and reviews: whether disputed events count while they are checked, and within how many days after it was
    asked a person answers.
    """

    facts: Annotated[Literal["marked", "set-aside"], Hint("marked or set-aside", "set-aside")] = "marked"
    answer_days: Annotated[int, Field(strict=True, ge=1, le=366), Hint("a number of days from 1 to 366", "20")] = 20


class Quiet(PolicyModel):
    """How quiet products are kept: status events per account and product within any 24 hours, and minutes for which a
    status stands before a better one follows. A worse status never waits.
    """

    per_day: Annotated[int, Field(strict=True, ge=4, le=1000), Hint("a number of status events from 4 to 1000", "12")]
    dwell_minutes: Annotated[
        int, Field(strict=True, ge=0, le=1440), Hint("a number of minutes from 0 to 1440", "10")
    ] = 0


class Outages(PolicyModel):
    """Maintenance and incidents of everything: whether repayments that fall due or fail in them count as ever, or are
    excused.
    """

    repayments: Annotated[Literal["counted", "excused"], Hint("counted or excused", "excused")] = "counted"


class ProductName(PolicyModel):
    """What customers call the product."""

    zh: Text
    en: Text


class Terms(PolicyModel):
    """What a status allows; a maximum has a currency, the policy's where none is given."""

    new_draws: Bool = False
    max_amount: Amount | None = None
    currency: Currency | None = None


class Product(PolicyModel):
    """A credit service of one provider, with its rules in order; withdrawn ones are no longer offered."""

    name: ProductName
    provider: ProductId
    adds_inquiry: Bool = False
    terms: dict[Status, Terms] = Field(default_factory=dict, validate_default=True)
    withdrawn: Bool = False
    rules: Annotated[
        list[Rule], Field(strict=True, max_length=RULES_MAX), Hint(f"a list of at most {RULES_MAX} rules", "[]")
    ] = Field(default_factory=list)

    @field_validator("terms", mode="before")
    @classmethod
    def _fill_terms(cls, terms: Any) -> Any:
        if not isinstance(terms, dict):
            return terms
        filled: dict[Any, Any] = {status: {"new_draws": status == "OPEN"} for status in STATUSES}
        for status, given in terms.items():
            filled[status] = filled.get(status, {}) | given if isinstance(given, dict) else given
        return filled

    @model_validator(mode="after")
    def _check_superseded(self) -> Self:
        ids = {rule.id for rule in self.rules}
        for place, rule in enumerate(self.rules):
            for name in rule.superseded_by:
                if name not in ids:
                    field = f"rules[{place}].superseded_by"
                    refuse("the id of a rule of the same product", field=field, came=describe(name))
        return self


class PolicyDocument(PolicyModel):
    """A policy with its defaults filled in. Dates are local to `zone`, amounts without a currency in `currency`."""

    policy: PolicyId
    version: Annotated[int, Field(strict=True, ge=1, le=VERSION_MAX), Hint("a whole number of 1 or more", "7")]
    motive: Motive = "internal"
    source: Text | None = None
    effective_from: Instant
    zone: Zone = "Asia/Shanghai"
    currency: Currency = "CNY"
    repayment_cutoff: Cutoff = 0
    segments: Annotated[
        list[Segment], Field(strict=True, max_length=SEGMENTS_MAX), Hint(f"a list of at most {SEGMENTS_MAX}", "[]")
    ] = Field(default_factory=list)
    reviews: Reviews | None = None
    disputes: Disputes | None = None
    quiet: Quiet | None = None
    near_percent: Percent | None = None
    outages: Outages | None = None
    products: Annotated[
        dict[ProductId, Product],
        Field(strict=True, min_length=1, max_length=PRODUCTS_MAX),
        Hint(f"1 to {PRODUCTS_MAX} products by their ids", "{jiebei: {name: ..., provider: ...}}"),
    ]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        names = [segment.name for segment in self.segments]
        for place, name in enumerate(names):
            if name in names[:place]:
                refuse("a name of its own", field=f"segments[{place}].name", came=describe(name))
        for product_id, product in self.products.items():
            for status, terms in product.terms.items():
                _complete_terms(terms, self.currency, f"products.{product_id}.terms.{status}")
        return self

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        rules = [rule for product in self.products.values() for rule in product.rules]
        count = sum((len(rule.any or rule.all) or 1) + len(rule.for_) + len(rule.superseded_by) for rule in rules)
        count += sum(len(segment.when) for segment in self.segments)
        if count > LIMITS_MAX:
            came = f"{count} limits and superseded_by, of all products and segments together"
            refuse(f"at most {LIMITS_MAX}", field="products", came=came)
        return self

    def document(self) -> dict[str, Any]:
        """The normalised document, defaults filled in, in its own field names: what JSON can hold, no floats."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def canonical(self) -> bytes:
        """The normalised document in canonical form (RFC 8785)."""
        return rfc8785.dumps(self.document())

    @cached_property
    def digest(self) -> str:
        """What identifies the policy: `sha256:` and the hexadecimal SHA-256 of the canonical form."""
        return "sha256:" + hashlib.sha256(self.canonical()).hexdigest()


def load_policy(text: str | bytes) -> PolicyDocument:
    """The policy in a YAML or JSON text. Raises PolicyError, whose problems name every malformed place."""
    return parse_policy(read_policy_text(text))


def parse_policy(document: Any) -> PolicyDocument:
    """The policy in plain values, as parsed from JSON; raises PolicyError as `load_policy`."""
    if not isinstance(document, dict):
        raise PolicyError([Problem("document", describe(document), "a policy as an object", "policy: consumer-credit")])
    try:
        return PolicyDocument.model_validate(document)
    except ValidationError as error:
        code, found = problems(error, PolicyDocument)
    raise PolicyError(found, code)


def _complete_terms(terms: Terms, home: str, place: str) -> None:
    if terms.max_amount is None:
        if terms.currency is not None:
            refuse("max_amount beside it", '"2000.00"', field=f"{place}.max_amount", came="nothing")
        return
    terms.currency = terms.currency or home
    check_decimals(terms.max_amount, terms.currency, f"{place}.max_amount")
