"""The simulator by hand, and as CI runs it.

    python -m tests.simulation --seeds 2000              many seeds, with what they came through
    python -m tests.simulation --seed 7 --events 60 --steps 300    one of them, as a failure's message says
    python -m tests.simulation --bugs                    every planted mistake must be found

Exit code 1 when something is wrong.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tests.simulation.bugs import BUGS
from tests.simulation.campaign import campaign, found_by, played
from tests.simulation.coverage import lacking, table
from tests.simulation.plan import Plan
from tests.simulation.seen import Seen

PORTION = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2_000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--events", type=int, default=Plan(0).events)
    parser.add_argument("--steps", type=int, default=Plan(0).steps)
    parser.add_argument("--bugs", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    if given.seed is not None:
        wrong = played(Plan(given.seed, given.events, given.steps))[1]
        say(f"seed {given.seed}: {wrong or 'right'}")
        sys.exit(bool(wrong))
    sys.exit(not (bugs(given.jobs, given.seeds) if given.bugs else seeds(given.jobs, given.seeds)))


def seeds(jobs: int, count: int) -> bool:
    """Plays so many seeds; whether all were right and all was covered."""
    began, seen = time.monotonic(), Seen()
    portions = [range(begin, min(begin + PORTION, count)) for begin in range(0, count, PORTION)]
    with ProcessPoolExecutor(jobs) as pool:
        try:
            for part in pool.map(_portion, portions):
                seen += part
        except AssertionError as wrong:
            pool.shutdown(cancel_futures=True)
            say(str(wrong))
            return False
    for line in table(seen):
        say(line)
    say(f"{count} seeds right, {time.monotonic() - began:.0f} s")
    missing = lacking(seen, count)
    for line in missing:
        say(f"too little: {line}")
    return not missing


def bugs(jobs: int, count: int) -> bool:
    """Looks for each planted mistake; whether all were found."""
    found = True
    with ProcessPoolExecutor(jobs) as pool:
        for name, seed in zip(BUGS, pool.map(_found, BUGS, [count] * len(BUGS)), strict=True):
            say(f"{name}: {'NOT FOUND' if seed is None else f'found by seed {seed}'}")
            found = found and seed is not None
    return found


def _portion(numbers: range) -> Seen:
    return campaign(map(Plan, numbers))


def _found(name: str, count: int) -> int | None:
    return found_by(BUGS[name], range(count))


say: Callable[[str], Any] = lambda line: sys.stdout.write(line + "\n")  # noqa: E731


if __name__ == "__main__":
    main()
