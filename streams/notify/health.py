"""Does a notifier make progress, and is it ready? Its loop says so at each turn; probes ask.

As with a worker, live never means that brokers or channels can be reached: a restart mends neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final

from prometheus_client import CollectorRegistry

# The loop's longest turn is one batch planned or made into messages, well under a second.
LOOP_STILL_S: Final = 30.0


class Health:
    """`turned` belongs to the event loop, the rest to any thread."""

    def __init__(self, registry: CollectorRegistry, now: Callable[[], float] = time.monotonic) -> None:
        self._registry, self._now = registry, now
        self._turned: float | None = None  # before the first turn brokers are asked, with deadlines of their own
        self._unready: str | None = "no partitions have been assigned yet"

    def turned(self, assigned: bool, behind: Collection[int]) -> None:
        """The loop has turned: whether the group has given this process its share, and which partitions of it have not
        caught up with what there was when they were given.
        """
        self._turned = self._now()
        if not assigned:
            self._unready = "partitions are being assigned"
        else:
            self._unready = f"partition {min(behind)} is being read" if behind else None

    def dead(self) -> str | None:
        """Why this process has to be started again, None while its loop turns."""
        still = 0.0 if self._turned is None else self._now() - self._turned
        return f"the event loop has not turned for {still:.0f} s" if still > LOOP_STILL_S else None

    def unready(self) -> str | None:
        """Why customers of its partitions aren't told yet, None when they are."""
        return self._unready

    def figures(self) -> CollectorRegistry:
        """The notifier's figures."""
        return self._registry
