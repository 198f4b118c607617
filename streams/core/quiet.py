"""Few changes a day: what isn't worse than what was said waits while a product has said much (decision 0095).

Of the status events that a product may send within any 24 hours, as many are kept back as statuses could still follow
that are each worse than the one before: those never wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from streams.core import limits
from streams.core.calendar import DAY_MS, NEVER
from streams.core.evaluate import Outcome
from streams.core.outlook import Future, NextChange, Outlook, Walk
from streams.core.policy.program import EFFECTS, Product, Quiet
from streams.core.reasons import Said, say
from streams.core.state import ProductMemory, Sent
from streams.core.told import has_moved, terms_of

_WORST: Final = max(EFFECTS.values())


def free_at(quiet: Quiet, memory: ProductMemory, status: str, t: int) -> int:
    """When a change to a status that is found at an instant may be said: that instant, or a later one."""
    said = memory.status
    if said is None or EFFECTS[status] > EFFECTS[said]:
        return t
    recent = [at for at in memory.said_at if at > t - DAY_MS]
    over = len(recent) + 1 + _WORST - EFFECTS[status] - quiet.per_day
    free = recent[over - 1] + DAY_MS if over > 0 else t
    if quiet.dwell and recent and EFFECTS[status] < EFFECTS[said]:
        free = max(free, recent[-1] + quiet.dwell)
    return max(free, t)


def note(memory: ProductMemory, t: int) -> None:
    """A status event is sent at an instant."""
    memory.said_at = [at for at in memory.said_at if at > t - DAY_MS]
    memory.said_at.append(t)


def unless_quiet(
    quiet: Quiet | None, memory: ProductMemory, status: str, said: Sequence[Said], moved: bool, values: bool, t: int
) -> tuple[bool, bool]:
    """What has moved, and whether values have, as far as it may be said now; the rest is held back.

    `values`: an event has changed one that was sent.
    """
    values = values or (memory.pending and _shows_other_values(said, memory.reasons))
    moved = moved or values
    free = free_at(quiet, memory, status, t) if moved and quiet is not None else t
    if free > t:
        memory.held, memory.pending = free, memory.pending or values
        return False, False
    memory.held, memory.pending = 0, False
    return moved, values


def _shows_other_values(said: Sequence[Said], sent: Sequence[Sent]) -> bool:
    """Whether a reason that was sent, and may be told, has another value now."""
    return any(
        not each.limited and other.rule == each.rule and other.observed != each.observed
        for each in said
        for other in sent
    )


def said_open(quiet: Quiet, found: list[Product], products: Mapping[str, ProductMemory], t: int) -> list[Product]:
    """Those of the products found to be open that are said to be, after this evaluation."""
    said = []
    for product in found:
        memory = products.get(product.id)
        if memory is None or memory.status == "OPEN" or free_at(quiet, memory, "OPEN", t) <= t:
            said.append(product)
    return said


def later(ahead: Outlook, quiet: Quiet, memory: ProductMemory, future: Future, outcome: Outcome) -> Outlook:
    """What time alone brings, as it will be said, of a product of which nothing is held back now: what is better may
    have to wait, and something else may come meanwhile.
    """
    change, said = ahead.next_change, memory.status
    if change is None or said is None or EFFECTS[change.status] > EFFECTS[said]:
        return ahead
    if not quiet.dwell:
        recent = [at for at in memory.said_at if at > future.frame.t - DAY_MS]
        if len(recent) + ahead.steps + _WORST <= quiet.per_day:
            return ahead
    return Outlook(_next_said(memory, future, outcome), ahead.clears_at)


def _next_said(memory: ProductMemory, future: Future, outcome: Outcome) -> NextChange | None:
    """The next status that will be said other than the last one: each instant on the way is judged and said in turn."""
    walk, held, because = Walk(future, outcome), NEVER, ""
    said = ProductMemory(status=memory.status, terms=memory.terms, reasons=memory.reasons, said_at=memory.said_at)
    quiet, status, product = future.frame.program.quiet, outcome.status, outcome.product
    reasons: list[Said] = []
    more = walk.step()
    for _ in range(limits.OUTLOOK_STEPS):
        t = min(held, walk.t) if more else held
        if t >= NEVER:
            break
        if more and t == walk.t:
            if walk.product is None:
                return None if said.status == walk.status else NextChange(t, walk.status, "policy")
            quiet, status, product = walk.frame.program.quiet, walk.status, walk.product
            reasons = say(walk.now, walk.frame)
            because = walk.because() if status != walk.former else because
            more = walk.step()
        held = NEVER
        if not has_moved(said, status, product, reasons):
            continue
        free = t if quiet is None else free_at(quiet, said, status, t)
        if free > t:
            held = free
        elif status != said.status:
            return NextChange(t, status, because)
        else:
            note(said, t)
            said.terms = terms_of(product, status)
            said.reasons = [Sent(*each.told, None) for each in reasons]
    return None
