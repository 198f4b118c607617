"""Ratios of the last benches beside the committed baseline; exit code 1 when one is worse by more than 15 %.

    python -m tests.bench.check [--accept]

--accept writes the present ratios into tests/bench/baseline.json: to be committed with the reason.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.bench import results
from tests.bench.results import say

BASELINE: Final = Path(__file__).parent / "baseline.json"
ALLOWED: Final = 0.15


class Compared(NamedTuple):
    """One ratio now and in the baseline; `loss` is the share that was lost, negative where it got better."""

    name: str
    before: float
    now: float
    loss: float

    @property
    def is_worse(self) -> bool:
        return self.loss > ALLOWED


def loss(before: float, now: float, more_is_better: bool) -> float:
    """The share that is lost: a tenth less of what should be much, or a tenth more of what should be little, is 0.1."""
    if before <= 0:
        raise ValueError(f"a baseline's ratio has to be above 0, came {before}")
    return (before - now) / before if more_is_better else (now - before) / before


def compared(baseline: Mapping[str, Any], found: Mapping[str, Any]) -> list[Compared]:
    """The ratios that both have; KeyError names a ratio of the baseline's that a bench no longer gives."""
    rows = []
    for name, row in baseline.items():
        if name not in found:
            raise KeyError(f"the result lacks the baseline's ratio {name!r}")
        if row["more_is_better"] != found[name]["more_is_better"]:
            raise KeyError(f"the ratio {name!r} has another direction than in the baseline")
        before, now = row["ratio"], found[name]["ratio"]
        rows.append(Compared(name, before, now, loss(before, now, row["more_is_better"])))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", action="store_true")
    given = parser.parse_args()
    files = sorted(results.FOLDER.glob("*.json"))
    if not files:
        sys.exit(f"no result in {results.FOLDER}: run `make bench` or `make bench-peers` first")
    found = {document["bench"]: document for document in map(results.read, files)}
    if given.accept:
        _accept(found)
        return
    if not BASELINE.exists():
        sys.exit(f"{BASELINE}: no baseline yet: python -m tests.bench.check --accept")
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    worse = 0
    for bench, document in found.items():
        if bench not in baseline:
            continue
        say(f"{bench}: commit {document['commit']} of {document['at']} beside {baseline[bench]['commit']}")
        try:
            rows = compared(baseline[bench]["ratios"], document["ratios"])
        except KeyError as error:
            sys.exit(f"{bench}: {error.args[0]}; run it whole, or accept the new baseline")
        for row in rows:
            mark = "WORSE" if row.is_worse else "ok"
            say(f"  {row.name:64} {row.before:8.3f} -> {row.now:8.3f}  {-row.loss:+7.1%}  {mark}")
        worse += sum(row.is_worse for row in rows)
    if worse:
        sys.exit(f"{worse} ratios are worse than the baseline by more than {ALLOWED:.0%}")
    say("no ratio is worse than the baseline by more than 15 %")


def _accept(found: Mapping[str, Any]) -> None:
    kept = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    for bench, document in found.items():
        if document["ratios"]:
            kept[bench] = {name: document[name] for name in ("commit", "at", "settings", "ratios")}
    BASELINE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    say(f"{BASELINE}: " + ", ".join(sorted(kept)))


if __name__ == "__main__":
    main()
