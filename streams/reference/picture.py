"""The status of one product at one instant, its reasons in order (semantics.md E2 to E4, E11; 0002, 20 to 29, 38)."""

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from streams.reference.calendar import format_day
from streams.reference.catalogue import CODES, CURRENCY_DECIMALS, SIDES, STRENGTH
from streams.reference.facts import Frame, Query, Scalar
from streams.reference.facts_account import closed_value, open_flags
from streams.reference.history import Known, Record
from streams.reference.outlook import Outlook
from streams.reference.people import CODE, Verdict
from streams.reference.policy import Entry, Part, Product
from streams.reference.rules import Memory, in_force, parts_hold, says

EVIDENCE_MOST = 16
SHOWN_MOST = 4


@dataclass
class Reason:
    """One reason with exact values; ``part``: the limit that it shows."""

    rule: str
    code: str
    effect: str
    kind: str
    position: int
    part: Part | None
    fact: str | None
    value: Scalar
    limit: Any
    unit: str | None
    shown_value: Any
    shown_limit: Any
    since: int
    events: list[Record]
    disclosure: str

    @property
    def key(self) -> tuple[Any, ...]:
        """What E5 compares, as sent: a reason of limited disclosure shows its code only."""
        if self.disclosure == "limited":
            return (None, self.code, None)
        return (self.rule, self.code, repr(self.shown_limit))


def amount_text(value: Decimal, frame: Frame) -> str:
    return f"{value:.{CURRENCY_DECIMALS.get(frame.currency, 2)}f}"


def ratio_text(value: Fraction, limit: Fraction) -> str:
    """4 decimals, rounded away from the limit (M10)."""
    scaled = value * 10_000
    whole = math.ceil(scaled) if value > limit else math.floor(scaled)
    return f"{Decimal(whole).scaleb(-4):.4f}"


def show(value: Any, kind: str, frame: Frame, away_from: Any) -> Any:
    """A value as the status event writes it (0002, 29)."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, list):
        return value
    if kind == "date":
        return format_day(value)
    if kind == "amount":
        return amount_text(value, frame)
    if kind == "ratio":
        return ratio_text(value, away_from)
    return int(value) if value == int(value) else str(value)


def disclosure_of(code: str, known: Known) -> str:
    if code != "SEC-01":
        return CODES[code].disclosure
    return "full" if all(r.data.get("disclosure") == "full" for r in open_flags(known)) else "limited"


def shown_part(entry: Entry, memory: Memory, outlook: Outlook, at: int) -> Part:
    """The first part in document order that fails, when unknown the first unknown one."""
    if memory.kind == "observe":
        return entry.parts[0]
    wanted = False if memory.kind == "limit" else None
    held = parts_hold(entry, outlook, memory.failed, at, None)
    return next(part for part, holds in zip(entry.parts, held, strict=True) if holds is wanted)


def reason_of(entry: Entry, memory: Memory, outlook: Outlook, at: int) -> Reason:
    frame, known = outlook.policy.frame, outlook.usable(at)
    say = says(entry, memory)
    assert say is not None
    assert memory.since is not None
    part = shown_part(entry, memory, outlook, at)
    found = part.fact.value(known, part.query, frame, at)
    tests = part.tests_for(outlook.segment(at))
    value: Scalar = None
    limit: Any
    unit: str | None = "days"
    if memory.kind == "observe":
        assert entry.observe
        limit, events = entry.observe.days, []
        shown_limit = limit
    else:
        test = tests.plain[0] if found.value is None else tests.first_broken(found.value)
        assert test is not None
        value, limit, events = found.value, test.operand, found.events
        unit = frame.currency if part.fact.unit == "amount" else part.fact.unit
        shown_limit = show(limit, part.fact.kind, frame, limit)
    return Reason(
        rule=entry.id,
        code=say.code,
        effect=say.effect,
        kind=memory.kind or "",
        position=entry.position,
        part=part,
        fact=part.query.fact,
        value=value,
        limit=limit,
        unit=unit,
        shown_value=show(value, part.fact.kind, frame, limit),
        shown_limit=shown_limit,
        since=memory.since,
        events=events,
        disclosure=disclosure_of(say.code, known),
    )


def group(code: str) -> int:
    """Legal, own choice, security, current overdue, identity, then the rest (E3)."""
    category = CODES[code].category
    if category in ("legal", "choice", "security"):
        return ("legal", "choice", "security").index(category)
    return 3 if code == "REP-01" else 4 if category == "identity" else 5


def distance(reason: Reason) -> Fraction:
    """abs(value - limit) / max(abs(limit), 1), exact; 0 where the fact isn't a number."""
    if (
        isinstance(reason.value, bool | str)
        or reason.value is None
        or not isinstance(reason.limit, int | Decimal | Fraction)
    ):
        return Fraction(0)
    if reason.part is not None and reason.part.fact.kind == "date":
        return Fraction(0)
    value, limit = Fraction(reason.value), Fraction(reason.limit)
    return abs(value - limit) / max(abs(limit), Fraction(1))


