"""What people decided otherwise: overrides and reviews, who may take which step, and how they outrank the rules.

Order of precedence: a legal block, a forced close, an override, a review's decision, the rules (decision 0086).
"""

from __future__ import annotations

from collections.abc import Callable

from schemas.errors import Code, ContractError, describe
from schemas.event import Event
from schemas.reasons import REASONS
from schemas.signing import Signer, same_hand
from schemas.when import When
from streams.core.amendments import is_amended
from streams.core.calendar import NEVER, Zone
from streams.core.evaluate import DECISION, OVERRIDE, Frame, Memories, Outcome, Verdict, evaluate
from streams.core.facts.base import last_of
from streams.core.groups import Case, Dated
from streams.core.policy.program import EFFECTS, LIMIT, Product
from streams.core.state import AccountState, RuleMemory

_LEGAL = frozenset(code for code, reason in REASONS.items() if reason.category == "legal")


def check_hands(state: AccountState, event: Event) -> None:
    """Refuse an override that the same person proposes and approves, in whichever order the two steps come.

    Raises ContractError, nothing changed.
    """
    other = {"override.approved": "proposed", "override.proposed": "approved"}.get(event.type)
    case = state.people.overrides.get(event.data.override_id) if other is not None else None
    step = case.steps.get(other) if case is not None and other is not None else None
    if step is None or (other == "approved" and step.time < event.time):
        return
    if _same_hand(step, event.data.by, event.signer):
        field, came = ("data.by", event.data.by) if event.signer is None else ("signingkey", event.signer.key)
        raise ContractError(
            Code.INVALID_EVENT, field, f"{describe(came)}, who took the other step", "another person than the proposer"
        )


def _same_hand(step: Dated, by: str, signer: Signer | None) -> bool:
    former = step.value.get("signer")
    return same_hand(step.value["by"], None if former is None else Signer(*former), by, signer)


def judge(
    product: Product, frame: Frame, memories: Memories, unpaid: Frame | None = None, rollout: bool = False
) -> Outcome:
    """As `evaluate`, for an account that people may have decided on: what they decided outranks the rules."""
    outcome = evaluate(product, frame, memories, unpaid, rollout)
    if outcome.forced is not None:
        return outcome
    if outcome.pattern is not None and is_amended(frame.program, frame.own):
        outcome.pattern = None
    verdict = verdict_of(frame.state, product.id, frame.t, frame.program.context.zone)
    if verdict is None:
        return outcome
    if any(each.code in _LEGAL and EFFECTS[each.effect] > EFFECTS[verdict.status] for each in outcome.failures):
        outcome.pattern = None
        return outcome
    before = memories.get(verdict.rule)
    since = frame.t if before is None else before.since
    kept = {**outcome.memories, verdict.rule: RuleMemory(LIMIT, since, False, 0)}
    return Outcome(
        product, verdict.status, [], kept, (verdict.rule, since), outcome.failing, outcome.segment, None, verdict
    )


def verdict_of(state: AccountState, product: str, t: int, zone: Zone) -> Verdict | None:
    """What a person decided of a product that holds at an instant: an override before a review, the newest first."""
    for rule, cases, read in _given(state):
        found: tuple[tuple[int, str], Verdict] | None = None
        for case in cases.values():
            given = read(case)
            if given is None:
                continue
            last, content, evidence = given
            until, stamp = _end(content, zone), (last.time, last.id)
            if content.value["product"] == product and until > t and (found is None or stamp > found[0]):
                found = stamp, Verdict(rule, content.value["status"], until, content.value["reason"], evidence)
        if found is not None:
            return found[1]
    return None


def next_end(state: AccountState, t: int, zone: Zone) -> int:
    """The earliest later instant at which something that a person decided ends, or NEVER."""
    given = [read(case) for _, cases, read in _given(state) for case in cases.values()]
    ends = [_end(each[1], zone) for each in given if each is not None]
    return min([each for each in ends if each > t], default=NEVER)


_Given = tuple[Dated, Dated, list[str]]
"""The step that put it into force, the one that says what holds, and the ids of the events behind it."""
_Read = Callable[[Case], _Given | None]


def _override(case: Case) -> _Given | None:
    """Proposed, approved by another hand since, and not revoked since."""
    proposed, approved, revoked = (case.steps.get(name) for name in ("proposed", "approved", "revoked"))
    if proposed is None or approved is None or approved.time < proposed.time:
        return None
    if revoked is not None and revoked.time >= proposed.time:
        return None
    evidence = sorted([(proposed.time, proposed.id), (approved.time, approved.id)])
    return approved, proposed, [id for _, id in evidence]


def _decision(case: Case) -> _Given | None:
    decided = case.steps.get("decided")
    return None if decided is None else (decided, decided, [decided.id])


def _end(content: Dated, zone: Zone) -> int:
    """The first instant after what a person decided; from a blob its end comes back as a plain list."""
    until = content.value.get("until")
    return last_of(None if until is None else When(*until), zone)


def _given(state: AccountState) -> tuple[tuple[str, dict[str, Case], _Read], ...]:
    """By precedence: under which name it speaks, the cases, and how one is read."""
    return (OVERRIDE, state.people.overrides, _override), (DECISION, state.people.reviews, _decision)
