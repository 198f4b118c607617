"""What time alone brings to one product of an account: when reasons clear, when the status changes next (T16)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from streams.reference import people
from streams.reference.calendar import NEVER, format_instant
from streams.reference.catalogue import STRENGTH
from streams.reference.outlook import Outlook
from streams.reference.people import Verdict
from streams.reference.picture import Reason
from streams.reference.policy import Product
from streams.reference.rules import Memory, Say, Step, trajectory

Ahead = tuple[int, str, dict[str, str], Verdict | None]


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
                (moment, verdict)
                for moment, _, _, verdict in self._ahead(None)
                if verdict is None or verdict.rule != reason.rule or verdict.status == "OPEN"
            )
            return next((moment for moment, _ in held), None)
        steps = self._trajectory(reason.rule, None)
        return next((step.at for step in steps[1:] if step.say is None or step.say.code != reason.code), None)

    def next_change(self, status: str, sayable: Callable[[str, int], int]) -> dict[str, Any] | None:
        """The earliest later instant at which time alone gives another status (T16; 0002, 33).

        ``sayable`` says from when on a status that is reached at an instant may be sent.
        """
        frozen = self.at if status == "OPEN" else None
        steps = self._ahead(frozen)
        _, _, effects, verdict = next(steps)
        for moment, reached, now, decided in steps:
            former, effects, before, verdict = effects, now, verdict, decided
            if reached != status:
                if before is not None and before.until <= moment:
                    because = before.rule
                else:
                    because = self._because(former, effects, moment, frozen)
                told_at = sayable(reached, moment)
                return {"at": format_instant(told_at), "status": reached, "because": because}
        return None

    def _ahead(self, frozen: int | None) -> Iterator[Ahead]:
        """What time alone brings, from now on: instant, status, the rules' effects, and what a person decided."""
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
                yield moment, verdict.status, dict.fromkeys(effects, "OPEN"), verdict
            else:
                yield moment, max(effects.values(), key=lambda e: STRENGTH[e], default="OPEN"), effects, None

    def _effects(self, steps: dict[str, Step], at: int) -> dict[str, str]:
        """The effect of each rule at this instant, OPEN for those that hold or are silent."""
        effects = {}
        for rule, entries in self.product.rules.items():
            say: Say | None = steps[rule].say
            entry = next((e for e in entries if e.in_force(at)), None)
            above = [steps[other].kind for other in entry.superseded_by] if entry else []
            silent = any(kind in ("limit", "unknown") for kind in above)
            effects[rule] = "OPEN" if say is None or silent else say.effect
        return effects

    def _because(self, former: dict[str, str], effects: dict[str, str], at: int, frozen: int | None) -> str:
        """The first rule in document order whose effect changes then; `segment` where that gives it other limits."""
        rule = next(rule for rule in self.product.rules if former[rule] != effects[rule])
        old, new = self.outlook.segment(at - 1, frozen), self.outlook.segment(at, frozen)
        by_segment = {s for entry in self.product.rules[rule] for part in entry.parts for s in part.by_segment}
        return "segment" if old != new and by_segment & {old, new} else rule
