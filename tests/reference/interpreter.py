"""The reference interpreter: events and a policy in, status events out, as ``eligibility replay`` does on files.

Every account is run by itself: its timers fire at exactly their instants, before a record of the same instant (T3, T4).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.reference import people
from tests.reference.calendar import DAY, NEVER, format_instant, parse_instant
from tests.reference.catalogue import BROADCAST, CODES, STRENGTH
from tests.reference.facts import Query
from tests.reference.facts_account import closed_value
from tests.reference.history import Known, Record, read
from tests.reference.outlook import Outlook
from tests.reference.people import Verdict
from tests.reference.picture import EVIDENCE_MOST, SHOWN_MOST, Picture, Reason, picture, speaking
from tests.reference.policy import Policy, Product, read_policy
from tests.reference.rules import Memory, Say, Step, judge_at, says, trajectory

Status = dict[str, Any]
Observed = dict[tuple[str, str], Any]
"""Shown values by product and rule."""
Ahead = tuple[int, str, dict[str, str], Verdict | None]


@dataclass
class Standing:
    """What is remembered of one product of an account: rule memories and what was last sent."""

    memories: dict[str, Memory] = field(default_factory=dict)
    withdrawn_since: int | None = None
    closed_since: int | None = None
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
    """One account under one policy."""

    def __init__(self, policy: Policy, account: str) -> None:
        self.policy = policy
        self.known = Known(account)
        self.as_of = 0
        self.outlook: Outlook | None = None
        self.standings = {product.id: Standing() for product in policy.products}
        self.out: list[Status] = []

    # The account's time line

    def apply(self, record: Record) -> None:
        """Fire what is due by this record, then take it in and evaluate at its instant."""
        self.advance(record.recorded)
        if self.known.is_duplicate(record) or people.refused(self.known, record):
            return
        record.as_of = self.as_of = max(record.recorded, self.as_of)
        evaluated = record.recorded >= self.policy.effective_from
        before = self._observed(self.as_of) if self.outlook and evaluated else None
        self.known.add(record)
        if evaluated:
            self.outlook = Outlook(self.policy, self.known, self.as_of, self.outlook)
            cause = Cause("review" if record.topic == "reviews" else "event", record, record.recorded)
            self._evaluate(self.as_of, cause, before)

    def advance(self, until: int) -> None:
        """Every timer up to and including this instant; the policy's beginning is one."""
        if self.outlook is None:
            start = self.policy.effective_from
            if not self.known.events or until < start:
                return
            self.as_of = max(self.as_of, start)
            self.outlook = Outlook(self.policy, self.known, self.as_of)
            self._evaluate(self.as_of, Cause("policy", None, start), None)
        while (moment := self._next_moment(until)) is not None:
            self.as_of = moment
            self._evaluate(moment, Cause("time", None, moment), None)

    def _next_moment(self, until: int) -> int | None:
        """The next instant at which anything may be different."""
        assert self.outlook is not None
        moments = {until + 1} | self.outlook.changes() | people.ends(self.known, self.policy.frame)
        for product in self.policy.products:
            moments |= {t for es in product.rules.values() for e in es for t in (e.starts, e.ends) if t is not None}
            ends = (memory.observed_until for memory in self.standings[product.id].memories.values())
            moments |= {end for end in ends if end is not None}
            moments |= {self.standings[product.id].held_until}
        moment = min(t for t in moments if t > self.as_of)
        return moment if moment <= until else None

    # Evaluation and emission

    def _evaluate(self, at: int, cause: Cause, before: Observed | None) -> None:
        assert self.outlook is not None
        closed = closed_value(self.known, Query("account.closed"), self.policy.frame, at).value
        pictures = {}
        for product in self.policy.products:
            standing = self.standings[product.id]
            for name, entries in product.rules.items():
                memory = standing.memories.get(name, Memory())
                standing.memories[name] = judge_at(entries, memory, self.outlook, at)
            standing.withdrawn_since = (standing.withdrawn_since or at) if product.withdrawn else None
            standing.closed_since = (standing.closed_since or at) if closed else None
            self._hear(product, at)
            pictures[product.id] = self._picture(product, at)
        is_open = {product.id for product in self.policy.products if self._will_be_open(product, pictures, at)}
        for product in self.policy.products:
            self._emit(product, pictures, is_open, at, cause, before)

    # Keeping quiet (0095)

    def _sayable_at(self, product: Product, status: str, at: int) -> int:
        """From when on this status may be sent: at once where it is worse than the last one, else within the quota."""
        standing = self.standings[product.id]
        if self.policy.quiet is None or standing.sent is None:
            return at
        per_day, dwell = self.policy.quiet
        strength, former = STRENGTH[status], STRENGTH[standing.sent.status]
        if strength > former:
            return at
        still_worse = sum(1 for each in STRENGTH.values() if each > strength)
        moment = at
        while sum(1 for t in standing.sent_at if t > moment - DAY) + 1 + still_worse > per_day:
            moment = DAY + min(t for t in standing.sent_at if t > moment - DAY)
        if strength < former and dwell and standing.sent_at:
            moment = max(moment, standing.sent_at[-1] + dwell)
        return moment

    def _will_be_open(self, product: Product, pictures: dict[str, Picture], at: int) -> bool:
        """Whether the last status sent, after this evaluation, is OPEN."""
        sent = self.standings[product.id].sent
        if pictures[product.id].status != "OPEN":
            return False
        return sent is None or sent.status == "OPEN" or self._sayable_at(product, "OPEN", at) <= at

    def _hear(self, product: Product, at: int) -> None:
        """What a person decided, unless the product is closed anyway or a legal block is stronger."""
        standing = self.standings[product.id]
        verdict = people.verdict_at(self.known, product.id, self.policy.frame, at)
        if verdict is not None:
            spoken = [
                (say.code, say.effect)
                for entry, memory in speaking(product, standing.memories, at)
                if (say := says(entry, memory)) is not None
            ]
            forced = standing.withdrawn_since is not None or standing.closed_since is not None
            verdict = None if forced or people.rests(verdict, spoken) else verdict
        former, standing.human = standing.human, None
        if verdict is not None:
            goes_on = former is not None and former[0].rule == verdict.rule
            standing.human = verdict, former[1] if former is not None and goes_on else at

    def _picture(self, product: Product, at: int) -> Picture:
        standing = self.standings[product.id]
        assert self.outlook is not None
        return picture(
            product,
            standing.memories,
            self.outlook,
            at,
            standing.withdrawn_since,
            standing.closed_since,
            standing.human,
        )

    def _observed(self, at: int) -> Observed:
        """Observed values of the reasons, as the events stand now (0002, 30)."""
        return {
            (product.id, reason.rule): reason.shown_value
            for product in self.policy.products
            for reason in self._picture(product, at).reasons
        }

    def _emit(
        self,
        product: Product,
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
        standing.sent_at.append(at)
        standing.sequence += 1
        previous = standing.sent.status if standing.sent else None
        standing.sent = now
        data = {
            "account_id": self.known.account,
            "product": product.id,
            "provider": product.provider,
            "sequence": standing.sequence,
            "status": now.status,
            "previous": previous,
            "terms": now.terms,
            "side": now.side,
            "reasons": [self._reason(product, reason, at) for reason in now.reasons],
            "reasons_shown": min(SHOWN_MOST, len(now.reasons)),
            "next_change": self._next_change(product, now.status, at),
            "alternatives": [
                {"product": p.id, "provider": p.provider, "adds_inquiry": p.adds_inquiry}
                for p in self.policy.products
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
                "recorded_at": cause.recorded,
                "data": data,
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

    def _reason(self, product: Product, reason: Reason, at: int) -> dict[str, Any]:
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
            clears = self._clears_at(product, reason, at)
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

    # Looking ahead

    def _trajectory(self, product: Product, rule: str, at: int, frozen: int | None) -> list[Step]:
        assert self.outlook is not None
        memory = self.standings[product.id].memories[rule]
        return trajectory(product.rules[rule], memory, self.outlook, at, frozen)

    def _clears_at(self, product: Product, reason: Reason, at: int) -> int | None:
        """When time alone ends this reason, other rules aside (0002, 33)."""
        if reason.kind == "fixed":
            return None
        if reason.kind == "human":
            held = (
                (moment, verdict)
                for moment, _, _, verdict in self._ahead(product, at, None)
                if verdict is None or verdict.rule != reason.rule or verdict.status == "OPEN"
            )
            return next((moment for moment, _ in held), None)
        steps = self._trajectory(product, reason.rule, at, None)
        return next((step.at for step in steps[1:] if step.say is None or step.say.code != reason.code), None)

    def _next_change(self, product: Product, status: str, at: int) -> dict[str, Any] | None:
        """The earliest later instant at which time alone gives another status (T16; 0002, 33)."""
        assert self.outlook is not None
        standing = self.standings[product.id]
        if standing.withdrawn_since is not None or standing.closed_since is not None:
            return None
        frozen = at if status == "OPEN" else None
        steps = self._ahead(product, at, frozen)
        _, _, effects, verdict = next(steps)
        for moment, reached, now, decided in steps:
            former, effects, before, verdict = effects, now, verdict, decided
            if reached != status:
                if before is not None and before.until <= moment:
                    because = before.rule
                else:
                    because = self._because(product, former, effects, moment, frozen)
                told_at = self._sayable_at(product, reached, moment)
                return {"at": format_instant(told_at), "status": reached, "because": because}
        return None

    def _ahead(self, product: Product, at: int, frozen: int | None) -> Iterator[Ahead]:
        """What time alone brings, from now on: instant, status, the rules' effects, and what a person decided."""
        paths = {rule: self._trajectory(product, rule, at, frozen) for rule in product.rules}
        moments = {step.at for path in paths.values() for step in path} | {at}
        moments |= {end for end in people.ends(self.known, self.policy.frame) if at < end < NEVER}
        current: dict[str, Step] = {}
        for moment in sorted(moments):
            current |= {rule: step for rule, path in paths.items() for step in path if step.at == moment}
            effects = self._effects(product, current, moment)
            spoken = [
                (say.code, say.effect)
                for rule, effect in effects.items()
                if effect != "OPEN" and (say := current[rule].say) is not None
            ]
            verdict = people.verdict_at(self.known, product.id, self.policy.frame, moment)
            if verdict is not None and not people.rests(verdict, spoken):
                yield moment, verdict.status, dict.fromkeys(effects, "OPEN"), verdict
            else:
                yield moment, max(effects.values(), key=lambda e: STRENGTH[e], default="OPEN"), effects, None

    def _effects(self, product: Product, steps: dict[str, Step], at: int) -> dict[str, str]:
        """The effect of each rule at this instant, OPEN for those that hold or are silent."""
        effects = {}
        for rule, entries in product.rules.items():
            say: Say | None = steps[rule].say
            entry = next((e for e in entries if e.in_force(at)), None)
            above = [steps[other].kind for other in entry.superseded_by] if entry else []
            silent = any(kind in ("limit", "unknown") for kind in above)
            effects[rule] = "OPEN" if say is None or silent else say.effect
        return effects

    def _because(
        self, product: Product, former: dict[str, str], effects: dict[str, str], at: int, frozen: int | None
    ) -> str:
        """The first rule in document order whose effect changes then; `segment` where that gives it other limits."""
        assert self.outlook is not None
        rule = next(rule for rule in product.rules if former[rule] != effects[rule])
        old, new = self.outlook.segment(at - 1, frozen), self.outlook.segment(at, frozen)
        by_segment = {s for entry in product.rules[rule] for part in entry.parts for s in part.by_segment}
        return "segment" if old != new and by_segment & {old, new} else rule


def interpret(
    events: Iterable[dict[str, Any]], policy: dict[str, Any] | None, until_ms: int | None = None
) -> list[Status]:
    """Status events of a history under a policy, ordered by (instant, account id, product order).

    ``events`` are CloudEvents (``recordedtime`` = record timestamp, default ``time``), ``policy`` the parsed document.
    """
    records, _ = read(events)
    if policy is None or not records:
        return []
    rules = read_policy(policy)
    until = max(record.recorded for record in records) if until_ms is None else until_ms
    clocks = [parse_instant(r.data["to"]) for r in records if r.kind == "clock.advanced" and until_ms is None]
    clock = rules.frame.ends = max([until, *clocks])
    runs: dict[str, AccountRun] = {}
    for record in records:
        if record.recorded > until:
            break
        if record.kind == "" or record.topic in BROADCAST:
            continue
        runs.setdefault(record.account, AccountRun(rules, record.account)).apply(record)
    for run in runs.values():
        run.advance(clock)
    places = {product.id: place for place, product in enumerate(rules.products)}
    out = [status for run in runs.values() for status in run.out]
    return sorted(out, key=lambda s: (s["time"], s["account"].encode(), places[s["product"]]))
