"""What a lane keeps of records that it rejects: their dead letters, and nothing for the collector."""

import gc

import pytest

from schemas.settings import CoreSettings
from streams.codec.partition import Partition
from streams.codec.records import SourceRecord

COUNT = 300


@pytest.mark.parametrize("value", [b"{]", b"\xff", b'{"specversion":"1.0"}', b'{"specversion":"1.0","type":"x"}'])
def test_a_rejected_record_leaves_no_cycle(value: bytes) -> None:
    rows = [SourceRecord("repayments", 0, n, 1_700_000_000_000 + n, b"A%d" % n, value, ()) for n in range(COUNT)]
    machine = Partition(0, 1, CoreSettings())
    machine.open_block(1 << 53)
    gc.collect()
    gc.disable()
    try:
        machine.apply(rows)
        assert len(machine.close_block().outputs["dead-letters"]) == COUNT
        assert gc.collect() < COUNT // 10
    finally:
        gc.enable()
