"""Garbage among valid events on the real Kafka: each bad record has its one dead letter, and changes nothing else.

Two systems get the same valid events, one of them the garbage too. The quick form takes some seconds;
ELIGIBILITY_LONG=1 has 10,000 events of one account in a burst, a million distinct accounts, and 5,000 bad records.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from schemas.deadletter import parse_dead_letter, source_headers
from schemas.errors import Code
from schemas.events import VALUE_BYTES_MAX
from schemas.instants import instant_text, parse_instant
from streams import messages
from streams.audit.replay import Line, Replay
from streams.codec import block
from streams.local import admin
from streams.settings import KafkaSettings, LaneSettings, Settings
from tests.bench.w1.data import cloud_event
from tests.bench.w1.data import events as w1_events
from tests.support.broker import Record, committed, producer
from tests.support.garbage import Dice, Document, Row, oversized, row_of, sown, unusual
from tests.support.histories import Progress
from tests.support.processes import REAL, WorkerProcess, workers
from tests.support.w1 import POLICY

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
SEED = 11
PARTITIONS = 2
W1_EVENTS, W1_ACCOUNTS = (20_000, 2_000) if LONG else (2_000, 200)
EACH = 100 if LONG else 3
"""Records of each kind of garbage."""
BURST = 10_000 if LONG else 300
DISTINCT = 1_000_000 if LONG else 300
STILL_SECONDS, LOOK_SECONDS = (600.0, 10.0) if LONG else (120.0, 0.5)
BATCH_BYTES = 1_048_588
"""The broker's message.max.bytes, which no source topic changes."""
AHEAD_MS = 55 * 60_000
"""Beyond what a lane admits (5 min), within what a broker takes (1 h)."""

Letter: TypeAlias = tuple[str, int, int, Code, str]
Outcome: TypeAlias = dict[tuple[str, str], bytes]


class Load(NamedTuple):
    """Valid events in the order of their times, with their records."""

    valid: list[tuple[Row, Document]]
    end: int


def patient(bootstrap: str, prefix: str) -> Settings:
    """Settings under which no worker ends because the machine is busy: what ends one here is garbage."""
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=prefix,
        application_id=f"{prefix}app",
        partitions=PARTITIONS,
        live_clock=False,
        session_timeout_s=60.0,
        rebalance_timeout_s=900.0,
        lane=LaneSettings(block_records=1000, block_deadline_s=600.0, transaction_timeout_s=600.0),
    )


def valid_load() -> Load:
    """W1, then one account's burst, then many accounts once each; some records look unusual."""
    documents = [cloud_event(event) for event in w1_events(W1_EVENTS, W1_ACCOUNTS)]
    end = parse_instant(documents[-1]["time"])
    documents += [_event("inquiry.recorded", "BURST", end + 1 + n % 1000, {"kind": "hard"}, n) for n in range(BURST)]
    documents += [_event("account.opened", f"D{n:07d}", end + 1001, {}, n) for n in range(DISTINCT)]
    dice = Dice("unusual", PARTITIONS)
    rows = []
    for document in sorted(documents, key=lambda each: parse_instant(each["time"])):
        row = row_of(document, parse_instant(document["time"]), PARTITIONS)
        rows.append((unusual(row, document, dice) if dice.random() < 0.05 else row, document))
    return Load(rows, end + 1001)


def _event(kind: str, account: str, at: int, data: Document, number: int) -> Document:
    envelope = {"specversion": "1.0", "id": f"{account}-{number}", "source": "/garbage", "type": kind}
    return envelope | {"subject": account, "time": instant_text(at), "data": data}


def largest(at: int, letter: tuple[Code, str] | None) -> Row:
    """A record as large as a source topic takes it, valid or not; the sender pads it."""
    document = _event("account.opened", "LARGEST", at, {"padding": ""}, 0 if letter is None else 1)
    row = row_of(document, at, PARTITIONS)
    return row._replace(exact=True, letter=letter, value=(row.value or b"") + (b"]" if letter else b""))


