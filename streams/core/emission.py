"""What is sent after an evaluation: status events on change, the present picture when it moved (semantics E5-E7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from streams.core.evaluate import Frame, Outcome, evaluate
from streams.core.outlook import Future, NextChange, Outlook, outlook
from streams.core.policy.program import LIMIT, Product, Program
from streams.core.reasons import Detail, Said, adverse, detail, say, side
from streams.core.state import AccountState, ProductMemory, Sent, Told

NO_TERMS: dict[str, Any] = {"new_draws": False}
OPEN_TERMS: dict[str, Any] = {"new_draws": True}


class Cause(NamedTuple):
    """What led to an evaluation. `position` is (topic, partition, offset) of the record, None for timers and sweeps."""

    kind: str
    event_id: str | None
    recorded_at: int
    position: tuple[str, int, int] | None


class Emission(NamedTuple):
    """One product's picture of an account to be written: as a status event and the present picture, or only the latter."""

    account: str
    product: Product
    program: Program
    is_change: bool
    at: int
    """The instant of the evaluation."""
    sequence: int
    told: Told
    position: tuple[str, int, int] | None
    """Of the record that caused a change."""
    status: str
    terms: dict[str, Any]
    side: str | None
    reasons: list[tuple[Said, Detail, int | None]]
    """Each reason with its evidence, and when it clears by itself."""
    next_change: NextChange | None
    alternatives: list[Product]
    adverse: bool


Before = Mapping[tuple[str, str], Any]
"""By (product, rule): the value observed just before the event, where the event may have changed it."""


def emit(account: str, frame: Frame, outcomes: Sequence[Outcome], future: Future, cause: Cause, before: Before) -> list[Emission]:
    """Compare every product with what was last sent, remember what is sent now, and return it in document order."""
    state = frame.state
    opened = [outcome.product for outcome in outcomes if outcome.status == "OPEN"]
    emissions = []
    for outcome in outcomes:
        product = outcome.product
        memory = state.products.get(product.id)
        if memory is None:
            memory = state.products[product.id] = ProductMemory()
        memory.rules = outcome.memories
        said = say(outcome, frame) if outcome.status != "OPEN" else []
        terms = product.terms.get(outcome.status) or (OPEN_TERMS if outcome.status == "OPEN" else NO_TERMS)
        whose = side(said)
        changed = _changed(memory, outcome.status, whose, terms, said, product.id, before)
        if not changed and outcome.status == "OPEN":
            continue
        ahead = outlook(future, outcome)
        others = [each for each in opened if each is not product]
        refresh = _refresh(said, ahead, others) if outcome.status != "OPEN" else b""
        if not changed and refresh == memory.refresh:
            continue
        if changed:
            told = Told(frame.t, cause.recorded_at, memory.status, changed, cause.kind, cause.event_id)
            _remember(memory, outcome.status, whose, terms, said, told)
        memory.refresh = refresh
        assert memory.told is not None, "a first evaluation is a change"
        emissions.append(
            Emission(
                account,
                product,
                frame.program,
                bool(changed),
                frame.t,
                memory.sequence,
                memory.told,
                cause.position if changed else None,
                outcome.status,
                terms,
                whose,
                [(each, detail(each, frame), ahead.clears_at.get((each.rule, each.code))) for each in said],
                ahead.next_change,
                others,
                adverse(outcome.status, said, frame),
            )
        )
    return emissions


def _changed(
    memory: ProductMemory,
    status: str,
    whose: str | None,
    terms: dict[str, Any],
    said: Sequence[Said],
    product: str,
    before: Before,
) -> list[str]:
    """Which of status, side, terms and reasons differ from what was last sent (E5)."""
    changed = []
    if status != memory.status:
        changed.append("status")
    if whose != memory.side:
        changed.append("side")
    if terms != memory.terms:
        changed.append("terms")
    if _reasons_differ(memory.reasons, said, product, before):
        changed.append("reasons")
    return changed


def _reasons_differ(sent: Sequence[Sent], said: Sequence[Said], product: str, before: Before) -> bool:
    if len(sent) != len(said):
        return True
    for old, new in zip(sent, said, strict=True):
        if old.rule != new.rule or old.code != new.code or old.limit != new.limit:
            return True
        if old.kind == new.kind == LIMIT and new.observed != old.observed:
            key = (product, new.rule)
            if key in before and before[key] != new.observed:
                return True
    return False


def _remember(
    memory: ProductMemory, status: str, whose: str | None, terms: dict[str, Any], said: Sequence[Said], told: Told
) -> None:
    memory.sequence += 1
    memory.told = told
    memory.status = status
    memory.side = whose
    memory.terms = terms
    memory.reasons = [Sent(each.rule, each.code, each.limit, each.observed, each.kind) for each in said]


def _refresh(said: Sequence[Said], ahead: Outlook, others: Sequence[Product]) -> bytes:
    """A fingerprint of what E6 compares: clears_at, next_change and alternatives."""
    clears_at = [ahead.clears_at.get((each.rule, each.code)) for each in said]
    alternatives = [(each.id, each.provider, each.adds_inquiry) for each in others]
    content = msgspec.msgpack.encode((clears_at, ahead.next_change, alternatives))
    return blake2b(content, digest_size=8).digest()


def observed_before(state: AccountState, program: Program, at: int, event_type: str) -> dict[tuple[str, str], Any]:
    """The values of reasons last sent that an event of this type may change, as they are just before it."""
    found: dict[tuple[str, str], Any] = {}
    frame: Frame | None = None
    for product in program.products:
        memory = state.products.get(product.id)
        if memory is None or not memory.reasons:
            continue
        sent = {each.rule for each in memory.reasons if each.kind == LIMIT}
        if any(rule.id in sent and rule.touched_by(event_type) for rule in product.rules):
            frame = frame or Frame(program, state, at)
            for said in say(evaluate(product, frame, memory.rules), frame):
                found[product.id, said.rule] = said.observed
    return found
