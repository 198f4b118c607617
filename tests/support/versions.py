"""Golden histories by engine version: what every version put out, block by block, as digests.

`python -m tests.support.versions` writes what isn't there yet and leaves the others alone. Of each version there are in
tests/golden/versions/<version> files NAME.ndjson, one line for each block of the golden history NAME (tests/golden/
histories): how many records it applied, its clock, and by topic count and digest of what it put out, as a ledger block
has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from schemas.policy import parse_policy
from schemas.settings import CoreSettings
from streams.codec.digest import output_digest
from streams.codec.partition import Partition
from streams.codec.records import OutputRecord
from streams.codec.versions import BEHAVIOURS, PRESENT, Behaviour
from tests.support.goldens import Golden, golden, goldens
from tests.support.worlds import advanced, recorded, records

FOLDER = Path(__file__).parents[1] / "golden" / "versions"
_BLOCK = 25
_FOREVER = 1 << 53


def made_by(behaviour: Behaviour, kept: Golden) -> list[dict[str, Any]]:
    """A history's blocks by the rules of an engine version."""
    machine = Partition(0, 1, CoreSettings(), "t.")
    machine.follow(behaviour)
    if kept.policy is not None:
        machine.install(parse_policy(kept.policy))
    rest = records([*kept.events, advanced(max(map(recorded, kept.events)))])
    blocks = []
    while rest or machine.pending:
        machine.open_block(_FOREVER)
        count = machine.apply(rest[:_BLOCK])
        if not rest:
            machine.tick(0)
        rest = rest[count:]
        applied = machine.close_block()
        outputs = {
            name: {"count": len(rows), "digest": output_digest(rows, 0)}
            for name, rows in applied.outputs.items()
            if rows
        }
        blocks.append({"records": count, "clock": applied.clock, "outputs": outputs})
    return blocks


def statuses_by(behaviour: Behaviour, kept: Golden) -> list[bytes]:
    """A history's status events by the rules of an engine version, in the order of `replay`."""
    machine = Partition(0, 1, CoreSettings(grace_ms=0))
    machine.follow(behaviour)
    if kept.policy is not None:
        machine.install(parse_policy(kept.policy))
    rest, rows, done = records(kept.events), list[OutputRecord](), False
    end = max(map(recorded, kept.events))
    while not done:
        machine.open_block(_FOREVER)
        rest = rest[machine.apply(rest) :]
        done = not rest and machine.settle(end)
        rows += machine.close_block().outputs["status"]

    def place(row: OutputRecord) -> tuple[int, bytes, int]:
        product = orjson.loads(row.value or b"")["data"]["product"]
        return row.timestamp, row.key or b"", machine.product_order(product)

    return [row.value or b"" for row in sorted(rows, key=place)]


def _sealed(rows: list[OutputRecord]) -> dict[str, Any]:
    return {"count": len(rows), "digest": output_digest(rows, 0)}


def kept_of(version: str, name: str) -> list[dict[str, Any]]:
    """What a version put out when it was the present one."""
    return [orjson.loads(line) for line in (FOLDER / version / f"{name}.ndjson").read_bytes().splitlines()]


def main() -> None:
    """Write what is new; only of the present version, as the others are what they were."""
    folder = FOLDER / PRESENT.version
    folder.mkdir(parents=True, exist_ok=True)
    for name in goldens():
        path = folder / f"{name}.ndjson"
        if not path.exists():
            made = made_by(BEHAVIOURS[PRESENT.version], golden(name))
            path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in made))


if __name__ == "__main__":
    main()
