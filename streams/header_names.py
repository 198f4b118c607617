r"""Records with header names that are not UTF-8 are read too.

Kafka's brokers take any bytes as a header's name; aiokafka can't decode such a record, and what reads its partition
would raise at the same place for ever. Here the bytes that are no UTF-8 become `\\xff` in writing, as in Python's
`backslashreplace`, and the record is judged like any other: an event that needs no header is an event (decision 0072).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records, memory_records

from streams import unfolding

BatchMaker: TypeAlias = Callable[[Iterable[Any]], list[Any]]
"""Makes what a reader wants of a batch's records, one for each, with its offset, key and value."""


def tolerate() -> None:
    """From now on every consumer of this process reads such records, and unfolds batches within bounds.

    What it has fetched before stays as it is.
    """
    unfolding.bound()
    fetcher.MemoryRecords = _KeptRecords
    fetcher.PartitionRecords = _PartitionRecords


class _KeptRecords(memory_records.MemoryRecords):  # type: ignore[misc] # aiokafka has no types
    """Fetched bytes, read in C as usual, that can be read once more."""

    made_by: BatchMaker | None = None

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data

    def next_batch(self) -> Any:
        """The next batch."""
        batch = super().next_batch()
        return batch if self.made_by is None else _AsOne(batch, self.made_by)


class _Rows(list[Any]):
    """The records of a batch, which aiokafka's loop takes for one record."""

    @property
    def offset(self) -> int:
        """The last one's."""
        last: int = self[-1].offset
        return last


class _AsOne:
    """A batch that gives out all its records as one."""

    def __init__(self, batch: Any, made_by: BatchMaker) -> None:
        self._batch = batch
        self._made_by = made_by

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)  # a transaction's marker is asked for so

    def __iter__(self) -> Iterator[_Rows]:
        if rows := _Rows(self._made_by(self._batch)):
            yield rows


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Reads leniently from the first record on that can't be read otherwise."""

    _records: Any
    _aborted_transactions: list[tuple[int, int]]  # producer and first offset

    def __init__(self, tp: Any, records: _KeptRecords, aborted: Any, *rest: Any) -> None:
        super().__init__(tp, records, aborted, *rest)
        self._beginning = records.data, tuple(self._aborted_transactions)
        self._records_iterator = self._leniently()

    def __iter__(self) -> Iterator[Any]:
        """The next portion of the records, without a call of `__next__` around each.

        aiokafka takes its end for that of what was fetched, and fetches anew from behind the last record.
        """
        if self._records.made_by is None:
            return unfolding.portion(self._records_iterator)
        return iter(unfolding.portion_of_batches(self._records_iterator))

    def make_batches_with(self, made_by: BatchMaker) -> None:
        """From now on a batch's records are made in one go."""
        self._records.made_by = made_by
        self._consumer_record = self._asked_for

    def _asked_for(self, _: Any, rows: _Rows) -> _Rows:
        """A batch may begin before what is asked for."""
        begin = self.next_fetch_offset
        return rows if rows[0].offset >= begin else _Rows(row for row in rows if row.offset >= begin)

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
            lenient = _LenientRecords(data)
            lenient.made_by = self._records.made_by
            self._records, self._aborted_transactions = lenient, list(aborted)
            self._aborted_producers.clear()
            begin = self.next_fetch_offset  # once more from the beginning, without what has been given out
            yield from (record for record in self._unpack_records() if record.offset >= begin)


class _LenientRecords(memory_records._MemoryRecordsPy):  # type: ignore[misc]
    """Fetched bytes, read in Python."""

    made_by: BatchMaker | None = None

    def next_batch(self) -> Any:
        """The next batch; only the present format has headers."""
        data = self._next_slice
        batch = super().next_batch()
        if isinstance(batch, default_records.DefaultRecordBatch):
            batch = _LenientBatch(data)
        return batch if self.made_by is None else _AsOne(batch, self.made_by)


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
