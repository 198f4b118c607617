"""A copy of the product with one mistake in it, and the differential check run against it in a process of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutants.planted import Mutant

ROOT = Path(__file__).parents[2]
CAUGHT, MISSED = 10, 0

CHECK = """
import sys
import streams
from tests.properties.differential import differ
from tests.reference import generate
assert streams.__file__.startswith(sys.path[1]), streams.__file__
for seed in map(int, sys.argv[1:]):
    try:
        wrong = differ(generate.history(seed, 10, 200), generate.policy(seed))
    except Exception:  # a mistake may also end in an assertion of the core
        wrong = True
    if wrong:
        print(seed)
        sys.exit(10)
"""


def plant(mutant: Mutant, folder: Path) -> None:
    """Copy the product into a folder, with the mistake in it."""
    ignored = shutil.ignore_patterns("__pycache__", "data", "published")
    for room in ("streams", "schemas"):
        shutil.copytree(ROOT / room, folder / room, ignore=ignored)
    file = folder / "streams/core" / mutant.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mutant.right) == 1, f"{mutant.name}: its place is not in {mutant.file} exactly once"
    file.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")


def check(folder: Path, seeds: list[int], seconds: float = 60) -> tuple[int, str]:
    """Exit code (CAUGHT, MISSED) of the differential check on a copy, and the seed that showed the mistake."""
    (folder / "tests").symlink_to(ROOT / "tests")
    try:
        run = _run(folder, seeds, seconds)
    except subprocess.TimeoutExpired:  # an endless loop is a mistake that shows
        return CAUGHT, "endless"
    assert run.returncode in (CAUGHT, MISSED), run.stderr
    return run.returncode, run.stdout.strip()


def _run(folder: Path, seeds: list[int], seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-c", CHECK, *map(str, seeds)],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
