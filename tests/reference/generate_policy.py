"""Seeded random policies: every fact, operator and option of policy.md, in documents that the policy check accepts."""

import json
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from streams.reference.calendar import DAY, format_day, format_instant
from tests.reference.generate_setting import (
    DAY_WINDOWS,
    MONTH_WINDOWS,
    PRODUCTS,
    PROVIDERS,
    REGIONS,
    SCOPES,
    SEGMENTS,
    Setting,
    setting,
)

Document = dict[str, Any]

EFFECTS = ["LIMITED", "LIMITED", "UNDER_REVIEW", "NOT_OPEN", "NOT_OPEN"]
PLAIN_CODES = ["REP-05", "CAP-02", "CAP-05", "LEG-05", "POL-03", "SCO-02", "IDN-01", "LEG-03"]
"""Codes whose texts need no evidence."""


class Shape(NamedTuple):
    """A way to limit a fact: operator, operands and codes to choose from; ``window``: "" none, "m", "d" or "any"."""

    fact: str
    operator: str
    operands: list[Any]
    codes: list[str]
    window: str = ""
    args: tuple[tuple[str, list[Any]], ...] = ()
    reopen: Mapping[Any, Any] = MappingProxyType({})
    unknown: str = ""
    """A reason code for the unknown, where that may have an effect."""


AMOUNTS = ["0.00", "100.00", "5000.00"]
COUNTS = [0, 0, 1, 2]

