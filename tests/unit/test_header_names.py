"""A header's name that is no UTF-8 stops no reader, and changes nothing in what stands around it."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from streams import header_names
from streams.source_records import maker_of_batches
from tests.support.broker import spoilt

PLACE = TopicPartition("t", 0)
Read: TypeAlias = Callable[..., Iterator[Any]]


@pytest.fixture(autouse=True)
def _tolerant(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MemoryRecords", "PartitionRecords"):
        monkeypatch.setattr(fetcher, name, getattr(fetcher, name))
    header_names.tolerate()


def batch(base: int, names: list[str], codec: int, producer: int = -1) -> bytes:
    """A record for each name of a header, `bad` standing for one of two bytes that are no text."""
    builder = DefaultRecordBatchBuilder(2, codec, producer >= 0, producer, 0, 0, 1 << 20)
    for number, name in enumerate(names):
        builder.append(number, 1_000 + number, b"k", b"v%d" % number, [("fine", b"1"), (name, None)])
    made = bytearray(builder.build())
    made[0:8] = base.to_bytes(8, "big")
    return bytes(made)


@pytest.fixture(params=["one by one", "by batches"])
def read(request: pytest.FixtureRequest) -> Read:
    def _read(data: bytes, offset: int = 0, aborted: Any = None) -> Iterator[Any]:
        found = fetcher.PartitionRecords(PLACE, fetcher.MemoryRecords(data), aborted, offset, None, None, True, 1)
        if request.param == "by batches":
            found.make_batches_with(maker_of_batches("t", 0))
        return iter(found)

    return _read


def test_a_name_that_is_no_utf_8_is_written_out_and_its_neighbours_are_as_they_were(read: Read) -> None:
    data = batch(0, ["a", "b"], 0) + spoilt(batch(2, ["c", "bad", "d"], 0), b"bad") + batch(5, ["e"], 2)
    records = list(read(data))
    assert [(record.offset, record.key, record.value) for record in records] == [
        (0, b"k", b"v0"), (1, b"k", b"v1"), (2, b"k", b"v0"), (3, b"k", b"v1"), (4, b"k", b"v2"), (5, b"k", b"v0"),
    ]  # fmt: skip
    assert [record.headers[1][0] for record in records] == ["a", "b", "c", "\\xff\\xfeb", "d", "e"]
    assert {record.headers[0] for record in records} == {("fine", b"1")}
    assert [type(record.value) for record in records] == [bytes] * 6


def test_reading_goes_on_in_the_middle_and_leaves_out_what_was_aborted(read: Read) -> None:
    data = batch(0, ["a"], 0, producer=7) + spoilt(batch(1, ["bad", "bad"], 0, producer=8), b"bad")
    assert [record.offset for record in read(data, aborted=[(7, 0)])] == [1, 2]
    assert [record.offset for record in read(spoilt(batch(1, ["bad", "bad"], 0), b"bad"), offset=2)] == [2]
    assert [record.offset for record in read(batch(1, ["a", "b"], 0) + batch(3, ["c"], 0), offset=2)] == [2, 3]


def test_a_batch_that_is_really_broken_is_still_refused(read: Read) -> None:
    data = bytearray(spoilt(batch(0, ["bad"], 0), b"bad"))
    data[-1] ^= 1
    with pytest.raises(Exception, match="Invalid CRC"):
        list(read(bytes(data)))
