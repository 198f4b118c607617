"""Planted mistakes: each a small wrong edit of the core that the reference interpreter must catch.

`seed` is a random history and policy (tests.reference.generate) on which the mistake showed; the test tries it first,
then others. `python -m tests.mutants.search` finds it again.
"""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One mistake: in `file`, `right` (which stands there exactly once) becomes `wrong`."""

    name: str
    file: str
    right: str
    wrong: str
    seed: int


MUTANTS = (
    Mutant("a window keeps what leaves it", "facts/base.py", "entry.time > after]", "entry.time >= after]", 2),
    Mutant(
        "a month's window ends a month early",
        "facts/base.py",
        "self.zone.plus_months(time, self.count)",
        "self.zone.plus_months(time, self.count - 1)",
        1,
    ),
    Mutant(
        "a date ends at its beginning", "facts/base.py", "zone.start(until.value + 1)", "zone.start(until.value)", 1
    ),
    Mutant("month ends are not clamped", "calendar.py", "min(day, month_length(year, month + 1))", "min(day, 28)", 0),
    Mutant(
        "soft inquiries count as hard",
        "facts/counts.py",
        "[entry for entry in state.inquiries if entry.hard]",
        "state.inquiries",
        13,
    ),
    Mutant(
        "an inquiry leaves one too late",
        "facts/counts.py",
        "surplus = value - edge",
        "surplus = value - edge + (value > edge)",
        1,
    ),
    Mutant(
        "institutions are counted by inquiry",
        "facts/counts.py",
        "len({entry.institution for entry in self.inside(state, moment.t)})",
        "len(self.inside(state, moment.t))",
        2,
    ),
    Mutant(
        "past due a day late",
        "facts/repayments.py",
        "return max(0, moment.cut_day - _earliest(state.open))",
        "return max(0, moment.cut_day - 1 - _earliest(state.open))",
        1,
    ),
    Mutant(
        "the cutoff is forgotten",
        "facts/repayments.py",
        "return start if start >= NEVER else start + self.context.cutoff\n\n    def past_due",
        "return start\n\n    def past_due",
        1,
    ),
    Mutant(
        "paused days count",
        "facts/repayments.py",
        "if days > 0 and state.irregular.pauses:",
        "if False and state.irregular.pauses:",
        1,
    ),
    Mutant(
        "a paid installment was late all the same",
        "facts/repayments.py",
        "if each.settled_at is None or each.settled_at >= instant",
        "if True",
        9,
    ),
    Mutant(
        "a settled installment keeps its worst for ever",
        "facts/repayments.py",
        "if self.window.has(settled_at, moment.t):",
        "if True:",
        3,
    ),
    Mutant(
        "documents expire a day early",
        "facts/dates.py",
        "else verified.expires_on - moment.day",
        "else verified.expires_on - moment.day - 1",
        1,
    ),
    Mutant(
        "a birthday on 29 February comes a day early",
        "facts/dates.py",
        "born.replace(year=year, month=3, day=1)",
        "born.replace(year=year, month=2, day=28)",
        20,
    ),
    Mutant(
        "a revoked identity stays",
        "state.py",
        "revoked is not None and (revoked.time, revoked.id)",
        "revoked is None and (0, verified.id)",
        8,
    ),
    Mutant(
        "satisfied court records count",
        "facts/finances.py",
        "if each.open and last_of(each.until, zone) > at]",
        "if last_of(each.until, zone) > at]",
        23,
    ),
    Mutant(
        "late news win",
        "state.py",
        "return current is None or (time, id) > (current.time, current.id)",
        "return True",
        6,
    ),
    Mutant("an early payment is lost", "folds/repayments.py", "    _take_waiting(state, known)\n", "", 1),
    Mutant(
        "a reversal leaves the money",
        "folds/repayments.py",
        "            installment.paid -= amount\n",
        "            pass\n",
        9,
    ),
    Mutant(
        "an early reversal is forgotten",
        "folds/repayments.py",
        "        if _was_reversed(state, data.payment_id):\n            return\n",
        "",
        9,
    ),
    Mutant(
        "withdrawn inquiries stay",
        "folds/inquiries.py",
        "[each for each in state.inquiries if each.key != key]",
        "list(state.inquiries)",
        1,
    ),
    Mutant("duplicates count", "step.py", "    if seen(state, key):\n        return False\n", "", 1),
    Mutant(
        "hysteresis is forgotten",
        "evaluate.py",
        "if failed and condition.reopen is not None:",
        "if False and condition.reopen is not None:",
        14,
    ),
    Mutant(
        "an observation ends a day early",
        "evaluate.py",
        "until = t + version.observe.ms if version.observe is not None else 0",
        "until = t + version.observe.ms - 86_400_000 if version.observe is not None else 0",
        3,
    ),
    Mutant(
        "superseded rules speak",
        "evaluate.py",
        "speaking = [each for each in failing if names.isdisjoint(each.version.superseded_by)]",
        "speaking = failing",
        1,
    ),
    Mutant(
        "a limit's last day is left out",
        "policy/program.py",
        "if version.begins <= t < version.ends:",
        "if version.begins <= t < version.ends - 86_400_000:",
        3,
    ),
    Mutant(
        "values that time moves are sent",
        "emission.py",
        "    if key not in before or before[key] == said.observed:\n        return False\n",
        "",
        0,
    ),
    Mutant(
        "an unpaid bill is announced",
        "outlook.py",
        'self.unpaid = future.frame if outcome.status == "OPEN" else None',
        "self.unpaid = None",
        12,
    ),
    Mutant(
        "the strongest effect is the last one",
        "policy/program.py",
        '{"OPEN": 0, "LIMITED": 1, "UNDER_REVIEW": 2, "NOT_OPEN": 3}',
        '{"OPEN": 0, "LIMITED": 3, "UNDER_REVIEW": 2, "NOT_OPEN": 1}',
        0,
    ),
    Mutant(
        "alternatives name the product itself",
        "emission.py",
        "return [each for each in opened if each is not product] if opened else opened",
        "return opened",
        0,
    ),
    Mutant("sequences have holes", "emission.py", "memory.sequence += 1", "memory.sequence += 2", 0),
    Mutant("timers come a day late", "evaluate.py", "return self._next\n", "return self._next + 86_400_000\n", 0),
    Mutant(
        "the worst reason comes last",
        "reasons.py",
        "-_distance(failures[each[1]], frame)",
        "_distance(failures[each[1]], frame)",
        0,
    ),
    Mutant(
        "what time flips stays as kept",
        "evaluate.py",
        "if crossing and crossing <= t:",
        "if crossing and crossing < t:",
        0,
    ),
    Mutant(
        "an event changes only its own fact's first limit",
        "evaluate.py",
        "            fact.look(state, moment, atoms, results, crossings)",
        "            fact.look(state, moment, atoms[: 1 if any(results) else None], results, crossings)",
        0,
    ),
    Mutant("a credit flows on", "folds/repayments.py", "_give(payment, installment, payment.waiting)", "pass", 1),
    Mutant(
        "a legal block is overridden",
        "interventions.py",
        "each.code in _LEGAL and",
        "not each.code and",
        1,
    ),
    Mutant("an override lapses a moment late", "interventions.py", "and until > t and", "and until >= t and", 0),
    Mutant("a revoked override holds", "interventions.py", "revoked.time >= proposed.time", "revoked.time < 0", 2),
    Mutant(
        "a person's end is no timer",
        "interventions.py",
        "return min([each for each in ends if each > t], default=NEVER)",
        "return NEVER",
        0,
    ),
    Mutant(
        "a suppression begins a moment late", "amendments.py", "_begin(each, zone) <= t", "_begin(each, zone) < t", 19
    ),
    Mutant(
        "a suppression's begin is no timer",
        "amendments.py",
        "return min(super().crossing(), _next_begin",
        "return max(super().crossing(), 0 * _next_begin",
        19,
    ),
)
