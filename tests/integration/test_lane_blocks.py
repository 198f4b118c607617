"""One lane on a real broker: what it applies, in which order, and what is in its blocks."""

import json

import pytest

from streams.codec import block
from streams.codec.digest import bytes_digest, output_digest, source_digest
from streams.codec.records import OutputRecord, SourceRecord
from tests.support.broker import Record, SpoiltBatch, aborted, producer, put
from tests.support.lanes import World, new_world, until


@pytest.fixture
async def world(bootstrap: str, topic_prefix: str) -> World:
    return await new_world(bootstrap, topic_prefix)


def causes(rows: list[Record]) -> list[str]:
    return [json.loads(row.value or b"")[1] for row in rows]


async def test_records_come_out_in_the_order_of_truth_though_topics_were_filled_one_after_another(world: World) -> None:
    for name, first in (("identity", 2), ("inquiries", 1), ("repayments", 0)):
        stamps = range(first, 300, 3)
        await put(world.bootstrap, world.topics[name], [(b"a", b"x", 1_000 + stamp) for stamp in stamps])
    async with world.fed() as lane:
        await until(lambda: lane.records == 300)
    order = [("repayments", "inquiries", "identity")[stamp % 3] for stamp in range(300)]
    assert [name for name, _ in world.machines[0].order] == order
    rows = await world.rows("status")
    assert [json.loads(row.value or b"")[0] for row in rows] == list(range(1, 301))
    assert [row.timestamp for row in rows] == [1_000 + stamp for stamp in range(300)], "the output's own timestamps"
    assert {row.partition for row in rows} == {0}


async def test_aborted_source_records_are_no_facts_and_markers_hold_nothing_up(world: World) -> None:
    await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1)])
    await aborted(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 2), (b"a", b"x", 3)])
    await put(world.bootstrap, world.topics["inquiries"], [(b"a", b"x", 4)])
    await aborted(world.bootstrap, world.topics["identity"], [(b"a", b"x", 1)])
    async with world.fed() as lane:
        await until(lambda: lane.records == 2)
        assert world.machines[0].order == [("repayments", 0), ("inquiries", 0)]
        await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 5)])
        await until(lambda: lane.records == 3)
    assert causes(await world.rows("status")) == ["repayments/0/0", "inquiries/0/0", "repayments/0/4"]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_every_compression_of_sources_is_understood(world: World, codec: str) -> None:
    rows = [(b"a", b"x" * 500, 1_000 + number) for number in range(50)]
    await put(world.bootstrap, world.topics["repayments"], rows, compression_type=codec, linger_ms=50)
    async with world.fed() as lane:
        await until(lambda: lane.records == 50)
    assert len(await world.rows("status")) == 50


async def test_a_header_name_that_is_no_utf_8_stops_nothing(world: World) -> None:
    topic = world.topics["repayments"]
    await put(world.bootstrap, topic, [(b"a", b"x", 1)])
    async with producer(world.bootstrap, enable_idempotence=False) as sender:
        sent = await sender.send_batch(SpoiltBatch([(b"a", b"bad", 2), (b"a", b"x", 3)]), topic, partition=0)
        await sent
    await put(world.bootstrap, topic, [(b"a", b"x", 4)])
    async with world.fed() as lane:
        await until(lambda: lane.records == 4)
    assert causes(await world.rows("status")) == [f"repayments/0/{offset}" for offset in (0, 2, 3)]
    headers = (("\\xff\\xfeb", b"1"),)
    rows = [
        SourceRecord("repayments", 0, offset, offset + 1, b"a", value, headers if offset in (1, 2) else ())
        for offset, value in enumerate((b"x", b"bad", b"x", b"x"))
    ]
    pieces = [piece for row in await world.rows("ledger") for piece in block.read(row.value or b"").slices]
    assert {
        piece.digest == source_digest([row for row in rows if piece.first <= row.offset <= piece.last])
        for piece in pieces
        if piece.topic == "repayments"
    } == {True}


