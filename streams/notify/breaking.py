"""When to try again: back-off with jitter for one message, circuit breaking for a channel. Pure, but for the dice."""

from collections.abc import Callable
from typing import Final

BACKOFF_MS: Final = 1_000
BACKOFF_MAX_MS: Final = 15 * 60_000
FAILURES_TO_OPEN: Final = 5
OPEN_MS: Final = 10_000
OPEN_MAX_MS: Final = 10 * 60_000


def backoff_ms(attempts: int, dice: Callable[[], float]) -> int:
    """How long a message waits after so many attempts: doubled each time, and of that a random share (full jitter)."""
    assert attempts > 0, "something was tried"
    longest = min(BACKOFF_MS << min(attempts, 20), BACKOFF_MAX_MS)
    return int(longest * dice()) + 1


class Breaker:
    """Whether a channel is tried at all.

    closed ──5 failures in a row──▶ open ──after 10 s, doubled each time──▶ half open: one is tried
      ▲                               ▲                                         │
      └───────────── it worked ───────┴───────────── it failed ─────────────────┘
    """

    def __init__(self) -> None:
        self._failures = 0
        self._opened = 0
        self._until: int | None = None
        self._trying = False

    def lets(self, now: int) -> bool:
        """Whether one may be tried at an instant (ms); half open this lets one through until it has ended."""
        if self._until is None:
            return True
        if now < self._until or self._trying:
            return False
        self._trying = True
        return True

    @property
    def is_open(self) -> bool:
        """Whether it isn't closed."""
        return self._until is not None

    def worked(self) -> None:
        """The channel answered, whatever it said of the message."""
        self._failures, self._opened, self._until, self._trying = 0, 0, None, False

    def failed(self, now: int) -> None:
        """The channel didn't take one, for no reason of the message's."""
        self._failures += 1
        if self._trying or self._failures >= FAILURES_TO_OPEN:
            self._until = now + min(OPEN_MS << self._opened, OPEN_MAX_MS)
            self._opened = min(self._opened + 1, 16)
            self._trying = False
