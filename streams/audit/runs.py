"""Status events sorted in runs on disk, then merged: by instant, account id, product order, then as they came out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

ROWS: Final = 50_000
"""Rows of a run: what is sorted in memory at a time, about 100 MB of status events."""
_FRONT: Final = Struct(">qHIQI")


class Sortable(NamedTuple):
    """One status event in the order of the output."""

    instant: int
    account: bytes
    product: int
    number: int
    value: bytes


class Runs:
    """Sorted runs of one lane in files `<name>-<n>` of a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.paths: list[Path] = []
        self._folder = folder
        self._name = name
        self._rows: list[Sortable] = []
        self.count = 0

    def add(self, instant: int, account: bytes, product: int, value: bytes) -> None:
        """Take one row; `product` is its place in the policy's document."""
        self._rows.append(Sortable(instant, account, product, self.count, value))
        self.count += 1
        if len(self._rows) >= ROWS:
            self.close()

    def close(self) -> None:
        """Write what is left."""
        if not self._rows:
            return
        path = self._folder / f"{self._name}-{len(self.paths)}"
        self._rows.sort()
        with path.open("wb") as file:
            for row in self._rows:
                front = _FRONT.pack(row.instant, len(row.account), row.product, row.number, len(row.value))
                file.write(front + row.account + row.value)
        self.paths.append(path)
        self._rows.clear()


def merged(paths: Iterable[Path]) -> Iterator[bytes]:
    """The values of all runs, in order."""
    for row in merge(*map(_read, paths)):
        yield row.value


def _read(path: Path) -> Iterator[Sortable]:
    with path.open("rb") as file:
        while front := file.read(_FRONT.size):
            instant, key, product, number, size = _FRONT.unpack(front)
            yield Sortable(instant, file.read(key), product, number, file.read(size))
