"""What is sent after an evaluation: status events on change, the present picture when it moved (semantics E5-E7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from mypy_extensions import mypyc_attr

from streams.core.evaluate import Frame, Outcome, evaluate, judged
from streams.core.outlook import Future, NextChange, Outlook, outlook
from streams.core.policy.program import Product, Program
from streams.core.quiet import later, note, said_open, unless_quiet
from streams.core.reasons import Detail, Said, adverse, detail, in_order, observed, say, side
from streams.core.state import AccountState, ProductMemory, Sent, Told
from streams.core.told import has_moved, reasons_sent, terms_of


@mypyc_attr(acyclic=True)
class Cause:
    """What led to an evaluation. `position` is (topic, partition, offset) of the record, None for timers and sweeps."""

    __slots__ = ("event_id", "kind", "position", "recorded_at")

    def __init__(
        self, kind: str, event_id: str | None, recorded_at: int, position: tuple[str, int, int] | None
    ) -> None:
        self.kind = kind
        self.event_id = event_id
        self.recorded_at = recorded_at
        self.position = position


@mypyc_attr(acyclic=True)
class Emission:
    """One product's picture of an account to be written: as status event and present picture, or only the latter."""

    __slots__ = (
        "account",
        "adverse",
        "alternatives",
        "at",
        "is_change",
        "next_change",
        "position",
        "product",
        "program",
        "reasons",
        "sequence",
        "side",
        "status",
        "terms",
        "told",
    )

    def __init__(
        self,
        account: str,
        product: Product,
        program: Program,
        is_change: bool,
        at: int,
        sequence: int,
        told: Told,
        position: tuple[str, int, int] | None,
        status: str,
        terms: dict[str, Any],
        side: str | None,
        reasons: list[tuple[Said, Detail, int | None]],
        next_change: NextChange | None,
        alternatives: list[Product],
        adverse: bool,
    ) -> None:
        self.account = account
        self.product = product
        self.program = program
        self.is_change = is_change
        self.at = at
        """The instant of the evaluation."""
        self.sequence = sequence
        self.told = told
        self.position = position
        """Of the record that caused a change."""
        self.status = status
        self.terms = terms
        self.side = side
        self.reasons = reasons
        """Each reason with its evidence, and when it clears by itself."""
        self.next_change = next_change
        self.alternatives = alternatives
        self.adverse = adverse


Before = Mapping[tuple[str, str], Any]
"""By (product, rule): the value observed just before the event, where the event may have changed it."""


def emit(
    account: str, frame: Frame, outcomes: Sequence[Outcome], future: Future | None, cause: Cause, before: Before
) -> list[Emission]:
    """Compare every product with what was last sent, remember what is sent now, and return it in document order.

    Without a future only what is remembered: nothing is returned.
    """
    products, quiet, t = frame.state.products, frame.program.quiet, frame.t
    opened = [outcome.product for outcome in outcomes if outcome.status == "OPEN"]
    if quiet is not None and opened:
        opened = said_open(quiet, opened, products, t)
    emissions = []
    for outcome in outcomes:
        product, status = outcome.product, outcome.status
        memory = products.get(product.id)
        if memory is None:
            memory = products[product.id] = ProductMemory()
        moved, values, said = _found(outcome, memory, cause, before, frame)
        if memory.held or (not moved and status == "OPEN"):
            continue
        if moved:
            said = in_order(said, outcome, frame)
            _remember(memory, t, cause, status, product, said, values)
            if quiet is not None:
                note(memory, t)
        if future is None:
            continue
        ahead, others = outlook(future, outcome), _others(opened, product)
        if quiet is not None:
            ahead = later(ahead, quiet, memory, future, outcome)
        refresh = _refresh(ahead, others) if status != "OPEN" else b""
        if not moved and refresh == memory.refresh:
            continue
        if not moved:
            said = _as_sent(said or say(outcome, frame), memory)
        memory.refresh = refresh
        emissions.append(_emission(account, outcome, frame, memory, moved, cause, said, ahead, others))
    return emissions


def _found(
    outcome: Outcome, memory: ProductMemory, cause: Cause, before: Before, frame: Frame
) -> tuple[bool, bool, list[Said]]:
    """Whether there is something to say, whether an observed value is, and the reasons, where they were looked at."""
    if _stands(outcome, memory, cause, before, frame):
        return False, False, []
    product, status, quiet = outcome.product, outcome.status, frame.program.quiet
    memory.rules = outcome.memories
    said = say(outcome, frame) if status != "OPEN" else []
    values = bool(before) and any(_value_moved(each, memory.reasons, product.id, before) for each in said)
    moved = values or has_moved(memory, status, product, said)
    if quiet is not None or memory.held:
        moved, values = unless_quiet(quiet, memory, status, said, moved, values, frame.t)
    return moved, values, said


