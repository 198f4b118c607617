"""What has been seen already, and what is missing: sequences count from 1 without holes, per account and product."""

from collections.abc import Callable
from typing import Final

Last = Callable[[str, str], int | None]
"""The last handled sequence of an account and product, None where there is none."""

NOTHING: Final = range(0)


class GapError(Exception):
    """Status changes are missing before one that came: `missing` of `account` and `product`."""

    def __init__(self, account: str, product: str, missing: range) -> None:
        self.account = account
        self.product = product
        self.missing = missing
        super().__init__(f"{account}/{product}: {missing.start} to {missing.stop - 1} never came")


def missing_before(last: int | None, sequence: int, *, complete: bool) -> range | None:
    """The sequences that should have come before this one; None for one that was handled already.

    `complete`: no known last one means that there was none; otherwise that nobody remembers.
    """
    if last is None:
        return range(1, sequence) if complete else NOTHING
    return None if sequence <= last else range(last + 1, sequence)


class PartitionMemory:
    """Last sequences for as long as the process has the partition: afterwards another one goes on with it."""

    def __init__(self) -> None:
        self._last: dict[int, dict[tuple[str, str], int]] = {}

    def last(self, partition: int, account: str, product: str) -> int | None:
        return self._last.get(partition, {}).get((account, product))

    def keep(self, partition: int, account: str, product: str, sequence: int) -> None:
        """This one is handled."""
        self._last.setdefault(partition, {})[account, product] = sequence

    def forget(self, partition: int) -> None:
        """The partition has gone."""
        self._last.pop(partition, None)