SHAPES = [
    Shape("repayment.days_past_due", "at_most", [0, 0, 1, 3, 29], ["REP-01"], reopen={3: 0, 29: 5}),
    Shape("repayment.days_past_due", "below", [1, 2, 30], ["REP-01"]),
    Shape("repayment.amount_overdue", "at_most", ["0.00", "49.99", "100.00"], ["REP-01"], unknown="REP-05"),
    Shape("repayment.open_amount", "at_most", ["0.00", "100.00", "250.00"], ["CAP-05"], unknown="CAP-02"),
    Shape("repayment.late_count", "at_most", COUNTS, ["REP-03"], "m", (("min_days", [1, 1, 2, 4, 30]),)),
    Shape("repayment.late_count", "at_most", COUNTS, ["REP-05"], "any", (("min_days", [1, 2]),)),
    Shape("repayment.worst_days_past_due", "at_most", [0, 3, 29], ["REP-02"], "m", reopen={3: 1, 29: 10}),
    Shape("repayment.worst_days_past_due", "at_most", [0, 3], ["REP-05"], "any"),
    Shape("repayment.received_count", "at_least", [1, 2], ["REP-08"], "any"),
    Shape("repayment.missed_count", "at_most", COUNTS, ["REP-03"], "m"),
    Shape("repayment.missed_count", "at_most", COUNTS, ["REP-05"], "any"),
    Shape("delinquency.months_past_due", "at_most", [0, 1], ["REP-07"], reopen={1: 0}, unknown="REP-05"),
    Shape("delinquency.worst_months", "at_most", [0, 1], ["REP-07"], "any"),
    Shape("delinquency.written_off", "is", [False], ["REP-06"], unknown="REP-05"),
    Shape("inquiries.hard_count", "at_most", [0, 1, 2, 3], ["INQ-01"], "any", reopen={2: 1, 3: 1}),
    Shape("inquiries.soft_count", "at_most", COUNTS, ["INQ-01"], "any"),
    Shape("inquiries.institutions", "below", [1, 2, 3], ["INQ-01"], "any"),
    Shape("inquiries.refused_count", "at_most", COUNTS, ["INQ-02"], "any"),
    Shape("identity.level", "at_least", [2, 3], ["IDN-01"], unknown="IDN-01"),
    Shape("identity.document_days_left", "at_least", [0, 0, 30], ["IDN-02"], unknown="IDN-01", reopen={0: 2, 30: 60}),
    Shape("identity.document_days_left", "above", [0, 14], ["IDN-02"]),
    Shape("identity.failed_items", "at_most", [0, 1], ["IDN-03"], "any"),
    Shape("account.age_days", "at_least", [1, 30, 90], ["ACC-02"], unknown="LEG-05"),
    Shape("account.age_days", "at_least", [31, 91], ["ACC-02"]),
    Shape("account.years_old", "at_least", [18, 22], ["LEG-01"], unknown="IDN-01"),
    Shape("account.years_old", "at_most", [59, 60], ["LEG-01"]),
    Shape("account.region", "one_of", [REGIONS[:1], REGIONS[:2]], ["LEG-02"], unknown="LEG-05"),
    Shape("account.region", "none_of", [REGIONS[2:]], ["LEG-02"]),
    Shape("account.segment", "one_of", [SEGMENTS[:2]], ["POL-03"], unknown="POL-03"),
    Shape("account.segment", "none_of", [SEGMENTS[2:], SEGMENTS[:1]], ["POL-03"]),
    Shape("account.student", "is", [False], ["LEG-04"], unknown="LEG-05"),
    Shape("account.restricted", "is", [False], ["ACC-01"]),
    Shape(
        "account.limit", "at_least", ["1000.00", "1000.01"], ["CAP-05"], "", (("product", PRODUCTS),), unknown="CAP-02"
    ),
    Shape("account.limit", "at_most", ["5000.00"], ["CAP-05"]),
    Shape("consent.granted", "is", [True], ["LEG-05"], "", (("scope", SCOPES),), unknown="LEG-05"),
    Shape("choice.paused", "is", [False], ["CHO-01"]),
    Shape("security.flags", "at_most", [0, 0, 1], ["SEC-01"]),
    Shape("security.flags", "below", [1], ["SEC-01"]),
    Shape(
        "score.value",
        "at_least",
        [595, 600],
        ["SCO-01"],
        "",
        (("provider", PROVIDERS),),
        reopen={595: 600, 600: 605},
        unknown="SCO-02",
    ),
    Shape("score.value", "above", [599], ["SCO-02"], reopen={599: 604}, unknown="SCO-02"),
    Shape("score.age_days", "at_most", [0, 10, 30], ["SCO-03"], "", (("provider", PROVIDERS),), unknown="SCO-02"),
    Shape("score.factors_known", "is", [True], ["SCO-02"], "", (("provider", PROVIDERS),), unknown="SCO-02"),
    Shape("income.monthly", "at_least", ["3000.00", "10000.00"], ["CAP-02"], unknown="CAP-02"),
    Shape("income.verified", "is", [True], ["CAP-02"], unknown="CAP-02"),
    Shape("capacity.debt_to_income", "at_most", ["0.55", "0.5"], ["CAP-01"], reopen={"0.55": "0.5"}, unknown="CAP-02"),
    Shape("capacity.utilisation", "below", ["0.7", "0.9"], ["CAP-03"], reopen={"0.9": "0.7"}, unknown="CAP-02"),
    Shape("capacity.lenders", "at_most", [2, 3], ["CAP-04"], unknown="CAP-02"),
    Shape("capacity.total_limit", "at_most", ["5000.00"], ["CAP-05"], unknown="CAP-02"),
    Shape("capacity.balance", "at_most", ["5000.00", "6999.99"], ["CAP-05"], unknown="CAP-02"),
    Shape("history.months", "at_least", [1, 2, 6], ["HIS-01"]),
    Shape("legal.court_records", "at_most", [0, 1], ["LEG-03"]),
    Shape("spending.amount", "at_least", ["100.00", "500.00"], ["SPE-01"], "any", unknown="CAP-02"),
    Shape("spending.months_active", "at_least", [1, 2], ["ACC-03"], "any"),
    Shape("disputes.open", "at_most", [0, 1], ["POL-03"]),
    Shape("reviews.open", "below", [1], ["POL-03", "DIS-01"]),
    Shape("disputes.overdue", "at_most", [0], ["POL-03"]),
    Shape("reviews.overdue", "at_most", [0], ["POL-03"]),
    Shape("policy.days_since_review", "at_most", [5, 20], ["POL-03"], unknown="POL-03"),
    Shape(
        "next_review_on", "before", ["2012-01-06", "2023-03-31", "2024-03-06", "2025-04-01", "2025-12-06"], ["POL-03"]
    ),
    Shape("next_review_on", "not_before", ["2012-01-06", "2024-02-29", "2025-01-31"], ["POL-03"], unknown="POL-03"),
]

