"""One account by the reference: its timers fire at exactly their instants, before a record of the same one (T3, T4)."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from streams.reference import people
from streams.reference.ahead import Course
from streams.reference.calendar import NEVER, format_instant
from streams.reference.catalogue import CODES
from streams.reference.eras import Eras
from streams.reference.facts import Query
from streams.reference.facts_account import closed_value
from streams.reference.history import Known, Record
from streams.reference.outages import Outages, Span
from streams.reference.outlook import Outlook
from streams.reference.people import Verdict
from streams.reference.picture import (
    CLOSED,
    EVIDENCE_MOST,
    ROLLOUT,
    SHOWN_MOST,
    WITHDRAWN,
    Picture,
    Reason,
    picture,
    speaking,
)
from streams.reference.policy import Policy, Product
from streams.reference.quiet import sayable_at
from streams.reference.rules import Memory, judge_at, says

Status = dict[str, Any]
Observed = dict[tuple[str, str], Any]
"""Shown values by product and rule."""


@dataclass
class Standing:
    """What is remembered of one product of an account: rule memories and what was last sent."""

    memories: dict[str, Memory] = field(default_factory=dict)
    fixed: tuple[str, int] | None = None
    """Why nothing is judged (withdrawn, rollout, account-closed), and since when."""
    human: tuple[Verdict, int] | None = None
    """What a person decided that holds, and since when."""
    sequence: int = 0
    sent: Picture | None = None
    sent_at: list[int] = field(default_factory=list)
    held_until: int = 0
    value_waits: bool = False
    """An event changed a value that was sent, while something was held back."""


@dataclass(frozen=True)
class Cause:
    kind: str
    event: Record | None
    recorded: int


class AccountRun:
    """One account of a lane."""

    def __init__(self, eras: Eras, outages: Outages, account: str) -> None:
        self.known = Known(account)
        self.as_of = 0
        self.outlook: Outlook | None = None
        self.standings: dict[str, Standing] = defaultdict(Standing)
        self.out: list[Status] = []
        self._eras = eras
        self._outages = outages
        self._told = 0
        self._era = 0
        self._policy: Policy | None = None
        self._rollout = False

    # The account's time line

    def apply(self, record: Record) -> None:
        """Fire what is due by this record, then take it in and evaluate at its instant."""
        self.advance(record.recorded)
        if self.known.is_duplicate(record) or people.refused(self.known, record):
            return
        record.as_of = self.as_of = max(record.recorded, self.as_of)
        self._enter(max(self._era, self._eras.at(self.as_of if self.known.events else record.recorded)))
        self._look()
        before = self._observed(self.as_of) if self.outlook is not None else None
        self.known.add(record)
        if self._policy is not None:
            self.outlook = Outlook(self._policy, self.known, self.as_of, self.outlook, self._spans())
            cause = Cause("review" if record.topic == "reviews" else "event", record, record.recorded)
            self._evaluate(self._policy, self.outlook, self.as_of, cause, before)

    def advance(self, until: int) -> None:
        """Every timer up to and including this instant; the begin of a policy is one."""
        while self.known.events:
            self._look_as_far_as(until)
            swept = self._eras.next_sweep(self._era)
            moment = min(swept, self._next_moment())
            if moment > until:
                return
            self.as_of = max(self.as_of, moment)
            self._enter(max(self._era, self._eras.at(moment)))
            self._look()
            if self._policy is not None:
                assert self.outlook is not None
                cause = Cause("policy" if moment == swept else "time", None, moment)
                self._evaluate(self._policy, self.outlook, self.as_of, cause, None)

    def _enter(self, era: int) -> None:
        """Eras have begun: perhaps another policy, or none while all stands still."""
        if era != self._era:
            self._era, self.outlook = era, None
            self._policy, self._rollout = self._eras.policy_for(self.known.account, era)

    def _spans(self) -> list[Span]:
        policy = self._policy
        self._told = self._outages.version
        return self._outages.spans(policy.frame.calendar) if policy is not None and policy.excuses else []

    def _look(self) -> None:
        """See all limits anew where another policy holds, or an outage was told since."""
        policy = self._policy
        if policy is None or not self.known.events:
            self.outlook = None
        elif self.outlook is None or (policy.excuses and self._told != self._outages.version):
            self.outlook = Outlook(policy, self.known, self.as_of, None, self._spans())

    def _look_as_far_as(self, until: int) -> None:
        """See what comes again and again as far as this instant, by the same events and outages."""
        policy, outlook = self._policy, self.outlook
        if policy is not None and outlook is not None and until > outlook.reach:
            policy.frame.ends = max(policy.frame.ends, until)
            self.outlook = Outlook(policy, self.known, self.as_of, None, outlook.spans)

    def _next_moment(self) -> int:
        """The next instant at which time alone may change anything, NEVER where there is none."""
        policy = self._policy
        if policy is None or self.outlook is None:
            return NEVER
        moments = {NEVER} | self.outlook.changes() | people.ends(self.known, policy.frame)
        for product in policy.products:
            moments |= {t for es in product.rules.values() for e in es for t in (e.starts, e.ends) if t is not None}
            ends = (memory.observed_until for memory in self.standings[product.id].memories.values())
            moments |= {end for end in ends if end is not None}
            moments |= {self.standings[product.id].held_until}
        return min(t for t in moments if t > self.as_of)

    # Evaluation and emission

    def _evaluate(self, policy: Policy, outlook: Outlook, at: int, cause: Cause, before: Observed | None) -> None:
        closed = closed_value(self.known, Query("account.closed"), policy.frame, at).value
        pictures = {}
        for product in policy.products:
            standing = self.standings[product.id]
            standing.memories = {
                name: judge_at(entries, standing.memories.get(name, Memory()), outlook, at)
                for name, entries in product.rules.items()
            }
            fixed = WITHDRAWN if product.withdrawn else ROLLOUT if self._rollout else CLOSED if closed else None
            goes_on = standing.fixed is not None and standing.fixed[0] == fixed
            if not goes_on:
                standing.fixed = None if fixed is None else (fixed, at)
            self._hear(product, outlook, at)
            pictures[product.id] = self._picture(product, outlook, at)
        is_open = {product.id for product in policy.products if self._will_be_open(product, pictures, at)}
        for product in policy.products:
            self._emit(product, outlook, pictures, is_open, at, cause, before)

    # Keeping quiet (0095)

    def _sayable_at(self, product: Product, status: str, at: int) -> int:
        """From when on this status may be sent: at once where it is worse than the last one, else within the quota."""
        standing = self.standings[product.id]
        quiet = None if self._policy is None else self._policy.quiet
        former = None if standing.sent is None else standing.sent.status
        return sayable_at(quiet, former, standing.sent_at, status, at)

    def _will_be_open(self, product: Product, pictures: dict[str, Picture], at: int) -> bool:
        """Whether the last status sent, after this evaluation, is OPEN."""
        sent = self.standings[product.id].sent
        if pictures[product.id].status != "OPEN":
            return False
        return sent is None or sent.status == "OPEN" or self._sayable_at(product, "OPEN", at) <= at

    def _hear(self, product: Product, outlook: Outlook, at: int) -> None:
        """What a person decided, unless the product is closed anyway or a legal block is stronger."""
        standing = self.standings[product.id]
        verdict = people.verdict_at(self.known, product.id, outlook.policy.frame, at)
        if verdict is not None:
            spoken = [
                (say.code, say.effect)
                for entry, memory in speaking(product, standing.memories, at)
                if (say := says(entry, memory)) is not None
            ]
            verdict = None if standing.fixed is not None or people.rests(verdict, spoken) else verdict
        former, standing.human = standing.human, None
        if verdict is not None:
            goes_on = former is not None and former[0].rule == verdict.rule
            standing.human = verdict, former[1] if former is not None and goes_on else at

    def _picture(self, product: Product, outlook: Outlook, at: int) -> Picture:
        standing = self.standings[product.id]
        return picture(product, standing.memories, outlook, at, standing.fixed, standing.human)

    def _observed(self, at: int) -> Observed:
        """Observed values of the reasons, as the events stand now (0002, 30)."""
        outlook = self.outlook
        assert outlook is not None
        return {
            (product.id, reason.rule): reason.shown_value
            for product in outlook.policy.products
            for reason in self._picture(product, outlook, at).reasons
        }

    def _emit(
        self,
        product: Product,
        outlook: Outlook,
        pictures: dict[str, Picture],
        is_open: set[str],
        at: int,
        cause: Cause,
        before: Observed | None,
    ) -> None:
        standing, now = self.standings[product.id], pictures[product.id]
        changed = self._changed(product, now, before)
        free = self._sayable_at(product, now.status, at) if changed else at
        if free > at:
            assert standing.sent is not None
            standing.held_until = free
            standing.value_waits |= self._observed_moved(product, now, standing.sent, before)
            return
        standing.held_until, standing.value_waits = 0, False
        if not changed:
            return
        if outlook.policy.quiet is not None:
            standing.sent_at.append(at)
        standing.sequence += 1
        previous = standing.sent.status if standing.sent else None
        standing.sent = now
        course = Course(product, standing.memories, outlook, at)
        next_change = None
        if standing.fixed is None:
            next_change = course.next_change(now, standing.sent_at)
        data = {
            "account_id": self.known.account,
            "product": product.id,
            "provider": product.provider,
            "sequence": standing.sequence,
            "status": now.status,
            "previous": previous,
            "terms": now.terms,
            "side": now.side,
            "reasons": [self._reason(course, reason) for reason in now.reasons],
            "reasons_shown": min(SHOWN_MOST, len(now.reasons)),
            "next_change": next_change,
            "alternatives": [
                {"product": p.id, "provider": p.provider, "adds_inquiry": p.adds_inquiry}
                for p in outlook.policy.products
                if p is not product and p.id in is_open
            ],
            "adverse": now.adverse,
            "cause": {"kind": cause.kind, "event_id": cause.event.id if cause.event else None},
            "changed": changed,
            "recorded_at": format_instant(cause.recorded),
        }
        self.out.append(
            {
                "account": self.known.account,
                "product": product.id,
                "sequence": standing.sequence,
                "time": at,
                "data": data,
                "others_to_come": self._eras.others_to_come(self.known.account, self._era),
            }
        )

    def _changed(self, product: Product, now: Picture, before: Observed | None) -> list[str]:
        """Which of status, side, terms and reasons differ from what was sent (E5; 0002, 30, 31 and 40)."""
        sent = self.standings[product.id].sent
        if sent is None:
            return ["status", *(["side"] if now.side else []), "terms", *(["reasons"] if now.reasons else [])]
        moved = self._observed_moved(product, now, sent, before) or self._value_waits(product, now, sent)
        if (sent.status, sent.terms, Counter(sent.keys)) == (now.status, now.terms, Counter(now.keys)) and not moved:
            return []
        differs = {
            "status": sent.status != now.status,
            "side": sent.side != now.side,
            "terms": sent.terms != now.terms,
            "reasons": sent.keys != now.keys or moved,
        }
        return [name for name, different in differs.items() if different]

    def _observed_moved(self, product: Product, now: Picture, sent: Picture, before: Observed | None) -> bool:
        """Has the event changed a shown value, to another one than was last sent?"""
        told = {reason.rule: reason.shown_value for reason in sent.reasons}
        return before is not None and any(
            reason.disclosure == "full"
            and reason.rule in told
            and before.get((product.id, reason.rule)) != reason.shown_value
            and told.get(reason.rule) != reason.shown_value
            for reason in now.reasons
        )

    def _value_waits(self, product: Product, now: Picture, sent: Picture) -> bool:
        """Has an event changed a value while changes were held back, and is it another one than was sent?"""
        told = {reason.rule: reason.shown_value for reason in sent.reasons}
        return self.standings[product.id].value_waits and any(
            reason.disclosure == "full" and reason.rule in told and told[reason.rule] != reason.shown_value
            for reason in now.reasons
        )

    def _reason(self, course: Course, reason: Reason) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "rule": None,
            "code": reason.code,
            "category": CODES[reason.code].category,
            "fact": None,
            "observed": None,
            "limit": None,
            "unit": None,
            "since": None,
            "clears_at": None,
            "evidence": [],
            "evidence_more": 0,
            "disclosure": reason.disclosure,
        }
        if reason.disclosure == "full":
            clears = course.clears_at(reason)
            ids = [record.id for record in sorted(reason.events, key=lambda r: r.order)]
            shown |= {
                "rule": reason.rule,
                "fact": reason.fact,
                "observed": reason.shown_value,
                "limit": reason.shown_limit,
                "unit": reason.unit,
                "since": format_instant(reason.since),
                "clears_at": None if clears is None else format_instant(clears),
                "evidence": ids[-EVIDENCE_MOST:],
                "evidence_more": max(0, len(ids) - EVIDENCE_MOST),
            }
        return shown