def _stands(outcome: Outcome, memory: ProductMemory, cause: Cause, before: Before, frame: Frame) -> bool:
    """Whether all rules fail as at the last evaluation, under the same policy, with no value that the event changed."""
    product, memories = outcome.product, outcome.memories
    if memories is not memory.rules and (memories or memory.rules):
        return False
    if not memory.sequence or memory.held or cause.kind == "policy" or outcome.forced is not None or product.limited:
        return False
    return not before or values_stand(product, memory, before, frame)


def values_stand(product: Product, memory: ProductMemory, before: Before, frame: Frame) -> bool:
    """Whether the event changed no value of a product whose rules all fail as before."""
    currency = frame.program.context.currency
    for sent in memory.reasons:
        key = (product.id, sent.rule)
        if key in before and _shown_by(product.alone[sent.rule], memory, frame, currency) != before[key]:
            return False
    return True


def _shown_by(alone: Product, memory: ProductMemory, frame: Frame, currency: str) -> Any:
    """The value that a reason of the rule shows at the frame's instant; None when it doesn't fail or is unknown."""
    atom = alone.rules[0].plain
    if atom is not None:
        return observed(atom, frame.value(atom), currency) if frame.results[atom.index] is False else None
    said = say(evaluate(alone, frame, memory.rules), frame)
    return said[0].observed if said else None


def _others(opened: list[Product], product: Product) -> list[Product]:
    return [each for each in opened if each is not product] if opened else opened


def _emission(
    account: str,
    outcome: Outcome,
    frame: Frame,
    memory: ProductMemory,
    moved: bool,
    cause: Cause,
    said: Sequence[Said],
    ahead: Outlook,
    others: list[Product],
) -> Emission:
    assert memory.told is not None, "a first evaluation moves the status"
    clears_at = ahead.clears_at
    return Emission(
        account,
        outcome.product,
        frame.program,
        moved,
        frame.t,
        memory.sequence,
        memory.told,
        cause.position if moved else None,
        outcome.status,
        memory.terms,
        memory.side,
        [(each, detail(each, frame), clears_at.get((each.rule, each.code))) for each in said],
        ahead.next_change,
        others,
        adverse(outcome.status, said, frame),
    )


def _value_moved(said: Said, sent: Sequence[Sent], product: str, before: Before) -> bool:
    if said.limited:
        return False
    key = (product, said.rule)
    if key not in before or before[key] == said.observed:
        return False
    return all(each.observed != said.observed for each in sent if each.rule == said.rule)


def _as_sent(said: list[Said], memory: ProductMemory) -> list[Said]:
    """The reasons in the order last sent, which time alone doesn't change (decision 0002, 40)."""
    if len(said) < 2:
        return said
    left = list(said)
    ordered = []
    for told in reasons_sent(memory):
        found = next(each for each in left if each.told == told)
        left.remove(found)
        ordered.append(found)
    return ordered


def _remember(
    memory: ProductMemory, at: int, cause: Cause, status: str, product: Product, said: Sequence[Said], values: bool
) -> None:
    """Note what is sent now, and what of it differs from what was sent before; `values`: an event changed one."""
    whose, terms, told = side(said), terms_of(product, status), [each.told for each in said]
    changed = []
    if status != memory.status:
        changed.append("status")
    if whose != memory.side:
        changed.append("side")
    if terms != memory.terms:
        changed.append("terms")
    if values or told != reasons_sent(memory):
        changed.append("reasons")
    memory.told = Told(at, cause.recorded_at, memory.status, changed, cause.kind, cause.event_id)
    memory.sequence += 1
    memory.status = status
    memory.side = whose
    memory.terms = terms
    memory.reasons = [
        Sent(rule, code, limit, None if each.limited else each.observed)
        for each, (rule, code, limit) in zip(said, told, strict=True)
    ]


def _refresh(ahead: Outlook, others: Sequence[Product]) -> bytes:
    """A fingerprint of what E6 compares: clears_at, next_change and alternatives; empty where there is none of them."""
    if not ahead.clears_at and ahead.next_change is None and not others:
        return b""
    clears_at = sorted(ahead.clears_at.items())
    alternatives = [(each.id, each.provider, each.adds_inquiry) for each in others]
    change = ahead.next_change
    next_change = None if change is None else (change.at, change.status, change.because)
    content = msgspec.msgpack.encode((clears_at, next_change, alternatives))
    return blake2b(content, digest_size=8).digest()


def observed_before(
    program: Program, state: AccountState, at: int, event_type: str, frame: Frame | None
) -> dict[tuple[str, str], Any]:
    """The values of reasons last sent that an event of this type may change, as they are just before it; None where the
    rule doesn't fail or its fact is unknown. `frame` is the account's at the instant, None when it must be judged.
    """
    found: dict[tuple[str, str], Any] = {}
    currency = program.context.currency
    for product in program.products:
        memory = state.products.get(product.id)
        if memory is None or not memory.reasons:
            continue
        watching = product.watching(event_type)
        for sent in memory.reasons:
            if sent.rule in watching:
                frame = frame or judged(program, state, at)
                found[product.id, sent.rule] = _shown_by(product.alone[sent.rule], memory, frame, currency)
    return found