PAIRED = {
    "account.years_old": Shape("account.years_old", "at_most", [59, 60], ["LEG-01"]),
    "score.value": Shape("score.value", "at_most", [605, 650], ["SCO-01"]),
    "account.age_days": Shape("account.age_days", "below", [120, 365], ["ACC-02"]),
    "capacity.lenders": Shape("capacity.lenders", "at_least", [1], ["CAP-04"]),
}
"""Second operators on one limit."""

SEGMENT_LIMITS: list[Document] = [
    {"fact": "account.age_days", "at_least": 60},
    {"fact": "repayment.late_count", "window": "3m", "at_most": 0},
    {"fact": "inquiries.hard_count", "window": "30d", "at_most": 1},
    {"fact": "history.months", "at_least": 2},
    {"fact": "score.value", "provider": "zhima", "at_least": 600},
    {"fact": "repayment.days_past_due", "at_most": 0},
]


class Writer:
    """Writes one policy document."""

    def __init__(self, frame: Setting, dice: random.Random) -> None:
        self.frame, self.dice = frame, dice
        first = self.frame.calendar.day_of(self.frame.begins)
        self.days = sorted(first + dice.randrange(self.frame.span // DAY) for _ in range(2))

    def maybe(self, chance: float) -> bool:
        return self.dice.random() < chance

    def number(self, operand: Any) -> Any:
        """JPY has no decimals."""
        if self.frame.currency == "JPY" and isinstance(operand, str) and operand.endswith((".00", ".99", ".01")):
            return operand.partition(".")[0]
        return operand

    def limit(self, shape: Shape, bare: bool = False) -> Document:
        """A limit on its fact; ``bare``: without reopening."""
        operand = self.dice.choice(shape.operands)
        document: Document = {"fact": shape.fact}
        for name, values in shape.args:
            if self.maybe(0.7) or name == "scope":
                document[name] = self.dice.choice(values)
        windows = {"": [], "m": MONTH_WINDOWS, "d": DAY_WINDOWS, "any": DAY_WINDOWS + MONTH_WINDOWS}[shape.window]
        if windows and (shape.window == "m" or self.maybe(0.9)):
            document["window"] = self.dice.choice(windows)
        document[shape.operator] = self.number(operand)
        if not bare and self.maybe(0.6) and isinstance(operand, int | str) and operand in shape.reopen:
            document[f"reopen_{shape.operator}"] = self.number(shape.reopen[operand])
        elif shape.fact in PAIRED and self.maybe(0.4) and PAIRED[shape.fact].operator not in document:
            document[PAIRED[shape.fact].operator] = self.dice.choice(PAIRED[shape.fact].operands)
        return document

    def rule(self, name: str, segments: list[str]) -> list[Document]:
        """One rule, or several with one id that follow each other by date."""
        shape = self.dice.choice(SHAPES)
        document: Document = {"id": name}
        unknown = shape.unknown
        code = self.dice.choice(shape.codes)
        if self.maybe(0.15):
            parts = [shape, *self.dice.sample(SHAPES, self.dice.choice([1, 2]))]
            document[self.dice.choice(["any", "all"])] = [self.limit(part, bare=True) for part in parts]
            code = unknown = self.dice.choice(PLAIN_CODES)
        else:
            document |= self.limit(shape)
            if segments and self.maybe(0.5) and shape.operator in ("at_most", "at_least", "below"):
                document["for"] = self.by_segment(shape, segments)
        document |= {"else": self.dice.choice(EFFECTS), "reason": code}
        if unknown and self.maybe(0.5):
            document |= {"unknown": self.dice.choice(EFFECTS), "unknown_reason": unknown}
        if self.maybe(0.25):
            days = self.dice.choice([1, 7, 30])
            document["observe"] = {"days": days, "else": self.dice.choice(EFFECTS), "reason": "REP-04"}
        return self.dated(document) if self.maybe(0.15) else [document]

    def by_segment(self, shape: Shape, segments: list[str]) -> Document:
        operand = self.number(self.dice.choice(shape.operands))
        return {self.dice.choice(segments): {shape.operator: operand}}

    def dated(self, document: Document) -> list[Document]:
        first, second = (format_day(day) for day in self.days)
        if first == second:
            return [document | {"from": first}]
        kind = self.dice.randrange(4)
        if kind == 0:
            return [document | {"from": first}]
        if kind == 1:
            return [document | {"to": second}]
        if kind == 2:
            return [document | {"from": first, "to": second}]
        return [document | {"to": first}, document | {"from": first, "to": second}, document | {"from": second}]

    def product(self, name: str, segments: list[str]) -> Document:
        rules = [self.rule(f"rule-{number}", segments) for number in range(self.dice.choice([1, 2, 3, 5, 8]))]
        for place, entries in enumerate(rules):
            others = [entries[0]["id"] for entries in rules[:place]]
            if others and self.maybe(0.2):
                for entry in entries:
                    entry["superseded_by"] = [self.dice.choice(others)]
        if self.maybe(0.5):
            self.dice.shuffle(rules)
        document: Document = {
            "name": {"zh": name, "en": name},
            "provider": self.dice.choice(["bank-one", "bank-two"]),
            "rules": [entry for entries in rules for entry in entries],
        }
        if self.maybe(0.4):
            document["adds_inquiry"] = self.maybe(0.5)
        if self.maybe(0.06):
            document["withdrawn"] = True
        if self.maybe(0.5):
            document["terms"] = self.dice.choice(
                [
                    {"LIMITED": {"new_draws": True, "max_amount": self.number("2000.00")}},
                    {"OPEN": {"new_draws": True}, "NOT_OPEN": {"new_draws": True}},
                    {"UNDER_REVIEW": {"max_amount": "100"}, "LIMITED": {"new_draws": True}},
                ]
            )
        return document

    def segments(self) -> list[Document]:
        names = self.dice.sample(SEGMENTS, self.dice.choice([0, 0, 1, 2]))
        return [{"name": name, "when": self.dice.sample(SEGMENT_LIMITS, self.dice.choice([1, 1, 2]))} for name in names]

    def document(self, seed: int) -> Document:
        begins = self.frame.begins
        starts = begins + self.dice.choice([-400 * DAY, -DAY, -DAY, self.frame.span // 3])
        segments = self.segments()
        products = PRODUCTS[: self.dice.choice([1, 2, 3])]
        names = [segment["name"] for segment in segments] + (SEGMENTS[:1] if self.maybe(0.3) else [])
        document: Document = {
            "policy": "generated",
            "version": seed + 1,
            "motive": "test",
            "effective_from": format_instant(starts),
            "zone": self.frame.zone,
            "currency": self.frame.currency,
            "repayment_cutoff": self.frame.cutoff,
            "segments": segments,
            "products": {name: self.product(name, sorted(set(names))) for name in products},
        }
        if self.maybe(0.5):
            # Far birthdays and monthly reviews together reach the bound of a look ahead (0002, 43).
            every = ["3m"] if "account.years_old" in json.dumps(document) else ["1m", "3m"]
            document["reviews"] = {"every": self.dice.choice(every), "day": self.dice.choice([1, 6, 31])}
        if self.maybe(0.3):
            facts = self.dice.choice(["set-aside", "set-aside", "marked"])
            document["disputes"] = {"facts": facts, "answer_days": self.dice.choice([1, 20])}
        return document


def policy(seed: int) -> Document:
    """A valid policy for the history of the same seed, as parsed from YAML or JSON."""
    return Writer(setting(seed), random.Random(f"policy {seed}")).document(seed)
