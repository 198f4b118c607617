"""What every limit will say from an instant on, if nothing more happens: its outcomes and when they change."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from streams.reference import people
from streams.reference.calendar import DAY, NEVER
from streams.reference.facts import Scalar
from streams.reference.history import Known
from streams.reference.outages import Span, as_excused
from streams.reference.policy import Part, Policy

Outcome = tuple[bool, bool] | None
"""Do the plain tests hold, do the reopening ones; None: the fact is unknown."""


@dataclass
class Timeline:
    """Outcomes of one limit, by segment (None: all others), each from its instant on."""

    starts: list[int]
    outcomes: list[dict[str | None, Outcome]]

    def at(self, at: int) -> dict[str | None, Outcome]:
        index = bisect_right(self.starts, at) - 1
        assert index >= 0, "asked for a time before the outlook"
        return self.outcomes[index]

    def changes(self) -> list[int]:
        return self.starts[1:]


def outcomes_of(part: Part, value: Scalar) -> dict[str | None, Outcome]:
    found: dict[str | None, Outcome] = {}
    for segment in (None, *part.by_segment):
        tests = part.tests_for(segment)
        found[segment] = (
            None
            if value is None
            else (all(t.holds(value) for t in tests.plain), all(t.holds(value) for t in tests.reopen))
        )
    return found


class Outlook:
    """All limits of a policy for one account, as its events stand."""

    def __init__(
        self,
        policy: Policy,
        known: Known,
        at: int,
        former: "Outlook | None" = None,
        spans: Sequence[Span] = (),
    ) -> None:
        """``former``: the outlook before the newest event; limits that this event can't touch are taken from it.

        ``spans``: outages as they are told by now, of a policy that excuses them.
        """
        self.policy, self.known, self.at = policy, known, at
        self.timelines: dict[Part, Timeline] = {}
        self.reach = NEVER
        """Up to when it is whole: what comes again and again is only looked at that far, and two rounds beyond."""
        self._usable: dict[int, Known] = {}
        self.spans = list(spans)
        if people.is_amended(known, policy.frame) or spans:
            former = None
        event = known.events[-1].kind
        periodic = []
        for part in policy.parts():
            if part.query.fact == "account.segment":
                continue
            if part.fact.periodic:
                periodic.append(part)
            elif former is None or not part.fact.reads or event in part.fact.reads:
                self.timelines[part] = self._timeline(part)
            else:
                self.timelines[part] = former.timelines[part]
        own = known.newest_with("segment", "account.opened", "account.updated")
        self.own_segment: str | None = own.data["segment"] if own else None
        if periodic:
            self._add_periodic(periodic)

    def _add_periodic(self, parts: list[Part]) -> None:
        """Review days come again for ever: look two rounds beyond all else."""
        frame = self.policy.frame
        decided = [end for end in people.ends(self.known, frame) | people.begins(self.known, frame) if end < NEVER]
        last = max([self.at, self.policy.frame.ends, *decided, *(t.starts[-1] for t in self.timelines.values())])
        for product in self.policy.products:
            for entry in (e for entries in product.rules.values() for e in entries):
                last = max([last, *(t for t in (entry.starts, entry.ends) if t is not None and t < NEVER)])
        observed = max(
            (e.observe.days for p in self.policy.products for es in p.rules.values() for e in es if e.observe),
            default=0,
        )
        months = self.policy.frame.review_months or 0
        self.reach = last
        self.policy.frame.horizon = last + (observed + 62 + 62 * months) * DAY
        for part in parts:
            self.timelines[part] = self._timeline(part)

    def usable(self, at: int) -> Known:
        """What is known, as it may be used at an instant: the same from one beginning of a suppression to the next."""
        if self.spans:
            return as_excused(self._as_said(at), self.spans, self.policy.frame, at)
        return self._as_said(at)

    def _as_said(self, at: int) -> Known:
        if not people.is_amended(self.known, self.policy.frame):
            return self.known
        since = max([t for t in self._begins() if t <= at], default=self.at)
        if since not in self._usable:
            self._usable[since] = people.as_usable(self.known, self.policy.frame, since)
        return self._usable[since]

    def _begins(self) -> list[int]:
        begins = (
            people.begins(self.known, self.policy.frame) if people.is_amended(self.known, self.policy.frame) else set()
        )
        begins |= {instant for begin, end, _ in self.spans for instant in (begin, end)}
        return [self.at, *sorted(t for t in begins if self.at < t < NEVER)]

    def value(self, part: Part, at: int) -> Scalar:
        return part.fact.value(self.usable(at), part.query, self.policy.frame, at).value

    def _timeline(self, part: Part) -> Timeline:
        frame = self.policy.frame
        begins = self._begins()
        moments = set(begins)
        for begin in begins:
            moments |= set(part.fact.moments(self.usable(begin), part.query, frame, self.at, part.steps()))
        starts, outcomes = [self.at], [outcomes_of(part, self.value(part, self.at))]
        for moment in sorted(m for m in moments if self.at < m < NEVER):
            outcome = outcomes_of(part, self.value(part, moment))
            if outcome != outcomes[-1]:
                starts.append(moment)
                outcomes.append(outcome)
        return Timeline(starts, outcomes)

    def segment(self, at: int, frozen: int | None = None) -> str | None:
        """The account's segment at an instant."""
        if self.own_segment is not None:
            return self.own_segment
        for name, parts in self.policy.segments:
            outcomes = [self.outcome(part, None, at, frozen) for part in parts]
            if all(outcome is not None and outcome[0] for outcome in outcomes):
                return name
        return None

    def outcome(self, part: Part, segment: str | None, at: int, frozen: int | None = None) -> Outcome:
        """``frozen``: the instant at which facts stay that a customer is expected to take care of (T16)."""
        variant = segment if segment in part.by_segment else None
        if part.query.fact == "account.segment":
            return outcomes_of(part, self.segment(at, frozen))[variant]
        instant = frozen if frozen is not None and part.fact.expected_paid else at
        return self.timelines[part].at(instant)[variant]

    def segment_changes(self) -> set[int]:
        if self.own_segment is not None:
            return set()
        return {t for _, parts in self.policy.segments for part in parts for t in self.timelines[part].changes()}

    def changes(self) -> set[int]:
        """Every instant at which some limit says something else."""
        return {t for timeline in self.timelines.values() for t in timeline.changes()}
