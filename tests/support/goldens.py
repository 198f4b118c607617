"""Golden histories: events, the policy they are judged by, what must come out, and states stored half way.

They are only added to: `python -m tests.support.goldens` writes those that don't exist yet and leaves the others alone.
Of each history NAME there are in tests/golden/histories

    NAME.ndjson            the events, in the order of their record times
    NAME.policy.json       the policy in force from its own begin; none where the events bring it
    NAME.status.ndjson     the status events, byte by byte
    NAME.changelog.ndjson  what a lane had stored after half of the records: key and value in base64
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path
from typing import NamedTuple

import orjson
import rfc8785

from schemas.policy import parse_policy
from streams.audit.replay import Line, Replay
from streams.codec.partition import CHANGELOG
from tests.support.worlds import Document, Event, Player, advanced, recorded, records

FOLDER = Path(__file__).parents[1] / "golden" / "histories"


class Golden(NamedTuple):
    """One history as it lies in its files."""

    name: str
    events: list[Event]
    policy: Document | None
    statuses: list[bytes]
    stored: list[tuple[bytes, bytes]]

    @property
    def half(self) -> int:
        return len(self.events) // 2


def goldens() -> list[str]:
    return sorted(path.name.removesuffix(".status.ndjson") for path in FOLDER.glob("*.status.ndjson"))


def golden(name: str) -> Golden:
    policy = FOLDER / f"{name}.policy.json"
    rows = [orjson.loads(line) for line in _lines(f"{name}.changelog.ndjson")]
    return Golden(
        name,
        [orjson.loads(line) for line in _lines(f"{name}.ndjson")],
        orjson.loads(policy.read_bytes()) if policy.exists() else None,
        _lines(f"{name}.status.ndjson"),
        [(b64decode(row["key"]), b64decode(row["value"])) for row in rows],
    )


def replayed(events: list[Event], policy: Document | None) -> list[bytes]:
    """The status events of a history, as `replay` writes them; it ends with its last record."""
    lines = (Line("", number, orjson.dumps(event)) for number, event in enumerate(events, 1))
    return list(Replay().run(lines, None if policy is None else parse_policy(policy), None))


def as_then(status: bytes) -> bytes:
    """A status event as it was before texts had another version: with its words' version and without values that only
    later texts need. Words may improve; nothing else may change.
    """
    event = orjson.loads(status)
    event["data"]["catalogue"] = "1"
    for reason in event["data"]["reasons"]:
        reason["values"].pop("review", None)
    return rfc8785.dumps(event)


def first_half(events: list[Event], policy: Document | None) -> Player:
    """A lane that has applied the first half of the records."""
    player = Player(policy)
    given = records(events)[: len(events) // 2]
    while given:
        given = given[player.apply(given) :]
    return player


def second_half(kept: Golden) -> Player:
    """A lane that begins with what was stored half way, and applies the rest."""
    player = Player(None)
    for key, value in kept.stored:
        player.machine.restore(key, value)
    player.machine.ready(max(recorded(event) for event in kept.events[: kept.half]))
    rest = records([*kept.events, advanced(max(map(recorded, kept.events)))])[kept.half :]
    while rest:
        rest = rest[player.apply(rest) :]
    while player.machine.pending:
        player.tick(0)
    return player


def write(name: str, events: list[Event], policy: Document | None) -> None:
    """A new golden history; one that exists is never touched."""
    if name in goldens():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    if policy is not None:
        (FOLDER / f"{name}.policy.json").write_bytes(orjson.dumps(policy, option=orjson.OPT_INDENT_2) + b"\n")
    _write(f"{name}.ndjson", [orjson.dumps(event) for event in events])
    _write(f"{name}.status.ndjson", replayed(events, policy))
    stored = {row.key or b"": row.value or b"" for row in first_half(events, policy).rows(CHANGELOG)}
    rows = [{"key": b64encode(key).decode(), "value": b64encode(value).decode()} for key, value in stored.items()]
    _write(f"{name}.changelog.ndjson", [orjson.dumps(row) for row in rows])


def _lines(name: str) -> list[bytes]:
    return (FOLDER / name).read_bytes().splitlines()


def _write(name: str, lines: list[bytes]) -> None:
    (FOLDER / name).write_bytes(b"".join(line + b"\n" for line in lines))


def main() -> None:
    """Write what is new."""
    from tests.support.goldens_new import histories  # noqa: PLC0415  only the writer needs the builders

    for name, events, policy in histories():
        write(name, events, policy)


if __name__ == "__main__":
    main()
