"""Seeded random event histories with adversarial timing; the random policies to go with them are in generate_policy.

Times are drawn to the edges: windows' ends to the millisecond, local midnights and cutoffs, month ends, birthdays,
explicit ends; events come late, twice, out of order, amended, several at one instant.
"""

import random
from collections.abc import Callable

from streams.reference.calendar import DAY, MINUTE, format_instant, parse_instant
from tests.reference.generate_account import Data, Event
from tests.reference.generate_facts import Facts
from tests.reference.generate_people import People
from tests.reference.generate_policy import policy
from tests.reference.generate_setting import Setting, setting

__all__ = ["history", "policy", "until"]

FAMILIES: dict[str, list[str]] = {
    "money": ["due", "due", "due", "received", "received", "received", "reversed", "paused", "missed"],
    "dues": ["due", "received"],
    "reports": ["reported", "missed", "received", "due"],
    "inquiries": ["inquiry", "inquiry", "inquiry", "inquiry", "inquiry_withdrawn"],
    "identity": ["verified", "verified", "failed", "identity_revoked"],
    "account": ["opened", "updated", "updated", "restricted", "closed", "opened"],
    "choices": ["limit_set", "consent", "choice", "choice", "flag"],
    "finances": ["score", "score", "income", "obligations", "obligations", "court"],
    "spending": ["spending", "spending", "spending", "income"],
    "reviews": ["dispute", "review", "other_review"],
    "amended": ["amendment", "amendment", "inquiry", "due", "received", "spending", "reported", "missed", "score"],
    "decisions": ["override", "override", "override", "override", "review"],
}


class Account(Facts, People):
    """Writes one account's events in the order of their record timestamps."""

    def __init__(self, name: str, frame: Setting, dice: random.Random) -> None:
        super().__init__(name, frame, dice, list(FAMILIES))

    def write(self) -> None:
        """One more event: usually a new one, now and then one sent again."""
        self.step()
        if self.events and self.dice.random() < 0.04:
            again = dict(self.dice.choice(self.events[-10:]))
            again["recordedtime"] = format_instant(self.recorded)
            self.events.append(again)
            return
        self.happened = self.draw_time()
        family = FAMILIES[self.dice.choice(self.families)]
        writer: Callable[[], tuple[str, Data]] = getattr(self, self.dice.choice(family))
        kind, data = writer()
        if self.dice.random() < 0.03:
            data["remark"] = "a field that no contract names"
        self.note_edges()
        self.events.append(
            {
                "specversion": "1.0",
                "id": self.new_id(),
                "source": "/generated",
                "type": kind,
                "subject": self.name,
                "time": self.text_of(self.happened),
                "recordedtime": format_instant(self.recorded),
                "data": data,
            }
        )


def history(seed: int, accounts: int, events: int) -> list[Event]:
    """About so many events of so many accounts, in no particular order (replay sorts them by record time)."""
    dice = random.Random(f"history {seed}")
    frame = setting(seed)
    found: list[Event] = []
    for number in range(accounts):
        account = Account(f"A{number:03d}", frame, dice)
        for _ in range(max(1, round(events / accounts * dice.uniform(0.4, 1.6)))):
            account.write()
        found += account.events
    return found + broadcasts(dice, found)


def broadcasts(dice: random.Random, events: list[Event]) -> list[Event]:
    """Operations that no status depends on, and at the end of some histories a clock that fires timers ahead."""
    recorded = [parse_instant(event["recordedtime"]) for event in events]
    at = dice.choice(recorded)
    kinds: list[tuple[str, int, Data]] = [
        ("maintenance.planned", at, {"window_id": "W1", "until": format_instant(at + DAY)}),
        ("provider.paused", at, {"provider": "bank-one"}),
        ("clock.advanced", at, {"to": format_instant(at)}),
        ("clock.advanced", max(recorded), {"to": format_instant(max(recorded) + dice.randrange(5 * MINUTE))}),
        ("incident.started", max(recorded) + dice.randrange(40 * DAY), {"incident_id": "I1"}),
    ]
    return [
        {
            "specversion": "1.0",
            "id": f"operation-{place}",
            "source": "/operations",
            "type": kind,
            "subject": "*" if kind == "clock.advanced" else "alpha",
            "time": format_instant(time),
            "recordedtime": format_instant(time),
            "data": data,
        }
        for place, (kind, time, data) in enumerate(kinds)
        if dice.random() < 0.3
    ]


def until(seed: int, events: list[Event]) -> int | None:
    """Where a replay of this history shall end: mostly with its last record, else before or after it."""
    dice = random.Random(f"until {seed}")
    recorded = sorted(parse_instant(event["recordedtime"]) for event in events)
    if dice.random() < 0.6:
        return None
    return dice.choice([dice.choice(recorded), recorded[0] - 1, recorded[-1] + 1, recorded[-1] + 90 * DAY])
