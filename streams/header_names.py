r"""Records with header names that are not UTF-8 are read too.

Kafka's brokers take any bytes as a header's name; aiokafka can't decode such a record, and what reads its partition
would raise at the same place for ever. Here the bytes that are no UTF-8 become `\\xff` in writing, as in Python's
`backslashreplace`, and the record is judged like any other: an event that needs no header is an event (decision 0072).
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records, memory_records

from streams import unfolding


def tolerate() -> None:
    """From now on every consumer of this process reads such records, and unfolds batches within bounds.

    What it has fetched before stays as it is.
    """
    unfolding.bound()
    fetcher.MemoryRecords = _KeptRecords
    fetcher.PartitionRecords = _PartitionRecords


class _KeptRecords(memory_records.MemoryRecords):  # type: ignore[misc] # aiokafka has no types
    """Fetched bytes, read in C as usual, that can be read once more."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Reads leniently from the first record on that can't be read otherwise."""

    _aborted_transactions: list[tuple[int, int]]  # producer and first offset

    def __init__(self, tp: Any, records: _KeptRecords, aborted: Any, *rest: Any) -> None:
        super().__init__(tp, records, aborted, *rest)
        self._beginning = records.data, tuple(self._aborted_transactions)
        self._records_iterator = self._leniently()

    def __iter__(self) -> Iterator[Any]:
        """The next portion of the records, without a call of `__next__` around each.

        aiokafka takes its end for that of what was fetched, and fetches anew from behind the last record.
        """
        return unfolding.portion(self._records_iterator)

    def _leniently(self) -> Iterator[Any]:
        try:
            yield from self._unpack_records()
        except unfolding.BatchTooLargeError as error:
            place = f"{self._tp.topic}/{self._tp.partition} from offset {self.next_fetch_offset} on"
            raise unfolding.BatchTooLargeError(f"{place}: {error.args[0]}") from error
        except (UnicodeDecodeError, CorruptRecordException) as error:
            if not isinstance(error.__cause__ or error, UnicodeDecodeError):
                raise
            data, aborted = self._beginning
            self._records, self._aborted_transactions = _LenientRecords(data), list(aborted)
            self._aborted_producers.clear()
            begin = self.next_fetch_offset  # once more from the beginning, without what has been given out
            yield from (record for record in self._unpack_records() if record.offset >= begin)


class _LenientRecords(memory_records._MemoryRecordsPy):  # type: ignore[misc]
    """Fetched bytes, read in Python."""

    def next_batch(self) -> Any:
        """The next batch; only the present format has headers."""
        data = self._next_slice
        batch = super().next_batch()
        return _LenientBatch(data) if isinstance(batch, default_records.DefaultRecordBatch) else batch


class _LenientBatch(default_records._DefaultRecordBatchPy):  # type: ignore[misc]
    _buffer: bytes

    def __iter__(self) -> "_LenientBatch":
        super().__iter__()
        self._buffer = _Buffer(self._buffer)
        return self


class _Buffer(bytes):
    """Whatever is cut out of it can be decoded."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Text(found) if isinstance(found, bytes) else found


class _Text(bytes):
    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        """As bytes, but never fails."""
        return super().decode(encoding, errors)
