"""How much a caller may ask: a bucket of tokens each, filled at a constant rate."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

CALLERS_MAX: Final = 10_000


class Rates:
    """Buckets by caller, at most CALLERS_MAX: the one that was longest unused is forgotten, thus full again."""

    def __init__(self, per_second: float, burst: float, now: Callable[[], float]) -> None:
        """`now` is a monotonic clock in seconds."""
        self._rate, self._burst, self._now = per_second, burst, now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str, cost: float = 1.0) -> float:
        """0 when the caller may go on, which takes `cost` tokens; else for how many seconds it may not, and takes none.

        A cost above the bucket's size is met by a full bucket.
        """
        now = self._now()
        held, at = self._buckets.pop(caller, (self._burst, now))
        held = min(self._burst, held + (now - at) * self._rate)
        missing = min(cost, self._burst) - held
        self._buckets[caller] = (held if missing > 0 else held - min(cost, self._burst), now)
        if len(self._buckets) > CALLERS_MAX:
            self._buckets.popitem(last=False)
        return max(missing, 0.0) / self._rate
