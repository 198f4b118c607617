"""What time alone brings to one product of an account: when reasons clear, when the status changes next (T16)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from streams.reference import people
from streams.reference.calendar import NEVER, format_instant
from streams.reference.catalogue import STRENGTH
from streams.reference.outlook import Outlook
from streams.reference.people import CODE, Verdict
from streams.reference.picture import Picture, Reason, reason_of
from streams.reference.policy import Product
from streams.reference.quiet import sayable_at
from streams.reference.rules import Memory, Say, Step, in_force, trajectory


class Ahead(NamedTuple):
    """What holds from an instant on: status, the rules' effects, what a person decided, each rule's newest step."""

    at: int
    status: str
    effects: dict[str, str]
    verdict: Verdict | None
    steps: dict[str, Step]


@dataclass(frozen=True)
class Course:
    """A product of an account at an instant, with what is remembered of its rules."""

    product: Product
    memories: Mapping[str, Memory]
    outlook: Outlook
    at: int

    def _trajectory(self, rule: str, frozen: int | None) -> list[Step]:
        return trajectory(self.product.rules[rule], self.memories[rule], self.outlook, self.at, frozen)

    def clears_at(self, reason: Reason) -> int | None:
        """When time alone ends this reason, other rules aside (0002, 33)."""
        if reason.kind == "fixed":
            return None
        if reason.kind == "human":
            held = (
                each.at
                for each in self._ahead(None)
                if each.verdict is None or each.verdict.rule != reason.rule or each.verdict.status == "OPEN"
            )
            return next(held, None)
        steps = self._trajectory(reason.rule, None)
        return next((step.at for step in steps[1:] if step.say is None or step.say.code != reason.code), None)

    def next_change(self, sent: Picture, sent_at: Sequence[int]) -> dict[str, Any] | None:
        """The next status other than the one just sent that time alone makes be sent (T16; 0002, 33; 0095).

        ``sent_at``: when status events of the product were sent. What may not be said yet when it comes is said later,
        unless something else has come by then.
        """
        frozen = self.at if sent.status == "OPEN" else None
        way = list(self._ahead(frozen))
        said, times, because = Counter(sent.keys), list(sent_at), ""
        for former, here, after in zip(way, way[1:], [*(each.at for each in way[2:]), NEVER], strict=False):
            if here.status != former.status:
                because = self._because(former, here, frozen)
            keys = Counter(self._keys(here))
            if (here.status, keys) == (sent.status, said):
                continue
            told_at = sayable_at(self.outlook.policy.quiet, sent.status, times, here.status, here.at)
            if told_at > here.at and told_at >= after:
                continue
            if here.status != sent.status:
                return {"at": format_instant(told_at), "status": here.status, "because": because}
            said = keys
            times.append(told_at)
        return None

    def _keys(self, here: Ahead) -> list[tuple[Any, ...]]:
        """What E5 compares of the reasons at an instant."""
        if here.verdict is not None:
            return [] if here.verdict.status == "OPEN" else [(here.verdict.rule, CODE, repr(None))]
        if here.status == "OPEN":
            return []
        speaking = [
            (entry, here.steps[rule].memory)
            for rule, entries in self.product.rules.items()
            if here.effects[rule] != "OPEN" and (entry := in_force(entries, here.at)) is not None
        ]
        return [reason_of(entry, memory, self.outlook, here.at).key for entry, memory in speaking]

    def _ahead(self, frozen: int | None) -> Iterator[Ahead]:
        """What time alone brings, from now on."""
        known, frame = self.outlook.known, self.outlook.policy.frame
        paths = {rule: self._trajectory(rule, frozen) for rule in self.product.rules}
        moments = {step.at for path in paths.values() for step in path} | {self.at}
        moments |= {end for end in people.ends(known, frame) if self.at < end < NEVER}
        current: dict[str, Step] = {}
        for moment in sorted(moments):
            current |= {rule: step for rule, path in paths.items() for step in path if step.at == moment}
            effects = self._effects(current, moment)
            spoken = [
                (say.code, say.effect)
                for rule, effect in effects.items()
                if effect != "OPEN" and (say := current[rule].say) is not None
            ]
            verdict = people.verdict_at(known, self.product.id, frame, moment)
            if verdict is not None and not people.rests(verdict, spoken):
                yield Ahead(moment, verdict.status, dict.fromkeys(effects, "OPEN"), verdict, {})
            else:
                status = max(effects.values(), key=lambda e: STRENGTH[e], default="OPEN")
                yield Ahead(moment, status, effects, None, current.copy())

    def _effects(self, steps: dict[str, Step], at: int) -> dict[str, str]:
        """The effect of each rule at this instant, OPEN for those that hold or are silent."""
        effects = {}
        for rule, entries in self.product.rules.items():
            say: Say | None = steps[rule].say
            entry = next((e for e in entries if e.in_force(at)), None)
            above = [steps[other].memory.kind for other in entry.superseded_by] if entry else []
            silent = any(kind in ("limit", "unknown") for kind in above)
            effects[rule] = "OPEN" if say is None or silent else say.effect
        return effects

    def _because(self, former: Ahead, here: Ahead, frozen: int | None) -> str:
        """What a person decided, where that ends; else the first rule in document order whose effect changes then;
        `segment` where that gives it other limits.
        """
        if former.verdict is not None and former.verdict.until <= here.at:
            return former.verdict.rule
        rule = next(rule for rule in self.product.rules if former.effects[rule] != here.effects[rule])
        old, new = self.outlook.segment(here.at - 1, frozen), self.outlook.segment(here.at, frozen)
        by_segment = {s for entry in self.product.rules[rule] for part in entry.parts for s in part.by_segment}
        return "segment" if old != new and by_segment & {old, new} else rule
