"""Compressed batches unfold within their bound, whatever compressed them, and come in portions."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record import default_records, legacy_records
from aiokafka.record._crecords import default_records as native_records
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from streams import header_names, unfolding
from streams.source_records import maker_of_batches
from tests.support.broker import folded

PLACE = TopicPartition("t", 0)
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
SIZE = 20_000


@pytest.fixture(autouse=True)
def _bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for all readers of this process is set back."""
    monkeypatch.setattr(unfolding._Bound, "bytes_max", unfolding._Bound.bytes_max)
    for name in ("MemoryRecords", "PartitionRecords"):
        monkeypatch.setattr(fetcher, name, getattr(fetcher, name))
    for module in (default_records, legacy_records, native_records):
        for name in unfolding._DECODERS.keys() & vars(module).keys():
            monkeypatch.setattr(module, name, getattr(module, name))
    header_names.tolerate()


def batch(values: list[bytes], codec: int, base: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, False, -1, -1, -1, 1 << 30)
    for number, value in enumerate(values):
        builder.append(number, 1_000, b"k", value, [])
    made = bytearray(builder.build())
    made[0:8] = base.to_bytes(8, "big")
    return bytes(made)


def records(data: bytes, offset: int = 0) -> Any:
    return fetcher.PartitionRecords(PLACE, fetcher.MemoryRecords(data), None, offset, None, None, True, 1)


def offsets(rows: Iterator[Any]) -> list[int]:
    return [row.offset for row in rows]


@pytest.mark.parametrize("name", ["gzip", "lz4", "zstd"])
def test_a_batch_beyond_the_bound_is_refused_with_its_place(name: str) -> None:
    data = batch([b"a"], CODECS[name]) + batch([b" " * SIZE], CODECS[name], base=1) + batch([b"b"], 0, base=2)
    unfolding.allow(SIZE + 100)
    assert [row.value for row in records(data)] == [b"a", b" " * SIZE, b"b"]
    unfolding.allow(SIZE)
    rows = iter(records(data))
    assert next(rows).value == b"a"
    with pytest.raises(unfolding.BatchTooLargeError, match=r"t/0 from offset 1 on: .* within 20000 bytes"):
        next(rows)


def test_snappy_needs_no_bound() -> None:
    data = batch([b" " * (1 << 20)], CODECS["snappy"])
    assert len(records(data).__iter__().__next__().value) / len(data) < 22


@pytest.mark.parametrize("name", CODECS)
def test_what_a_fetch_holds_comes_in_portions_and_goes_on_where_it_ended(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfolding, "PORTION_BYTES", 2 * SIZE)
    last = batch([b"x" * 5 * SIZE, b"y"], CODECS[name], base=5)
    data = batch([b" " * (SIZE // 2)] * 5, CODECS[name]) + last
    first = records(data)
    assert offsets(iter(first)) == [0, 1, 2, 3]
    # as aiokafka does at the end of an iteration: it fetches from there, and gets the batch that has it again
    assert first.next_fetch_offset == 4
    second = records(data, 4)
    assert offsets(iter(second)) == [4, 5]
    third = records(last, second.next_fetch_offset)
    assert offsets(iter(third)) == [6]
    assert third.next_fetch_offset == 7


def test_batches_come_whole_in_portions_that_go_on_where_they_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfolding, "PORTION_BYTES", 2 * SIZE)
    third = batch([b"z"], 0, base=7)
    second = batch([b"x" * 3 * SIZE, b"y"], 0, base=5) + third
    first = batch([b" " * (SIZE // 2)] * 5, CODECS["zstd"]) + second
    for data, begin, end in ((first, 0, 5), (first, 3, 7), (second, 5, 7), (second, 6, 8), (third, 7, 8)):
        portion = records(data, begin)
        portion.make_batches_with(maker_of_batches("t", 0))
        assert offsets(iter(portion)) == list(range(begin, end))
        assert portion.next_fetch_offset == end
    unfolding.allow(2 * SIZE)
    large = records(batch([b"a"], 0) + batch([b" " * 3 * SIZE], CODECS["zstd"], base=1))
    large.make_batches_with(maker_of_batches("t", 0))
    with pytest.raises(unfolding.BatchTooLargeError, match=r"t/0 from offset 1 on: .* within 40000 bytes"):
        iter(large)


def test_gigabytes_of_blanks_take_no_more_than_the_bound() -> None:
    data = folded(batch([b""], 0), b"k", 1 << 20)
    assert [row.value for row in records(data)] == [b" " * (1 << 20)], "it is what a batch is"
    bomb = folded(batch([b""], 0), b"k", (1 << 31) - (1 << 17))
    assert len(bomb) < 100_000
    unfolding.allow(1 << 20)
    with pytest.raises(unfolding.BatchTooLargeError):
        list(records(bomb))
