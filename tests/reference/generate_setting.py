"""What a seed's history and policy share: zone, cutoff, currency, windows, the span of time."""

import random
from dataclasses import dataclass

from streams.reference.calendar import DAY, MINUTE, Calendar, parse_instant

ZONES = ["Asia/Shanghai", "America/New_York", "Europe/London", "UTC", "Pacific/Apia"]
CUTOFFS = ["00:00", "00:00", "06:00", "03:30", "23:00"]
CURRENCIES = ["CNY", "CNY", "CNY", "USD", "KWD", "JPY"]
DAY_WINDOWS = ["1d", "7d", "30d", "90d", "180d"]
MONTH_WINDOWS = ["1m", "2m", "3m", "6m", "12m"]
BEGINNINGS = [
    "2024-01-25T00:00:00Z",  # 29 February
    "2023-01-28T00:00:00Z",  # 28 February
    "2025-02-20T00:00:00Z",  # daylight saving time begins in New York and London
    "2025-10-01T00:00:00Z",  # and ends
    "2011-12-01T00:00:00Z",  # Apia skips 30 December 2011
    "2024-11-27T00:00:00Z",  # month ends, the turn of the year
]
PRODUCTS = ["alpha", "beta", "gamma"]
REGIONS = ["CN-31", "CN-44", "US-NY"]
SEGMENTS = ["regular", "trusted", "staff"]
PROVIDERS = ["zhima", "fico"]
SCOPES = ["credit-data", "marketing"]


@dataclass(frozen=True)
class Setting:
    """One seed's frame; ``span`` is how long accounts live, in ms."""

    zone: str
    cutoff: str
    currency: str
    begins: int
    span: int
    calendar: Calendar

    @property
    def cutoff_ms(self) -> int:
        hours, minutes = (int(x) for x in self.cutoff.split(":"))
        return (hours * 60 + minutes) * MINUTE


def setting(seed: int) -> Setting:
    """The same for the history and the policy of a seed."""
    dice = random.Random(f"setting {seed}")
    zone = dice.choice(ZONES)
    return Setting(
        zone=zone,
        cutoff=dice.choice(CUTOFFS),
        currency=dice.choice(CURRENCIES),
        begins=parse_instant(dice.choice(BEGINNINGS)),
        span=dice.choice([20, 60, 120, 400]) * DAY,
        calendar=Calendar(zone),
    )
