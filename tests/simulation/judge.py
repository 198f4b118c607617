"""What a run must have come to: by its own ledger, by one undisturbed lane, and by the reference interpreter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import orjson
from msgspec.structs import astuple

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.audit.second import compared
from streams.codec import block
from streams.codec.digest import bytes_digest, output_digest, source_digest
from streams.codec.partition import CHANGELOG
from streams.codec.records import OutputRecord, SourceRecord
from streams.reference.interpreter import interpret
from tests.simulation.cluster import FencedError
from tests.simulation.run import Run
from tests.support.worlds import Player, World, by_product, in_one

_ORDER = {name: place for place, name in enumerate(SOURCE_ORDER)}


class WrongError(Exception):
    """What is wrong with a run."""


def judge(run: Run) -> None:
    """Raises WrongError naming the first thing that is wrong."""
    for reason, error in run.ends:
        if not isinstance(error, FencedError):
            raise WrongError(f"a worker ended by itself: {reason}: {error!r}")
    if not run.over:
        raise WrongError("it doesn't come to an end")
    for lane in range(run.partitions):
        player = Player(run.history.policy, lane, run.partitions, run.core)
        for clock, rows in _blocks(run, lane):
            player.close_after(lambda: (player.machine.apply(rows), player.machine.tick(clock)))  # noqa: B023 - now
        _same_as(player, run, lane, "its ledger")
    if run.loaded:
        given = World(run.events[:-1], run.history.policy)
        for player in in_one(given, run.partitions, run.core):
            _same_as(player, run, player.number, "one undisturbed lane")
        if not run.policies_change and run.history.policy is not None:
            _as_by_reference(run)


def _blocks(run: Run, lane: int) -> Iterator[tuple[int, list[SourceRecord]]]:
    """Each block's clock, and its records in the order that the ledger says; its chain is checked on the way."""
    previous: str | None = None
    positions: dict[str, int] = {}
    written: dict[str, int] = defaultdict(int)
    for number, row in enumerate(run.cluster.rows["ledger", lane]):
        data = row.value or b""
        made = block.read(data)
        if (made.block, made.previous, made.lane) != (number, previous, lane):
            raise WrongError(f"lane {lane}: block {number} doesn't follow the one before it")
        heads: list[list[SourceRecord]] = []
        for piece in made.slices:
            rows = run.cluster.read((piece.topic, 0 if piece.topic in BROADCAST else lane), piece.first, piece.count)
            if piece.first != positions.get(piece.topic, 0) or source_digest(rows) != piece.digest:
                raise WrongError(f"lane {lane}: block {number} has a slice of {piece.topic} that isn't the next one")
            positions[piece.topic] = piece.last + 1
            heads.append(rows[::-1])
        if positions != {place.topic: place.next for place in made.positions}:
            raise WrongError(f"lane {lane}: block {number} has positions other than its slices")
        for output in made.outputs:
            begin = written[output.topic]
            rows_out = run.cluster.rows[output.topic, lane][begin : begin + output.count]
            if output_digest(rows_out, lane) != output.digest:
                raise WrongError(f"lane {lane}: block {number} was written with other {output.topic} than it says")
            written[output.topic] += output.count
        applied = []
        while heads := [each for each in heads if each]:
            applied.append(min(heads, key=lambda each: (each[-1].timestamp, _ORDER[each[-1].topic])).pop())
        yield made.clock, applied
        previous = bytes_digest(data)
    for name, count in written.items():
        if count != len(run.cluster.rows[name, lane]):
            raise WrongError(f"lane {lane}: {name} has records that no block knows")


def _same_as(player: Player, run: Run, lane: int, what: str) -> None:
    rows = run.cluster.rows
    if by_product(rows["status", lane]) != player.values:
        raise WrongError(f"lane {lane}: statuses other than by {what}")
    if by_product(rows["current", lane]) != by_product(player.rows("current")):
        raise WrongError(f"lane {lane}: present pictures other than by {what}")
    if _sorted(rows["dead-letters", lane]) != _sorted(player.rows("dead-letters")):
        raise WrongError(f"lane {lane}: dead letters other than by {what}")
    states = {row.key: row.value for row in rows[CHANGELOG, lane] if row.key and not row.key.startswith(b"~")}
    if states != player.blobs:
        raise WrongError(f"lane {lane}: states other than by {what}")


def _sorted(rows: list[OutputRecord]) -> list[OutputRecord]:
    return sorted(rows, key=astuple)


def _as_by_reference(run: Run) -> None:
    expected = [
        (status["account"], status["time"], status["data"])
        for status in interpret(run.events[:-1], run.history.policy, run.history.end)
    ]
    came = []
    for lane in range(run.partitions):
        for row in run.cluster.rows["status", lane]:
            status = compared(orjson.loads(row.value or b""))
            came.append((status["subject"], status["time"], status["data"]))
    for account, product in sorted({(each[0], each[2]["product"]) for each in (*expected, *came)}):
        theirs, ours = (
            [each for each in rows if (each[0], each[2]["product"]) == (account, product)] for rows in (expected, came)
        )
        if theirs != ours:
            raise WrongError(f"{account}, {product}: statuses other than by the reference interpreter")
