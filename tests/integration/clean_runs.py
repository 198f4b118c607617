"""Runs in which everything happens that may happen, and nothing is wrong: `verify` must give no alarm in any of them.

    python -m tests.integration.clean_runs --runs 50

One run, by a seed: half a history under kills inside open blocks and a worker that joins and leaves; a signed
checkpoint; everything before it deleted (Kafka's DeleteRecords) while compacted topics are compacted by force; the rest
under the same, with two audits at one position of the live system; at the end `verify` and `replay` from the
checkpoint, on the brokers and from an archive.
"""

import argparse
import asyncio
import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import orjson
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.block import Block
from schemas.topics import BROADCAST
from streams import messages
from streams.archive import Folder
from streams.audit.asked import Asked
from streams.audit.brokers import Brokers
from streams.audit.checkpoints import Beginning, read_checkpoint
from streams.audit.lane import Audit, LaneResult
from streams.audit.logs import LEDGER, Position
from streams.audit.rows import COMPACTED
from streams.cluster import topics_of
from streams.codec import block
from streams.files import FileEvent
from streams.local.kafka import LocalKafka
from streams.publish import Outgoing, publisher
from streams.settings import Settings
from tests.bench.w1.data import events
from tests.integration.faults.harness import Supervisor
from tests.support.histories import History, Progress, Run, load, new_settings, rows, w1_history
from tests.support.processes import eligibility, workers

LANES = 2
EAGER = {"log.cleaner.backoff.ms": "100", "log.segment.delete.delay.ms": "100"}
"""Of a broker that compacts as soon as it may."""
FORCED = {
    "cleanup.policy": "compact",
    "segment.ms": "1",
    "min.cleanable.dirty.ratio": "0.001",
    "max.compaction.lag.ms": "1",
}
BOUND_MS = 300_000
_PATIENCE_S = 120.0


class Figures(NamedTuple):
    """What happened in a run."""

    seed: int
    records: int
    blocks: int
    kills: int
    moves: int
    deleted: int
    compacted: int
    audits: int
    seconds: float

    def line(self) -> str:
        return (
            f"run {self.seed}: {self.records} records, {self.blocks} blocks, {self.kills} kills, "
            f"{self.moves} lanes opened, "
            f"{self.deleted} records deleted behind the checkpoint, {self.compacted} compacted away, "
            f"{self.audits} audits without an alarm, {self.seconds:.0f} s"
        )


async def clean_run(bootstrap: str, prefix: str, folder: Path, seed: int, kills_most: int = 5) -> Figures:
    """One run. Raises AssertionError with the report at the first alarm."""
    began, dice = time.monotonic(), random.Random(f"clean {seed}")
    given = w1_history(events(dice.randint(300, 500), 40, seed), folder)
    cut = len(given.events) * dice.randint(3, 6) // 10
    first, second = given.events[:cut], given.events[cut:]
    assert first[-1].recorded < second[0].recorded, "W1's events have an instant each"
    settings = new_settings(bootstrap, prefix, LANES, block_records=dice.choice([5, 10, 20]))
    await load(settings, History(first, given.policy, {}), Run(1, LANES, shuffled=False))
    await _compact(settings)
    audits = 0
    with workers(folder, settings) as started:
        supervisor = Supervisor(started, iter(_plans(dice)[:kills_most]))
        async with supervisor.supervising("worker-0"):
            await _beside_a_guest(settings, supervisor, len(first), {})
            beginning = await _checkpoint(settings, folder)
            deleted = await _delete(settings, beginning)
            before = {each.lane: each.block for each in beginning.checkpoint.lanes}
            feed = asyncio.create_task(_feed(settings, second, given.end))
            beside = asyncio.create_task(_two_audits(settings, beginning))
            await _beside_a_guest(settings, supervisor, len(second), before)
            await feed
            audits += await beside
    audits += await _at_the_end(settings, folder)
    made = [block.read(row.value or b"") for row in await rows(settings, "ledger")]
    kills = sum(end.place is not None for end in supervisor.ends)
    moves = sum(log.count("open after block") for log in started.logs)
    seconds = time.monotonic() - began
    return Figures(
        seed, len(given.events), len(made), kills, moves, deleted, await _compacted(settings, made), audits, seconds
    )


def _plans(dice: random.Random) -> list[str]:
    """Kills of one start after the other, inside open blocks and while lanes are restored."""
    found = [f"{dice.choice(['sent', 'committed'])}=kill@{dice.randint(3, 8)}" for _ in range(dice.randint(2, 4))]
    return [*found, *(["restore=kill@1"] if dice.random() < 0.5 else [])]


async def _feed(settings: Settings, given: list[FileEvent], end: int) -> None:
    """One event after the other, as they happen: what comes late by its own time is rightly told as withheld (0102)."""
    async with publisher(settings, {*(each.topic for each in given), "operations"}) as sender:
        for event in given:
            await sender.send([Outgoing(event.topic, event.key, event.value, event.recorded)])
        await sender.send([messages.clock_advanced(end)])


