"""A status event is sent if and only if there is something to say (semantics E5), whatever happens to an account.

Whatever was said last is what a judgement of the whole account, made anew, says now; but for what a policy that keeps
quiet holds back, which is never worse. ELIGIBILITY_LONG=1 goes on for longer, with new random input.
"""

import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas.events import parse_event
from schemas.policy import PolicyDocument
from schemas.settings import CoreSettings
from streams.core import interventions
from streams.core.amendments import frame_of
from streams.core.emission import Emission
from streams.core.evaluate import evaluate
from streams.core.path.scene import Supposed
from streams.core.policies import EVERYBODY, Policies, Turn
from streams.core.policy.compile import compile_policy
from streams.core.policy.program import EFFECTS
from streams.core.reasons import say
from streams.core.state import AccountState, ProductMemory
from streams.core.step import Account, apply, fire
from streams.reference.calendar import DAY, format_instant
from tests.support.quiet import BEGIN, DEFAULT, LOUD, NOISE, SOUND

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
PEOPLE: list[tuple[str, dict[str, Any]]] = [
    ("review.requested", {"review_id": "R", "product": "cash"}),
    ("review.decided", {"review_id": "R", "product": "cash", "by": "ann", "status": "OPEN", "reason": "seen"}),
    ("dispute.opened", {"dispute_id": "D", "about": "e3"}),
    ("dispute.closed", {"dispute_id": "D", "about": "e3"}),
    ("fact.suppressed", {"suppresses": "e7", "reason": "asked"}),
]
EVENTS = NOISE + PEOPLE


class Customer(RuleBasedStateMachine):
    """One account under the default policy, loud or quiet, from one event or stretch of time to the next."""

    @initialize(quiet=st.booleans())
    def open_account(self, quiet: bool) -> None:
        document: PolicyDocument = DEFAULT if quiet else LOUD
        self.program = compile_policy(document)
        self.policies = Policies()
        self.policies.programs[self.program.digest] = self.program
        self.policies.add(Turn(document.effective_from, "activate", self.program.digest, EVERYBODY, ""))
        self.account = Account("A", AccountState(), document.effective_from)
        self.at, self.count = BEGIN - 60 * DAY, 0
        self.sent: dict[str, Emission] = {}
        for kind, data in SOUND:
            self._take(kind, data)
        self.at = BEGIN

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        self.count += 1
        event = parse_event(
            {
                "specversion": "1.0",
                "id": f"e{self.count}",
                "source": "/noise",
                "subject": "A",
                "type": kind,
                "time": format_instant(self.at),
                "data": data,
            }
        )
        fire(self.account, self.at, self.policies)
        self._heard()
        topic = "reviews" if (kind, data) in PEOPLE else "noise"
        apply(self.account, event, Supposed(self.at, topic), self.policies, SETTINGS)
        self._heard()

    def _heard(self) -> None:
        """Take what was sent, and check that each change has something to say."""
        for each in self.account.emissions:
            if each.is_change:
                former = self.sent.get(each.product.id)
                if former is not None:
                    self._news(former, each)
                self.sent[each.product.id] = each
        self.account.emissions.clear()

    @staticmethod
    def _news(former: Emission, now: Emission) -> None:
        assert now.sequence == former.sequence + 1
        picture = (now.status, now.side, now.terms, [each.told for each, _, _ in now.reasons])
        before = (former.status, former.side, former.terms, [each.told for each, _, _ in former.reasons])
        values, told = ([each.observed for each, _, _ in emission.reasons] for emission in (now, former))
        assert picture != before or values != told
        if picture == before:
            assert now.told.cause != "time" or now.program.quiet is not None, "time alone moves no value that is told"

    @rule(which=st.integers(0, len(EVENTS) - 1), gap=st.sampled_from([0, 1, 60_000, 3_600_000]))
    def happens(self, which: int, gap: int) -> None:
        self.at += gap
        self._take(*EVENTS[which])

    @rule(ms=st.sampled_from([1, 3_600_000, DAY - 1, DAY, 31 * DAY]))
    def time_passes(self, ms: int) -> None:
        self.at += ms
        fire(self.account, self.at, self.policies)
        self._heard()

    @invariant()
    def what_was_said_is_what_holds(self) -> None:
        if not hasattr(self, "account"):
            return
        state = self.account.state
        frame = frame_of(self.program, state, self.at)
        judge = interventions.judge if state.own_people is not None else evaluate
        for product in self.program.products:
            memory: ProductMemory = state.products[product.id]
            outcome = judge(product, frame, memory.rules)
            said = say(outcome, frame) if outcome.status != "OPEN" else []
            keys = Counter(repr(each.told) for each in said)
            sent = Counter(repr((each.rule, each.code, each.limit)) for each in memory.reasons)
            holds = (outcome.status, keys) == (memory.status, sent)
            if memory.held:
                assert self.program.quiet is not None
                assert self.at < memory.held <= self.at + DAY
                assert EFFECTS[outcome.status] <= EFFECTS[str(memory.status)]
            else:
                assert holds, (product.id, outcome.status, memory.status, keys, sent)


SETTINGS = CoreSettings(grace_ms=0)
TestCustomer = Customer.TestCase
TestCustomer.settings = settings(
    max_examples=2_000 if LONG else 25,
    stateful_step_count=30,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)
