"""Few changes a day: from when on a status may be sent under a policy that keeps quiet (decision 0095)."""

from collections.abc import Sequence

from streams.reference.calendar import DAY
from streams.reference.catalogue import STRENGTH

Quiet = tuple[int, int]
"""Status events within any 24 hours, and how long (ms) a status stands before a better one follows."""


def sayable_at(quiet: Quiet | None, former: str | None, sent_at: Sequence[int], status: str, at: int) -> int:
    """At once where it is worse than the one sent before, else within the quota."""
    if quiet is None or former is None or STRENGTH[status] > STRENGTH[former]:
        return at
    per_day, dwell = quiet
    still_worse = sum(1 for each in STRENGTH.values() if each > STRENGTH[status])
    moment = at
    while sum(1 for t in sent_at if t > moment - DAY) + 1 + still_worse > per_day:
        moment = DAY + min(t for t in sent_at if t > moment - DAY)
    if STRENGTH[status] < STRENGTH[former] and dwell and sent_at:
        moment = max(moment, sent_at[-1] + dwell)
    return moment
