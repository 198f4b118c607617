"""Blocks: the chain, what is in them, and that the contract's model reads them."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ContractError
from schemas.settings import CoreSettings
from schemas.topics import SOURCE_ORDER
from streams.codec import block
from streams.codec.canonical import canonical
from streams.codec.digest import bytes_digest, output_digest, source_digest
from streams.codec.engine import engine
from streams.codec.records import OutputRecord, SourceRecord

GROUND = block.Ground("cluster-1", {"repayments": "id-1", "status": "id-2"}, 4, CoreSettings())
SETTINGS = block.settings_digest(CoreSettings())


def record(topic: str, offset: int, partition: int = 2) -> SourceRecord:
    return SourceRecord(topic, partition, offset, 1_000 + offset, b"A1", b"{}", ())


def built(head: block.Head, records: list[SourceRecord], outputs: dict[str, list[OutputRecord]]) -> bytes:
    return block.build(head, engine(), SETTINGS, records, outputs, clock=7, admit_until=9, cursor=None, activations=[])


def test_the_genesis_block_holds_the_ground_and_begins_the_chain() -> None:
    data = block.genesis(2, GROUND, engine())
    read = block.read(data)
    assert (read.lane, read.block, read.previous) == (2, 0, None)
    assert read.genesis is not None
    assert read.genesis.model_dump(exclude={"heads"}) == GROUND.as_dict()
    assert block.head_of(data) == block.Head(2, 0, bytes_digest(data), 0, {})


def test_a_block_names_its_predecessor_and_every_slice_and_output() -> None:
    head = block.head_of(block.genesis(2, GROUND, engine()))
    rows = [record("identity", 5), record("repayments", 10), record("policies", 1, 0), record("repayments", 12)]
    out = {"status": [OutputRecord("status", b"A1", b"{}", 5, ())], "current": [], "accounts-changelog": []}
    read = block.read(built(head, rows, out))
    assert (read.block, read.previous, read.clock, read.admit_until) == (1, head.hash, 7, 9)
    assert [(s.topic, s.partition, s.first, s.last, s.count) for s in read.slices] == [
        ("repayments", 2, 10, 12, 2),
        ("identity", 2, 5, 5, 1),
        ("policies", 0, 1, 1, 1),
    ]
    assert read.slices[0].digest == source_digest([rows[1], rows[3]])
    assert [(o.topic, o.count, o.digest) for o in read.outputs] == [("status", 1, output_digest(out["status"], 2))]


def test_positions_of_every_source_are_carried_from_block_to_block() -> None:
    head = block.head_of(block.genesis(2, GROUND, engine()))
    head = block.head_of(built(head, [record("repayments", 10), record("policies", 0, 0)], {}))
    head = block.head_of(built(head, [record("identity", 3), record("repayments", 11)], {}))
    assert head.positions == {"repayments": 12, "identity": 4, "policies": 1}
    assert (head.block, head.clock) == (2, 7)


def test_a_tick_without_records_has_no_slices_and_keeps_the_positions() -> None:
    head = block.head_of(built(block.head_of(block.genesis(2, GROUND, engine())), [record("repayments", 10)], {}))
    after = block.head_of(built(head, [], {}))
    assert after.positions == head.positions
    assert after.block == head.block + 1


def test_blocks_are_canonical_bytes() -> None:
    data = block.genesis(2, GROUND, engine())
    assert data == canonical(orjson.loads(data))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format":1}'])
def test_what_is_no_block_is_refused(data: bytes) -> None:
    with pytest.raises((ContractError, ValueError)):
        block.read(data)


def test_settings_show_in_their_digest() -> None:
    assert block.settings_digest(CoreSettings(grace_ms=1)) != SETTINGS


def test_the_engine_names_version_code_and_time_zone_data() -> None:
    made = engine()
    assert set(made) == {"version", "digest", "tzdata"}
    assert made["digest"].startswith("sha256:")


@given(st.lists(st.tuples(st.sampled_from(SOURCE_ORDER), st.integers(0, 50)), max_size=40, unique=True))
def test_slices_cover_exactly_the_records(places: list[tuple[str, int]]) -> None:
    rows = [record(topic, offset, 0) for topic, offset in sorted(places, key=lambda place: place[1])]
    read = block.read(built(block.head_of(block.genesis(0, GROUND, engine())), rows, {}))
    for piece in read.slices:
        own = [row for row in rows if row.topic == piece.topic]
        assert (piece.first, piece.last, piece.count) == (own[0].offset, own[-1].offset, len(own))
        assert piece.digest == source_digest(own)
    assert [piece.topic for piece in read.slices] == [name for name in SOURCE_ORDER if name in dict(places)]
