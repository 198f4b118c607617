"""A policy document as the reference reads it: products, rules, limits (policy.md)."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from streams.reference import facts_account, facts_finance, facts_repayment
from streams.reference.calendar import MINUTE, Calendar, parse_day, parse_instant
from streams.reference.facts import UNKNOWN, Fact, Frame, Query, Scalar, Value, Window
from streams.reference.history import Known

FACTS: dict[str, Fact] = {**facts_repayment.FACTS, **facts_account.FACTS, **facts_finance.FACTS}

OPERATORS = ("at_most", "at_least", "below", "above", "is", "one_of", "none_of", "before", "not_before")


class Test(NamedTuple):
    """One operator with its operand, in the document's units."""

    operator: str
    operand: Any

    def holds(self, value: Any) -> bool:
        match self.operator:
            case "at_most":
                return bool(value <= self.operand)
            case "at_least":
                return bool(value >= self.operand)
            case "below" | "before":
                return bool(value < self.operand)
            case "above":
                return bool(value > self.operand)
            case "not_before":
                return bool(value >= self.operand)
            case "is":
                return bool(value == self.operand)
            case "one_of":
                return value in self.operand
            case _:
                return value not in self.operand


class Tests(NamedTuple):
    """The tests of a limit, all of which must hold, and those to hold again once it has failed."""

    plain: tuple[Test, ...]
    reopen: tuple[Test, ...]

    def first_broken(self, value: Scalar) -> Test | None:
        """The plain test that the value breaks first, else the reopening one."""
        return next((t for t in (*self.plain, *self.reopen) if not t.holds(value)), None)


@dataclass(frozen=True, eq=False)
class Part:
    """A limit on a fact; ``by_segment`` has the tests of segments that have their own."""

    query: Query
    tests: Tests
    by_segment: dict[str, Tests]

    @property
    def fact(self) -> Fact:
        return FACTS[self.query.fact]

    def tests_for(self, segment: str | None) -> Tests:
        return self.by_segment.get(segment, self.tests) if segment is not None else self.tests

    def all_tests(self) -> list[Tests]:
        return [self.tests, *self.by_segment.values()]

    def steps(self) -> set[int]:
        """The numbers around which an outcome may change."""
        steps: set[int] = set()
        for test in (t for tests in self.all_tests() for t in (*tests.plain, *tests.reopen)):
            if isinstance(test.operand, int | Decimal) and not isinstance(test.operand, bool):
                steps |= {int(test.operand) + n for n in (-1, 0, 1)}
        return steps


@dataclass(frozen=True)
class Observe:
    days: int
    effect: str
    code: str


@dataclass(frozen=True, eq=False)
class Entry:
    """One rule as it stands in the document; several with one id follow each other by their dates."""

    id: str
    position: int
    parts: tuple[Part, ...]
    combine: str
    effect: str
    code: str
    unknown_effect: str | None
    unknown_code: str | None
    observe: Observe | None
    starts: int | None
    ends: int | None
    superseded_by: tuple[str, ...]

    def in_force(self, at: int) -> bool:
        return (self.starts is None or at >= self.starts) and (self.ends is None or at < self.ends)


@dataclass(frozen=True, eq=False)
class Product:
    id: str
    provider: str
    adds_inquiry: bool
    withdrawn: bool
    terms: dict[str, dict[str, Any]]
    rules: dict[str, list[Entry]]
    """Entries by rule id, in the order of the document."""


@dataclass(eq=False)
class Policy:
    effective_from: int
    frame: Frame
    segments: list[tuple[str, list[Part]]]
    products: list[Product] = field(default_factory=list)
    quiet: tuple[int, int] | None = None
    """Status events within 24 hours, and ms before a better status may follow."""
    excuses: bool = False
    """Repayments are excused in outages."""

    def parts(self) -> list[Part]:
        """Every limit of the document."""
        of_rules = [p for pr in self.products for entries in pr.rules.values() for e in entries for p in e.parts]
        return of_rules + [part for _, parts in self.segments for part in parts]

    def segment_of(self, known: Known, at: int) -> Value:
        """The first segment whose limits all hold, from the facts themselves."""
        for name, parts in self.segments:
            found = [(part, part.fact.value(known, part.query, self.frame, at)) for part in parts]
            if all(f.value is not None and all(t.holds(f.value) for t in part.tests.plain) for part, f in found):
                return Value(name, list({id(r): r for _, f in found for r in f.events}.values()))
        return UNKNOWN