def sent_rows(load: Load, *, garbage: bool) -> list[Row]:
    """All records in the order of sending: policy, events, garbage among them if it is wanted, end of the history."""
    first = messages.policy_in_force(POLICY, POLICY.effective_from - 60_000)
    rows = [Row(each.topic, 0, each.timestamp or 0, each.key, each.value) for each in first]
    rows += sown(load.valid, SEED, PARTITIONS, EACH) if garbage else [row for row, _ in load.valid]
    rows.append(largest(load.end, None))
    clock = messages.clock_advanced(load.end)
    rows.append(Row(clock.topic, 0, load.end, clock.key, clock.value))
    if garbage:
        document = load.valid[0][1]
        some = row_of(document, load.end, PARTITIONS)
        rows.append(largest(load.end, (Code.INVALID_JSON, "value")))
        rows += oversized(some, document)
        # Last in their partitions: what is behind them waits for their time (semantics T1).
        rows.append(some._replace(timestamp=messages.now_ms() + AHEAD_MS, letter=(Code.TIME_IN_FUTURE, "time")))
    return rows


async def send(settings: Settings, rows: Iterable[Row]) -> tuple[set[Letter], dict[tuple[str, int], int]]:
    """Sends rows in order. What each planted one's dead letter must say, and each partition's next offset."""
    bootstrap = settings.kafka.bootstrap_servers or ""
    async with (
        producer(bootstrap, linger_ms=10, max_batch_size=1 << 18, max_request_size=1 << 21) as plain,
        producer(bootstrap, compression_type="zstd", max_request_size=1 << 26) as compressing,
    ):
        futures = [(row, await _start(settings, row, plain, compressing)) for row in rows]
        letters = set()
        ends: dict[tuple[str, int], int] = defaultdict(int)
        for row, future in futures:
            place = row.topic, row.partition
            offset = (await future).offset
            ends[place] = max(ends[place], offset + 1)
            if row.letter is not None:
                letters.add((settings.topic_prefix + row.topic, row.partition, offset, *row.letter))
    return letters, ends


async def _start(
    settings: Settings, row: Row, plain: AIOKafkaProducer, compressing: AIOKafkaProducer
) -> asyncio.Future[RecordMetadata]:
    topic = settings.topic_prefix + row.topic
    if row.exact or row.key is row.value is None:  # `send` refuses a record without key and value
        batch = plain.create_batch()
        batch.append(timestamp=row.timestamp, key=row.key, value=_padded(row, plain) if row.exact else None)
        batch.close()
        assert not row.exact or batch.size() == BATCH_BYTES
        future: asyncio.Future[RecordMetadata] = await plain.send_batch(batch, topic, partition=row.partition)
    else:
        maker = compressing if row.size > VALUE_BYTES_MAX else plain
        headers = list(row.headers)
        future = await maker.send(topic, row.value, row.key, row.partition, row.timestamp, headers)
    return future


def _padded(row: Row, maker: AIOKafkaProducer) -> bytes:
    """The row's value with so much in its field `padding` that its batch is as large as a batch may be."""
    value = row.value or b""

    def filled(count: int) -> bytes:
        return value.replace(b'"padding":""', b'"padding":"' + b"x" * count + b'"')

    batch = maker.create_batch()
    batch.append(timestamp=row.timestamp, key=row.key, value=filled(BATCH_BYTES - 1000))
    return filled(BATCH_BYTES - 1000 + BATCH_BYTES - batch.size())


async def until_taken(settings: Settings, ends: dict[tuple[str, int], int], running: WorkerProcess) -> None:
    """Waits until every lane has taken in all that was sent, and fired what was due."""
    progress = Progress(STILL_SECONDS)
    while True:
        heads = {made.lane: made for made in map(_block, await _rows(settings, "ledger"))}
        places = {lane: {(p.topic, p.partition): p.next for p in made.positions} for lane, made in heads.items()}
        missing = [
            place
            for place, end in ends.items()
            for lane in range(PARTITIONS)
            if (place[1] == lane or place[0] in ("policies", "operations")) and places.get(lane, {}).get(place, 0) < end
        ]
        if not missing and all(made.cursor is None for made in heads.values()):
            return
        assert running.running, running.log
        progress.look(places, missing)
        await asyncio.sleep(LOOK_SECONDS)


