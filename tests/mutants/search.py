"""Find a seed that catches each planted mistake: `python -m tests.mutants.search [NAME-PART] [SEEDS]`."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.planted import MUTANTS, Mutant
from tests.mutants.world import CAUGHT, check, plant


def main() -> None:
    """Print the seed of each mutant whose name holds the part, or `-` when none of the seeds catches it."""
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(lambda mutant: _find(mutant, seeds), [each for each in MUTANTS if part in each.name]):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


def _find(mutant: Mutant, seeds: int) -> str:
    with tempfile.TemporaryDirectory() as name:
        plant(mutant, Path(name))
        code, seed = check(Path(name), list(range(seeds)), seconds=600)
    return f"{seed if code == CAUGHT else '-'}\t{mutant.name}"


if __name__ == "__main__":
    main()