async def _beside_a_guest(settings: Settings, supervisor: Supervisor, count: int, before: dict[int, int]) -> None:
    """Until so many records are in blocks behind those; meanwhile a second worker joins, and leaves again."""
    progress, guest = Progress(_PATIENCE_S), "worker-1"
    supervisor.start(guest)
    while True:
        made = [block.read(row.value or b"") for row in await rows(settings, "ledger")]
        made = [each for each in made if each.block > before.get(each.lane, -1)]
        taken = sum(piece.count for each in made for piece in each.slices if piece.topic not in BROADCAST)
        if guest in supervisor.running and taken > count // 2:
            await asyncio.to_thread(supervisor.stop, guest)
        told = {each.lane for each in made for piece in each.slices if piece.topic == "operations"}
        last = {each.lane: each for each in made}
        if taken == count and len(told) == LANES and all(each.cursor is None for each in last.values()):
            break
        progress.look((taken, len(made)), count)
        await asyncio.sleep(0.2)
    if guest in supervisor.running:
        await asyncio.to_thread(supervisor.stop, guest)


async def _compact(settings: Settings) -> None:
    names = topics_of(settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await admin.start()
    try:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, names[name], configs=FORCED) for name in sorted(COMPACTED)]
        )
    finally:
        await admin.close()


async def _compacted(settings: Settings, made: list[Block]) -> int:
    """How many rows of `current` that the blocks count are there no more."""
    counted = sum(piece.count for each in made for piece in each.outputs if piece.topic == "current")
    return max(0, counted - len(await rows(settings, "current")))


async def _checkpoint(settings: Settings, folder: Path) -> Beginning:
    key = folder / "auditor.pem"
    done = await eligibility(settings, "keys", "new", str(key), cwd=folder)
    public = done.stdout.strip()
    arguments = ("--write-checkpoint", "states", "--sign", str(key), "--processes", "1")
    done = await eligibility(settings, "verify", *arguments, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    states = Folder(folder / "states")
    return Beginning(states, read_checkpoint(states, public))


async def _delete(settings: Settings, beginning: Beginning) -> int:
    """All that lies before the checkpoint, but the ledgers: lanes open from their first and last blocks."""
    names, begun = topics_of(settings), await Brokers(settings).position()
    wanted = beginning.checkpoint.begun(begun)
    ends = {}
    for (name, number), range in wanted.ranges.items():
        if name not in {*COMPACTED, LEDGER} and range.start > begun.ranges[name, number].start:
            ends[TopicPartition(names[name], number)] = RecordsToDelete(before_offset=range.start)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_records(ends)
    finally:
        await admin.close()
    now = await Brokers(settings).position()
    gone = [now.ranges[at].start - begun.ranges[at].start for at in now.ranges if at[0] not in COMPACTED]
    assert sum(gone) > 0, "something was deleted"
    return sum(gone)


async def _two_audits(settings: Settings, beginning: Beginning) -> int:
    """Two at once, each to the same position of the live system."""
    position = beginning.checkpoint.begun(await Brokers(settings).position())
    both = [_audit(settings, position, beginning) for _ in (1, 2)]
    first, second = await asyncio.gather(*both)
    for result in (*first, *second):
        assert not result.findings, result.findings[0]
        assert result.stopped is None, result.stopped
    assert [each.hash for each in first] == [each.hash for each in second]
    return len(both)


async def _audit(settings: Settings, position: Position, beginning: Beginning) -> list[LaneResult]:
    audit = Audit(Brokers(settings), position, Asked(settings.topic_prefix, BOUND_MS, live_clock=False), beginning)
    return [await audit.lane(lane, lambda _: None) for lane in range(position.lanes)]


async def _at_the_end(settings: Settings, folder: Path) -> int:
    """From the checkpoint to the end, as an auditor calls it; how many audits that was."""
    begun = ("--checkpoint", "states", "--processes", "1")
    done = await eligibility(settings, "verify", *begun, "--json", cwd=folder)
    report = orjson.loads(done.stdout)
    assert done.returncode == 0, report
    assert all(each["first_block"] > 0 for each in report["lanes"]), "it began behind the checkpoint"
    done = await eligibility(
        settings, "replay", "--brokers", settings.kafka.bootstrap_servers or "", *begun, "--output", "tail", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert "begun behind the checkpoint" in done.stderr
    emitted = await rows(settings, "status")  # those before were deleted
    expected = [row.value for row in sorted(emitted, key=lambda row: (row.timestamp, row.key))]
    assert (folder / "tail").read_bytes().splitlines() == expected, "W1 has one product"
    done = await eligibility(settings, "archive", "--output", "archive", cwd=folder)
    assert done.returncode == 0, done.stderr
    done = await eligibility(settings, "verify", "--archive", "archive", *begun, cwd=folder)
    assert done.returncode == 0, done.stdout
    return 2


def main() -> None:
    parser = argparse.ArgumentParser(description="Clean runs on the real Kafka; `verify` must give no alarm.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0, help="that of the first run")
    asked = parser.parse_args()
    with (
        TemporaryDirectory(prefix="clean-runs-") as folder,
        LocalKafka(Path(folder) / "kafka", overrides=EAGER) as kafka,
    ):
        figures = []
        for seed in range(asked.seed, asked.seed + asked.runs):
            own = Path(folder) / str(seed)
            own.mkdir()
            figures.append(asyncio.run(clean_run(kafka.bootstrap, f"clean{seed}.", own, seed)))
            sys.stdout.write(figures[-1].line() + "\n")
            sys.stdout.flush()
    sums = [sum(column) for column in zip(*figures, strict=True)]
    sys.stdout.write(
        f"{len(figures)} runs without an alarm: {sums[1]:,} records, {sums[3]} kills, {sums[4]} lanes opened, "
        f"{sums[5]:,} records deleted, {sums[6]:,} compacted away, {sums[7]} audits\n"
    )


if __name__ == "__main__":
    main()