async def test_the_ledger_is_a_chain_that_seals_what_went_in_and_came_out(world: World) -> None:
    await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 10), (b"b", None, 11)], 1)
    await put(world.bootstrap, world.topics["policies"], [(b"p", b"x", 12)])
    around = world.around(block_records=2)
    async with world.fed(1, around) as lane:
        await until(lambda: lane.records == 3)
        await put(world.bootstrap, world.topics["identity"], [(b"a", b"bad", 13)], 1)
        await until(lambda: lane.records == 4)
    ledger = [row.value or b"" for row in await world.rows("ledger", 1)]
    assert {row.key for row in await world.rows("ledger", 1)} == {b"1"}
    blocks = [block.read(data) for data in ledger]
    assert [made.block for made in blocks] == list(range(len(blocks)))
    assert [made.previous for made in blocks] == [None, *map(bytes_digest, ledger[:-1])]
    assert blocks[0].genesis is not None
    assert blocks[0].genesis.model_dump(exclude={"heads"}) == world.ground.as_dict()
    sources = {
        name: [SourceRecord(name, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers) for r in rows]
        for name, rows in {
            "repayments": await world.rows("repayments", 1),
            "identity": await world.rows("identity", 1),
            "policies": await world.rows("policies"),
        }.items()
    }
    pieces = [piece for made in blocks for piece in made.slices]
    for name, records in sources.items():
        own = [piece for piece in pieces if piece.topic == name]
        assert sum(piece.count for piece in own) == len(records)
        for piece in own:
            assert piece.digest == source_digest([r for r in records if piece.first <= r.offset <= piece.last])
    assert all(made.admit_until > made.clock for made in blocks[1:])
    for name in ("status", "accounts-changelog", "dead-letters"):
        rows = [OutputRecord(name, r.key, r.value, r.timestamp, ()) for r in await world.rows(name, 1)]
        for made in blocks:
            for output in made.outputs:
                if output.topic == name:
                    assert output.digest == output_digest(rows[: output.count], 1)
                    del rows[: output.count]
        assert not rows, f"{name}: more than the blocks say"
    assert [r.value for r in await world.rows("dead-letters", 1)] == [b"bad"]


async def test_a_block_takes_no_more_records_than_it_may(world: World) -> None:
    await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x" * 100, 1_000 + n) for n in range(95)])
    async with world.fed(0, world.around(block_records=10)) as lane:
        await until(lambda: lane.records == 95)
    blocks = [block.read(row.value or b"") for row in await world.rows("ledger")][1:]
    assert max(made.slices[0].count for made in blocks) == 10
    assert sum(made.slices[0].count for made in blocks) == 95


async def test_records_beyond_the_evaluation_budget_come_in_the_next_block(world: World) -> None:
    world.budget = 7
    rows = [(b"a", b"timer" if number % 2 else b"x", 1_000 * number) for number in range(40)]
    await put(world.bootstrap, world.topics["repayments"], rows)
    async with world.fed() as lane:
        await until(lambda: lane.records == 40)
    assert world.machines[0].order == [("repayments", offset) for offset in range(40)]
    found = causes(await world.rows("status"))
    assert [cause for cause in found if not cause.startswith("timer")] == [f"repayments/0/{n}" for n in range(40)]
    assert len(set(found)) == len(found)


async def test_outputs_larger_than_one_batch_are_one_transaction(world: World) -> None:
    await put(world.bootstrap, world.topics["repayments"], [(b"a", b"wide", 1_000 + number) for number in range(5)])
    async with world.fed() as lane:
        await until(lambda: lane.records == 5)
    assert [len(row.value or b"") > 900_000 for row in await world.rows("status")] == [True] * 5
    counts = [sum(o.count for o in block.read(r.value or b"").outputs) for r in await world.rows("ledger")]
    assert 6 in counts, "five statuses and one state in one block"


async def test_a_live_clock_fires_timers_in_a_block_without_records(world: World) -> None:
    wall = [1_000_000]
    around = world.around(live_clock=True, now=lambda: wall[0])
    await put(world.bootstrap, world.topics["repayments"], [(b"a", b"timer", 1_000_000)])
    async with world.fed(0, around) as lane:
        await until(lambda: lane.records == 1)
        wall[0] = 1_002_999
        lane.stir()
        assert causes(await world.rows("status")) == ["repayments/0/0"], "grace has not passed"
        wall[0] = 1_003_000
        lane.stir()
        await until(lambda: lane.blocks == 2)
    rows = await world.rows("status")
    assert [(row.timestamp, causes([row])[0]) for row in rows] == [
        (1_000_000, "repayments/0/0"),
        (1_001_000, "timer/1001000"),
    ]
    last = block.read((await world.rows("ledger"))[-1].value or b"")
    assert (last.slices, last.clock, last.admit_until) == ([], 1_003_000, 1_003_000 + 300_000)
    assert [(place.topic, place.next) for place in last.positions] == [("repayments", 1)]


async def test_without_a_live_clock_time_follows_the_records_alone(world: World) -> None:
    await put(world.bootstrap, world.topics["repayments"], [(b"a", b"timer", 1_000), (b"b", b"x", 3_999)])
    async with world.fed() as lane:
        await until(lambda: lane.records == 2)
        assert len(await world.rows("status")) == 2
        await put(world.bootstrap, world.topics["inquiries"], [(b"b", b"x", 4_000)])
        await until(lambda: lane.records == 3)
    assert causes(await world.rows("status"))[2:] == ["timer/2000", "inquiries/0/0"]
