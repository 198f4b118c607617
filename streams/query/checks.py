"""Every rule of a product at an instant: does it pass, is it near its limit, or does it fail; value and limit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from streams.core.evaluate import Frame, Outcome
from streams.core.facts.base import Atom
from streams.core.path.scene import Scene
from streams.core.policy.program import OBSERVE, UNKNOWN, Condition
from streams.core.policy.shown import shown
from streams.core.reasons import is_limited


def checks(scene: Scene, disclosed: bool = False) -> list[dict[str, Any]]:
    """Each rule in force, in the document's order: rule, code, result (pass, near, fail), fact, value, limit, unit.

    A rule of limited disclosure shows its code and result only, unless all is to be `disclosed`, as to an auditor.
    """
    judged = scene.judge(scene.state, scene.at)
    return [] if judged is None else _checks(*judged, disclosed)


def _checks(frame: Frame, outcome: Outcome, disclosed: bool) -> list[dict[str, Any]]:
    failing = {each.rule.id: each for each in outcome.failing}
    found = []
    for rule in outcome.product.rules:
        version = rule.at(frame.t)
        if version is None:
            continue
        failure = failing.get(rule.id)
        segment = outcome.segment
        condition = version.plain if segment is None else version.by_segment.get(segment, version.plain)
        atom = _told(condition, frame) if failure is None else failure.atom
        code = version.codes[1] if failure is None else failure.code
        result = "fail" if failure is not None else "near" if _is_near(atom, frame) else "pass"
        entry: dict[str, Any] = {"rule": rule.id, "code": code, "result": result}
        if not disclosed and is_limited(code, frame):
            entry["rule"] = None
        elif failure is not None and failure.kind == OBSERVE:
            assert version.observe is not None, "an observation comes from its rule"
            entry |= {"fact": atom.fact.name, "value": None, "limit": version.observe.days, "unit": "days"}
        else:
            entry |= _measured(atom, frame, failure is not None and failure.kind == UNKNOWN)
        found.append(entry)
    return found


def _told(condition: Condition, frame: Frame) -> Atom:
    """Of several limits that hold together the one that says most: the one that decides, or is nearest."""
    decisive = [atom for atom in condition.atoms if frame.results[atom.index] is True] or list(condition.atoms)
    distances = [_distance(atom, frame) for atom in decisive]
    numbers = [(each, place) for place, each in enumerate(distances) if each is not None]
    return decisive[min(numbers)[1] if numbers else 0]


def _distance(atom: Atom, frame: Frame) -> Fraction | None:
    """How far the value is from the limit, as a share of it; None where there are no numbers."""
    value = frame.value(atom)
    if not atom.limit.numeric or isinstance(value, bool) or not isinstance(value, int | Fraction):
        return None
    operands = [Fraction(each) for _, each in atom.limit.operators if isinstance(each, int | Fraction)]
    return min(abs(Fraction(value) - each) / max(abs(each), Fraction(1)) for each in operands)


def _is_near(atom: Atom, frame: Frame) -> bool:
    """Within the policy's share of the limit; a value of 0 has nothing yet of what is limited above."""
    distance = _distance(atom, frame)
    upper = all(name in ("at_most", "below") for name, _ in atom.limit.operators)
    return distance is not None and distance <= frame.program.near and not (upper and frame.value(atom) == 0)


def _measured(atom: Atom, frame: Frame, unknown: bool) -> dict[str, Any]:
    value = None if unknown else frame.value(atom)
    operand, currency = atom.limit.failing(value), frame.program.context.currency
    return {
        "fact": atom.fact.name,
        "value": None if value is None else shown(atom.fact, value, operand, currency),
        "limit": shown(atom.fact, operand, operand, currency),
        "unit": currency if atom.fact.unit == "amount" else atom.fact.unit,
    }
