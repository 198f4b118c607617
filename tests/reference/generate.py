"""Seeded random event histories with adversarial timing; the random policies to go with them are in generate_policy.

Times are drawn to the edges: windows' ends to the millisecond, local midnights and cutoffs, month ends, birthdays,
explicit ends; events come late, twice, out of order, amended, several at one instant.
"""

import random
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

from streams.reference.calendar import DAY, EPOCH, MINUTE, SECOND, format_day, format_instant, parse_instant
from tests.reference.generate_policy import policy
from tests.reference.generate_setting import (
    DAY_WINDOWS,
    MONTH_WINDOWS,
    PRODUCTS,
    PROVIDERS,
    REGIONS,
    SCOPES,
    SEGMENTS,
    Setting,
    setting,
)

__all__ = ["history", "policy", "until"]

Data = dict[str, Any]
Event = dict[str, Any]

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


AMOUNTS = ("amount", "monthly", "monthly_payment", "total_limit", "balance")


def whole(text: str) -> str:
    """An amount without decimals, as JPY has none."""
    return "1" if text == "0.01" else text.partition(".")[0]


class Account:
    """Writes one account's events in the order of their record timestamps."""

    def __init__(self, name: str, frame: Setting, dice: random.Random) -> None:
        self.name, self.frame, self.dice = name, frame, dice
        self.recorded = frame.begins + dice.randrange(frame.span // 4)
        self.happened = self.recorded
        self.edges: list[int] = []
        self.events: list[Event] = []
        self.families = dice.sample(list(FAMILIES), dice.choice([1, 2, 2, 3, 4, 10]))
        styles: list[list[str | None]] = [
            [None],
            [None],
            [None],
            [frame.currency],
            [None, frame.currency, "USD", "JPY"],
        ]
        self.currencies = dice.choice(styles)
        self.used: set[str] = set()
        self.currency_of: dict[tuple[str, str], str] = {}

    # Time

    def step(self) -> None:
        """Move to the next record timestamp: an edge, a random one, or the same instant again."""
        dice, kind = self.dice, self.dice.random()
        ahead = [edge for edge in self.edges if self.recorded < edge <= self.recorded + self.frame.span // 3]
        if kind < 0.12:
            return
        if kind < 0.6 and ahead:
            self.recorded = max(self.recorded, dice.choice(sorted(ahead)[:6]) + dice.choice([-1, 0, 0, 0, 1]))
        elif kind < 0.75:
            day = self.frame.calendar.day_of(self.recorded) + dice.choice([1, 1, 2, 5])
            start = self.frame.calendar.start_of(day) + dice.choice([0, self.frame.cutoff_ms])
            self.recorded = max(self.recorded, start + dice.choice([-1, 0, 1]))
        else:
            self.recorded += dice.choice(
                [1, SECOND, 3_600 * SECOND, DAY, 3 * DAY, dice.randrange(self.frame.span // 8)]
            )

    def draw_time(self) -> int:
        """An event time: mostly the record's, often earlier, sometimes a little later (T8)."""
        dice, kind = self.dice, self.dice.random()
        if kind < 0.6:
            return self.recorded
        if kind < 0.93:
            late = dice.choice([1, SECOND, DAY, 2 * DAY, dice.randrange(1, 60 * DAY)])
            return max(0, self.recorded - late)
        if kind < 0.99:
            return self.recorded + dice.choice([1, MINUTE, 5 * MINUTE])
        return self.recorded + 5 * MINUTE + 1

    def note_edges(self) -> None:
        """Remember when this event leaves windows."""
        time = min(self.happened, self.recorded)
        for window in self.dice.sample(DAY_WINDOWS + MONTH_WINDOWS, 4):
            size = int(window[:-1])
            calendar = self.frame.calendar
            self.edges.append(time + size * DAY if window[-1] == "d" else calendar.plus_months(time, size))

    def today(self) -> int:
        return self.frame.calendar.day_of(min(self.happened, self.recorded))

    def day(self, offset: int, edge: bool = True) -> str:
        """A local date some days from the event; its beginning becomes an edge."""
        day = self.today() + offset
        if edge:
            start = self.frame.calendar.start_of(day)
            self.edges += [start, self.frame.calendar.start_of(day + 1), start + self.frame.cutoff_ms]
        return format_day(day)

    def until(self, most: int = 60) -> str:
        """A date or an instant ahead, sometimes already past."""
        dice = self.dice
        if dice.random() < 0.5:
            return self.day(dice.randrange(-3, most))
        instant = self.recorded + dice.choice([-DAY, DAY, dice.randrange(1, most * DAY)])
        self.edges.append(instant)
        return self.text_of(instant)

    def text_of(self, instant: int) -> str:
        """RFC 3339 in UTC or with another offset."""
        if self.dice.random() < 0.8:
            return format_instant(instant)
        zone = timezone(timedelta(hours=self.dice.choice([8, -5, 13])))
        return (EPOCH + timedelta(milliseconds=instant)).astimezone(zone).isoformat(timespec="milliseconds")

    # Events

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

    def new_id(self) -> str:
        while (name := f"e{self.dice.randrange(16**5):05x}") in self.used:
            continue
        self.used.add(name)
        return name

    def maybe(self, chance: float = 0.5) -> bool:
        return self.dice.random() < chance

    def amount(self, *texts: str) -> str:
        text = self.dice.choice(texts or ("100.00", "100.00", "50.00", "33.33", "150.00"))
        return whole(text) if self.frame.currency == "JPY" else text

    def with_currency(self, data: Data, kept: str | None = None) -> Data:
        """``kept``: an amended installment stays in its currency ("": none)."""
        currency = self.dice.choice(self.currencies) if kept is None else kept
        if currency:
            data["currency"] = currency
        if currency == "JPY":
            data = {name: whole(text) if name in AMOUNTS else text for name, text in data.items()}
        return data

    def loan(self) -> str:
        return self.dice.choice(["L1", "L1", "L2"])

    def installment(self) -> str | int:
        names: list[str | int] = [1, "1", 2, "2", 10, "a", "b"]
        return self.dice.choice(names)

    def due(self) -> tuple[str, Data]:
        data: Data = {"loan_id": self.loan(), "installment": self.installment(), "amount": self.amount()}
        data["due_on"] = self.day(self.dice.choice([0, 1, 5, -1, -5, -30, self.dice.randrange(-40, 40)]))
        start = self.frame.calendar.start_of(self.today() + self.dice.choice([1, 2, 4, 30]))
        self.edges.append(start + self.frame.cutoff_ms)
        name = (str(data["loan_id"]), str(data["installment"]))
        data = self.with_currency(data, self.currency_of.get(name))
        self.currency_of[name] = data.get("currency", "")
        return "repayment.due", data

    def received(self) -> tuple[str, Data]:
        data: Data = {"amount": self.amount("100.00", "100.00", "50.00", "66.67", "250.00", "0.01")}
        if self.maybe(0.6):
            data["loan_id"] = self.loan()
        if self.maybe(0.4):
            data["installment"] = self.installment()
        if self.maybe(0.6):
            data["payment_id"] = self.payment_id()
        return "repayment.received", self.with_currency(data)

    def payment_id(self) -> str:
        return f"P{self.dice.randrange(8)}"

    def reversed(self) -> tuple[str, Data]:
        return "repayment.reversed", {"payment_id": self.payment_id()}

    def paused(self) -> tuple[str, Data]:
        start = self.dice.randrange(-20, 10)
        end = start + self.dice.choice([0, 1, 3, 14])
        data: Data = {"from": self.day(start), "until": self.day(end)}
        if self.maybe(0.2):
            begin = self.frame.calendar.start_of(self.today() + start) + self.dice.choice([0, 1, 3_600 * SECOND])
            data = {"from": format_instant(begin), "until": format_instant(begin + self.dice.choice([0, 1, 3]) * DAY)}
        if self.maybe():
            data["loan_id"] = self.loan()
        return "repayment.paused" if self.maybe(0.7) else "repayment.resumed", data

    def missed(self) -> tuple[str, Data]:
        return "repayment.missed", {"loan_id": self.loan()} if self.maybe() else {}

    def reported(self) -> tuple[str, Data]:
        data: Data = {}
        if self.maybe(0.7):
            data["months_past_due"] = self.dice.choice([0, 0, 1, 2, 3])
        if not data or self.maybe(0.2):
            data["days_past_due"] = self.dice.choice([0, 1, 30, 31, 61])
        if self.maybe(0.3):
            data["written_off"] = self.maybe()
        return "delinquency.reported", data

    def inquiry(self) -> tuple[str, Data]:
        data: Data = {"kind": "hard" if self.maybe(0.75) else "soft"}
        if self.maybe(0.7):
            data["institution"] = self.dice.choice(["bank-a", "bank-b", "bank-c"])
        if self.maybe(0.5):
            data["inquiry_id"] = f"Q{self.dice.randrange(8)}"
        if self.maybe(0.4):
            data["outcome"] = self.dice.choice(["refused", "granted"])
        return "inquiry.recorded", data

    def inquiry_withdrawn(self) -> tuple[str, Data]:
        return "inquiry.withdrawn", {"inquiry_id": f"Q{self.dice.randrange(8)}"}

    def verified(self) -> tuple[str, Data]:
        data: Data = {"level": self.dice.choice([1, 2, 2, 3])}
        if self.maybe(0.8):
            data["document_expires_on"] = self.day(self.dice.choice([-1, 0, 1, 30, self.dice.randrange(-30, 200)]))
        return "identity.verified", data

    def failed(self) -> tuple[str, Data]:
        return "identity.failed", {"item": self.dice.choice(["name", "face", "number"])}

    def identity_revoked(self) -> tuple[str, Data]:
        return "identity.revoked", {"reason": "a doubt"}

    def account_data(self) -> Data:
        data: Data = {}
        if self.maybe(0.6):
            data["region"] = self.dice.choice(REGIONS)
        if self.maybe(0.5):
            years = self.dice.choice([17, 18, 18, 21, 60])
            turn = self.dice.randrange(-40, 60)
            data["born_on"] = self.birth_date(years, turn)
        if self.maybe(0.2):
            data["segment"] = self.dice.choice(SEGMENTS)
        if self.maybe(0.3):
            data["student"] = self.maybe()
        if self.maybe(0.3):
            data["opened_on"] = self.day(-self.dice.choice([0, 1, 29, 30, 60, 90, 400]), edge=False)
        return data

    def birth_date(self, years: int, turn: int) -> str:
        """Born so that this age is reached some days from now; now and then on 29 February."""
        if self.maybe(0.15):
            return self.dice.choice(["2004-02-29", "2008-02-29", "1964-02-29"])
        year, month, day = self.day(turn).split("-")
        born = f"{int(year) - years:04d}-{month}-{day}"
        return born if (month, day) != ("02", "29") else f"{int(year) - years:04d}-02-28"

    def opened(self) -> tuple[str, Data]:
        return "account.opened", self.account_data()

    def updated(self) -> tuple[str, Data]:
        return "account.updated", self.account_data()

    def restricted(self) -> tuple[str, Data]:
        kind = "account.restricted" if self.maybe(0.6) else "account.unrestricted"
        return kind, {"state": self.dice.choice(["frozen", "watched"])}

    def closed(self) -> tuple[str, Data]:
        return "account.closed", {"by": self.dice.choice(["customer", "lender"])} if self.maybe(0.8) else {}

    def limit_set(self) -> tuple[str, Data]:
        data: Data = {"amount": self.amount("0.00", "1000.00", "5000.00", "20000.00")}
        if self.maybe(0.6):
            data["product"] = self.dice.choice(PRODUCTS)
        return "credit.limit_set", self.with_currency(data)

    def consent(self) -> tuple[str, Data]:
        return "consent.changed", {"scope": self.dice.choice(SCOPES), "granted": self.maybe(0.6)}

    def choice(self) -> tuple[str, Data]:
        data: Data = {"choice": self.dice.choice(["pause", "pause", "close", "reopen"])}
        if self.maybe():
            data["product"] = self.dice.choice(PRODUCTS)
        if data["choice"] == "pause" and self.maybe(0.7):
            data["until"] = self.until()
        return "choice.made", data

    def flag(self) -> tuple[str, Data]:
        data: Data = {"flag": self.dice.choice(["device", "location"])}
        if self.maybe():
            data["disclosure"] = self.dice.choice(["full", "full", "limited"])
        return "security.flagged" if self.maybe(0.6) else "security.cleared", data

    def score(self) -> tuple[str, Data]:
        value = self.dice.choice([594, 595, 599, 600, 604, 605, 610, 700])
        data: Data = {"provider": self.dice.choice(PROVIDERS), "value": value}
        if self.maybe(0.4):
            data["valid_until"] = self.until(40)
        if self.maybe(0.6):
            data["factors"] = self.dice.choice([[], ["short history"], ["short history", "many inquiries"]])
        return "score.updated", data

    def income(self) -> tuple[str, Data]:
        data: Data = {"monthly": self.amount("0.00", "3000.00", "10000.00", "9999.99")}
        if self.maybe():
            data["verified"] = self.maybe()
        return "income.updated", self.with_currency(data)

    def obligations(self) -> tuple[str, Data]:
        names = ("monthly_payment", "lenders", "total_limit", "balance")
        chosen = [name for name in names if self.maybe(0.6)] or ["balance"]
        values: Data = {
            "monthly_payment": self.amount("1650.00", "5500.00", "5500.01", "5499.99", "0.00"),
            "lenders": self.dice.randrange(6),
            "total_limit": self.amount("10000.00", "3333.33", "0.00"),
            "balance": self.amount("7000.00", "9000.01", "-100.00", "5000.00", "0.00"),
        }
        return "obligations.updated", self.with_currency({name: values[name] for name in chosen})

    def court(self) -> tuple[str, Data]:
        data: Data = {"record_id": self.dice.choice(["C1", "C2"])}
        data["state"] = "open" if self.maybe(0.7) else "satisfied"
        if self.maybe(0.5):
            data["usable_until"] = self.until()
        return "court_record.changed", data

    def spending(self) -> tuple[str, Data]:
        return "spending.recorded", self.with_currency({"amount": self.amount("10.00", "100.00", "0.00", "499.99")})

    def dispute(self) -> tuple[str, Data]:
        kind = "dispute.opened" if self.maybe(0.6) else "dispute.closed"
        about = self.dice.choice(self.events[-8:])["id"] if self.events and self.maybe() else "REP-01"
        return kind, {"dispute_id": self.dice.choice(["D1", "D2"]), "about": about}

    def review(self) -> tuple[str, Data]:
        data: Data = {"review_id": self.dice.choice(["R1", "R2"]), "product": self.dice.choice(PRODUCTS)}
        if self.maybe(0.6):
            return "review.requested", data
        return "review.decided", data | self.decision()

    def decision(self) -> Data:
        """What a person decides, mostly with an end."""
        data: Data = {"by": self.clerk(), "status": self.dice.choice(["OPEN", "OPEN", "LIMITED", "NOT_OPEN"])}
        if self.maybe(0.7):
            data["until"] = self.until(20)
        return data | {"reason": "looked at by a person"}

    def clerk(self) -> str:
        return self.dice.choice(["clerk-1", "clerk-2", "clerk-3"])

    def override(self) -> tuple[str, Data]:
        data: Data = {"override_id": self.dice.choice(["O1", "O2"])}
        kind = self.dice.choice(["proposed", "proposed", "approved", "approved", "approved", "revoked"])
        if kind == "proposed":
            return "override.proposed", data | {"product": self.dice.choice(PRODUCTS)} | self.decision()
        return f"override.{kind}", data | {"by": self.clerk()}

    def other_review(self) -> tuple[str, Data]:
        """Reviews without any effect yet: corrections, notes, explanations."""
        product = self.dice.choice(PRODUCTS)
        cases: list[tuple[str, Data]] = [
            ("support.noted", {"note_id": "N1", "by": "clerk-1"}),
            ("explanation.requested", {"request_id": "X1", "product": product}),
        ]
        return self.dice.choice(cases)

    def amendment(self) -> tuple[str, Data]:
        """What people say of another event: that it is not to be used (from some time on), or what is right."""
        about = self.events[-12:]
        if not about:
            return "support.noted", {"note_id": "N1", "by": "clerk-1"}
        seen = self.dice.choice(about)
        if self.maybe():
            data: Data = {"suppresses": seen["id"], "reason": "repaid in time"}
            return "fact.suppressed", data | ({"from": self.until(20)} if self.maybe(0.6) else {})
        return "fact.corrected", {"corrects": seen["id"], "data": self.right_data(seen)}

    def right_data(self, seen: Data) -> Data:
        """Other data of the same type, about the same thing."""
        data = dict(seen["data"])
        for name, texts in {"amount": ["100.00", "50.00"], "kind": ["hard", "soft"], "outcome": ["refused"]}.items():
            if name in data:
                data[name] = self.amount(*texts) if name == "amount" else self.dice.choice(texts)
        if data.get("currency") == "JPY" or (self.frame.currency == "JPY" and "amount" in data):
            data = {name: whole(text) if name in AMOUNTS else text for name, text in data.items()}
        if "due_on" in data:
            data["due_on"] = self.day(self.dice.choice([0, 3, -20, 20]))
        if "months_past_due" in data:
            data["months_past_due"] = self.dice.choice([0, 1, 3])
        if "value" in data:
            data["value"] = self.dice.choice([590, 600, 640])
        return data or {"remark": "nothing else"}


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