def _block(row: Record) -> Any:
    return block.read(row.value or b"")


async def _rows(settings: Settings, name: str) -> list[Record]:
    topic = settings.topic_prefix + name
    return await committed(settings.kafka.bootstrap_servers or "", topic, range(PARTITIONS))


def outcome(values: Iterable[bytes]) -> Outcome:
    """By account and product a digest over the status values, in their order."""
    found: dict[tuple[str, str], Any] = defaultdict(sha256)
    for value in values:
        data = orjson.loads(value)["data"]
        found[data["account_id"], data["product"]].update(value)
    return {key: digest.digest() for key, digest in found.items()}


def replayed(load: Load) -> Outcome:
    """What the pure replay of the valid events gives."""
    documents = [document for _, document in load.valid]
    documents.append(_event("account.opened", "LARGEST", load.end, {}, 0))
    lines = (Line("", number, orjson.dumps(document)) for number, document in enumerate(documents))
    return outcome(Replay().run(lines, POLICY, None))


def letters_of(settings: Settings, rows: Sequence[Record]) -> Iterator[Letter]:
    """What the dead letters say; each is where its lane's are, and has its source's key, value and headers."""
    for row in rows:
        letter = parse_dead_letter(row.headers)
        lane = 0 if letter.topic.removeprefix(settings.topic_prefix) in ("policies", "operations") else letter.partition
        assert row.partition == lane
        yield (letter.topic, letter.partition, letter.offset, letter.code, letter.field)


async def system(settings: Settings, rows: list[Row], folder: Path) -> tuple[Outcome, list[Record], set[Letter]]:
    """One system fed with rows: its statuses, its dead letters, and what these have to say."""
    await admin.apply(settings)
    letters, ends = await send(settings, rows)
    with workers(folder, settings) as started:
        running = started.start(REAL)
        await until_taken(settings, ends, running)
        assert running.terminate() == 0
    statuses = outcome(row.value or b"" for row in await _rows(settings, "status"))
    return statuses, await _rows(settings, "dead-letters"), letters


async def unchanged(settings: Settings, letters: Iterable[Record]) -> list[Letter]:
    """The dead letters whose key, value or own headers aren't those of the record that they tell of."""
    sources: dict[tuple[str, int, int], Record] = {}
    for topic in {parse_dead_letter(row.headers).topic for row in letters}:
        partitions = range(1 if topic.removeprefix(settings.topic_prefix) in ("policies", "operations") else PARTITIONS)
        for row in await committed(settings.kafka.bootstrap_servers or "", topic, partitions):
            sources[row.topic, row.partition, row.offset] = row
    wrong = []
    for row in letters:
        said = parse_dead_letter(row.headers)
        source = sources[said.topic, said.partition, said.offset]
        same = (source.key, source.value, tuple(source.headers)) == (row.key, row.value, source_headers(row.headers))
        if not same:
            wrong.append((said.topic, said.partition, said.offset, said.code, said.field))
    return wrong


async def test_each_bad_record_has_its_one_dead_letter_and_changes_nothing_else(
    bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    load = valid_load()
    garbled, clean = patient(bootstrap, f"{topic_prefix}g."), patient(bootstrap, f"{topic_prefix}c.")
    (tmp_path / "g").mkdir()
    (tmp_path / "c").mkdir()
    (statuses, letters, planted), (control, none, _) = await asyncio.gather(
        system(garbled, sent_rows(load, garbage=True), tmp_path / "g"),
        system(clean, sent_rows(load, garbage=False), tmp_path / "c"),
    )
    said = list(letters_of(garbled, letters))
    assert sorted(planted - set(said)) == []
    assert sorted(set(said) - planted) == []
    assert len(said) == len(planted), "one dead letter each"
    assert {code for *_, code, _ in planted} == set(Code)
    assert await unchanged(garbled, letters) == []
    assert none == []
    assert statuses == control == replayed(load)