def read_operand(kind: str, operator: str, operand: Any) -> Any:
    if operator in ("one_of", "none_of"):
        return list(operand)
    if kind == "date":
        return parse_day(operand)
    if kind == "ratio":
        return Fraction(str(operand))
    if kind == "amount":
        return Decimal(str(operand))
    if kind == "int" and isinstance(operand, str):
        return Decimal(operand)
    return operand


def read_tests(document: dict[str, Any], kind: str) -> Tests:
    plain = [Test(name, read_operand(kind, name, value)) for name, value in document.items() if name in OPERATORS]
    reopen = [
        Test(name.removeprefix("reopen_"), read_operand(kind, name, value))
        for name, value in document.items()
        if name.startswith("reopen_")
    ]
    return Tests(tuple(plain), tuple(reopen))


def read_window(text: str | None) -> Window | None:
    return None if text is None else Window(int(text[:-1]), text[-1])


def read_part(document: dict[str, Any], product: str | None, segments: dict[str, Any]) -> Part:
    name = document["fact"]
    query = Query(
        fact=name,
        provider=document.get("provider"),
        product=product if name == "choice.paused" else document.get("product"),
        scope=document.get("scope"),
        min_days=document.get("min_days", 1),
        window=read_window(document.get("window")),
    )
    kind = FACTS[name].kind
    return Part(query, read_tests(document, kind), {s: read_tests(limits, kind) for s, limits in segments.items()})


def read_entry(document: dict[str, Any], position: int, product: str, calendar: Calendar) -> Entry:
    combine = next((name for name in ("any", "all") if name in document), "one")
    limits = [document] if combine == "one" else document[combine]
    observe = document.get("observe")
    unknown = document.get("unknown", "pass")
    day_start = {n: calendar.start_of(parse_day(document[n])) if document.get(n) else None for n in ("from", "to")}
    return Entry(
        id=document["id"],
        position=position,
        parts=tuple(read_part(limit, product, document.get("for", {}) if combine == "one" else {}) for limit in limits),
        combine=combine,
        effect=document["else"],
        code=document["reason"],
        unknown_effect=None if unknown == "pass" else unknown,
        unknown_code=document.get("unknown_reason"),
        observe=Observe(observe["days"], observe["else"], observe["reason"]) if observe else None,
        starts=day_start["from"],
        ends=day_start["to"],
        superseded_by=tuple(document.get("superseded_by", ())),
    )


def read_policy(document: dict[str, Any]) -> Policy:
    """A policy from its parsed document (YAML or JSON)."""
    calendar = Calendar(document.get("zone", "Asia/Shanghai"))
    hours, minutes = (int(x) for x in document.get("repayment_cutoff", "00:00").split(":"))
    effective_from = parse_instant(document["effective_from"])
    reviews = document.get("reviews")
    frame = Frame(
        calendar=calendar,
        currency=document.get("currency", "CNY"),
        cutoff=(hours * 60 + minutes) * MINUTE,
        effective_day=calendar.day_of(effective_from),
        review_months=int(reviews["every"][:-1]) if reviews else None,
        review_day=reviews["day"] if reviews else 0,
        disputes_aside=document.get("disputes", {}).get("facts") == "set-aside",
        answer_days=document.get("disputes", {}).get("answer_days", 20),
    )
    segments = [(s["name"], [read_part(limit, None, {}) for limit in s["when"]]) for s in document.get("segments", ())]
    policy = Policy(effective_from, frame, segments)
    if "quiet" in document:
        quiet = document["quiet"]
        policy.quiet = quiet["per_day"], quiet.get("dwell_minutes", 0) * 60_000
    policy.excuses = document.get("outages", {}).get("repayments") == "excused"
    frame.segment_of = policy.segment_of
    for name, product in document["products"].items():
        rules: dict[str, list[Entry]] = {}
        for position, rule in enumerate(product.get("rules", ())):
            rules.setdefault(rule["id"], []).append(read_entry(rule, position, name, calendar))
        policy.products.append(
            Product(
                id=name,
                provider=product["provider"],
                adds_inquiry=product.get("adds_inquiry", False),
                withdrawn=product.get("withdrawn", False),
                terms=product.get("terms", {}),
                rules=rules,
            )
        )
    return policy
