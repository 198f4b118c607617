"""An account whose events are written: the time of each, drawn to edges, and the values that events share."""

import random
from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Any

from streams.reference.calendar import DAY, EPOCH, MINUTE, SECOND, format_day, format_instant
from tests.reference.generate_setting import DAY_WINDOWS, MONTH_WINDOWS, Setting

Data = dict[str, Any]
Event = dict[str, Any]

AMOUNTS = ("amount", "monthly", "monthly_payment", "total_limit", "balance")


def whole(text: str) -> str:
    """An amount without decimals, as JPY has none."""
    return "1" if text == "0.01" else text.partition(".")[0]


class Writer:
    """What every event of an account is made of; `families` are those of which some are chosen."""

    def __init__(self, name: str, frame: Setting, dice: random.Random, families: Sequence[str]) -> None:
        self.name, self.frame, self.dice = name, frame, dice
        self.recorded = frame.begins + dice.randrange(frame.span // 4)
        self.happened = self.recorded
        self.edges: list[int] = []
        self.events: list[Event] = []
        self.families = dice.sample(families, dice.choice([1, 2, 2, 3, 4, 10]))
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

    # Values

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
