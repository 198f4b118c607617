"""The send path: every future awaited before the commit, the first batch of each topic first."""

import asyncio

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.codec.records import OutputRecord
from streams.lane.transaction import Pace, Transactions


class Producer:
    """Records what is asked of it; its futures end only when the test says so."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.futures: list[asyncio.Future[None]] = []

    async def begin_transaction(self) -> None:
        self.calls.append("begin")

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> asyncio.Future[None]:
        self.calls.append((topic, partition, batch.record_count()))
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]

    async def commit_transaction(self) -> None:
        self.calls.append("commit")


@pytest.fixture
def producer() -> Producer:
    return Producer()


@pytest.fixture
def transactions(producer: Producer) -> Transactions:
    made = Transactions.__new__(Transactions)
    made._producer = producer
    made._partition = 3
    return made


def rows(topic: str, *values: bytes) -> list[OutputRecord]:
    return [OutputRecord(topic, b"k", value, 1, ()) for value in values]


OUTPUTS = {"p.status": rows("status", *[b"4" * 400_000] * 3), "p.current": [], "p.ledger": rows("ledger", b"b")}


async def test_the_commit_comes_after_every_future(transactions: Transactions, producer: Producer) -> None:
    writing = asyncio.create_task(transactions.write(OUTPUTS))
    await asyncio.sleep(0)
    while not writing.done():
        await asyncio.sleep(0)
        left = [future for future in producer.futures if not future.done()]
        assert "commit" not in producer.calls or not left
        if len(producer.futures) == 3 and left:
            left[-1].set_result(None)
    assert producer.calls == [
        "begin",
        ("p.status", 3, 2),
        ("p.ledger", 3, 1),
        ("p.status", 3, 1),
        "commit",
    ]


async def test_one_failed_future_and_nothing_is_committed(transactions: Transactions, producer: Producer) -> None:
    writing = asyncio.create_task(transactions.write(OUTPUTS))
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(producer.futures) == 3
    producer.futures[0].set_result(None)
    producer.futures[1].set_exception(RuntimeError("too large"))
    with pytest.raises(RuntimeError):
        await writing
    assert "commit" not in producer.calls


def test_the_waits_grow_to_aiokafkas_and_begin_anew_with_each_transaction() -> None:
    pace = Pace()
    assert [round(pace.next() * 1000) for _ in range(7)] == [1, 2, 4, 8, 16, 20, 20]
    pace.begun()
    assert pace.next() == 0.001
