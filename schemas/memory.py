"""What was worked out once and is remembered, within a bound."""

from typing import Any


def make_room(remembered: dict[Any, Any] | set[Any], most: int) -> None:
    """Forget everything where `most` entries are there: what is met often comes again soon, and no order is kept."""
    if len(remembered) >= most:
        remembered.clear()
