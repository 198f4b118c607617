"""How the machine's CPU divides over its stages: the interpreted core under W1, sampled by the CPU clock.

    python -m tests.bench.samples [--events 20000]

Compiled functions call each other past any clock that Python could put in, so the shares are those of the same core
interpreted. Runs on the sources, whatever PYTHONPATH says: prints JSON of stage and share.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Final

from tests.bench import w1_pure
from tests.support.compiled import is_compiled
from tests.support.processes import ROOT

_EVERY_S: Final = 0.001
_BLOCK: Final = 4_000
# The innermost frame in one of these says the stage; the first that fits.
_STAGES: Final = (
    ("streams/codec/decode.py", "decode"),
    ("streams/codec/framing.py", "decode"),
    ("schemas/", "decode"),
    ("streams/core/folds/", "fold"),
    ("streams/codec/state.py", "encode"),
    ("streams/codec/stored.py", "encode"),
    ("streams/codec/status.py", "encode"),
    ("streams/core/emission.py", "encode"),
    ("streams/core/", "facts and rules"),
    ("streams/codec/", "timers and bookkeeping"),
)


def shares(events: int = 20_000) -> dict[str, float]:
    """In a process of its own, on the sources."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONSAFEPATH", "PYTHONPATH")}
    command = [sys.executable, "-m", "tests.bench.samples", "--events", str(events)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return dict(json.loads(done.stdout))


def stage(files: list[str]) -> str:
    """The stage of a stack, given the files of its frames from the innermost out."""
    for file in files:
        for part, name in _STAGES:
            if part in file:
                return name
    return "other"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    given = parser.parse_args()
    if is_compiled():
        sys.exit("samples are taken of the interpreted core: without PYTHONPATH")
    lanes = w1_pure.sources(given.events, given.events // 10, 1)
    counts: Counter[str] = Counter()

    def sample(_number: int, frame: FrameType | None) -> None:
        files = []
        while frame is not None:
            name = frame.f_code.co_filename
            files.append(name.removeprefix(str(ROOT) + "/") if Path(name).is_absolute() else name)
            frame = frame.f_back
        counts[stage(files)] += 1

    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
    w1_pure.run(0, 1, lanes[0], _BLOCK, hashlib.sha256())
    signal.setitimer(signal.ITIMER_PROF, 0)
    sys.stdout.write(json.dumps(_shares(counts)) + "\n")


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {name: count / total for name, count in sorted(counts.items())}


if __name__ == "__main__":
    main()