def strongest(reasons: list[Reason]) -> str:
    return max((r.effect for r in reasons), key=lambda effect: STRENGTH[effect], default="OPEN")


def rank(reason: Reason, reasons: list[Reason]) -> tuple[int, int, int]:
    """Everything of the order but the distance and the document's order."""
    alone = strongest([r for r in reasons if r is not reason]) != strongest(reasons)
    return (group(reason.code), -STRENGTH[reason.effect], 0 if alone else 1)


def in_order(reasons: list[Reason]) -> list[Reason]:
    """The reasons as E3 orders them."""
    return sorted(reasons, key=lambda r: (*rank(r, reasons), -distance(r), r.position))


@dataclass
class Picture:
    """Status, side, terms and reasons of a product."""

    status: str
    reasons: list[Reason]
    terms: dict[str, Any]
    adverse: bool

    @property
    def side(self) -> str | None:
        return SIDES[CODES[self.reasons[0].code].cls] if self.reasons else None

    @property
    def keys(self) -> list[tuple[Any, ...]]:
        return [reason.key for reason in self.reasons]


def speaking(product: Product, memories: dict[str, Memory], at: int) -> list[tuple[Entry, Memory]]:
    """Failing rules that aren't silent (0002, 22)."""
    loud = []
    for name, entries in product.rules.items():
        entry, memory = in_force(entries, at), memories.get(name, Memory())
        if entry is None or memory.kind is None:
            continue
        above = [memories.get(other, Memory()).kind for other in entry.superseded_by]
        if not any(kind in ("limit", "unknown") for kind in above):
            loud.append((entry, memory))
    return sorted(loud, key=lambda pair: pair[0].position)


WITHDRAWN, ROLLOUT, CLOSED = "withdrawn", "rollout", "account-closed"
FIXED_CODES = {WITHDRAWN: "POL-04", ROLLOUT: "POL-02", CLOSED: "ACC-04"}


def fixed_reason(rule: str, code: str, since: int, events: list[Record], known: Known) -> Reason:
    """The one reason of a closed account, of a withdrawn product, or where a rollout hasn't come to (0002, 24)."""
    closed = rule == CLOSED
    return Reason(
        rule=rule,
        code=code,
        effect="NOT_OPEN",
        kind="fixed",
        position=0,
        part=None,
        fact="account.closed" if closed else None,
        value=True if closed else None,
        limit=False if closed else None,
        unit=None,
        shown_value=True if closed else None,
        shown_limit=False if closed else None,
        since=since,
        events=events,
        disclosure=disclosure_of(code, known),
    )


def is_adverse(status: str, reasons: list[Reason], known: Known) -> bool:
    closing = known.newest("account.closed")
    by_lender = closing is not None and closing.data.get("by") == "lender"

    def counts(code: str) -> bool:
        mark = CODES[code].adverse
        return mark == "y" or (mark == "d" and (by_lender if code == "ACC-04" else code not in ("REP-01", "POL-01")))

    return status != "OPEN" and any(counts(reason.code) for reason in reasons)


def terms_of(product: Product, status: str, frame: Frame) -> dict[str, Any]:
    given = product.terms.get(status, {})
    terms: dict[str, Any] = {"new_draws": given.get("new_draws", status == "OPEN")}
    if given.get("max_amount") is not None:
        terms["max_amount"] = given["max_amount"]
        terms["currency"] = given.get("currency") or frame.currency
    return terms


def picture(
    product: Product,
    memories: dict[str, Memory],
    outlook: Outlook,
    at: int,
    fixed: tuple[str, int] | None,
    human: tuple[Verdict, int] | None = None,
) -> Picture:
    """As its rules stand; ``fixed``: why they aren't asked, ``human``: what a person decided; each with its since."""
    known, frame = outlook.known, outlook.policy.frame
    if fixed is not None:
        rule, since = fixed
        events = closed_value(known, Query("account.closed"), frame, at).events if rule == CLOSED else []
        reasons = [fixed_reason(rule, FIXED_CODES[rule], since, events, known)]
    else:
        reasons = in_order([reason_of(entry, memory, outlook, at) for entry, memory in speaking(product, memories, at)])
        if human is not None:
            verdict, since = human
            reason = fixed_reason(verdict.rule, CODE, since, list(verdict.events), known)
            reasons = [] if verdict.status == "OPEN" else [replace(reason, effect=verdict.status, kind="human")]
    status = strongest(reasons)
    return Picture(status, reasons, terms_of(product, status, frame), is_adverse(status, reasons, known))
