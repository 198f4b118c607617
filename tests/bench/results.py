"""A bench's result as a file: figures with all their runs, the machine, versions and commit.

Files lie in build/bench, one for each bench. Ratios are what `make bench-check` compares: machines differ, ratios
within one run much less.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

from streams.local.jars import KAFKA_VERSION
from tests.bench.sums import ratio, summary
from tests.support.compiled import is_compiled
from tests.support.processes import ROOT

FOLDER: Final = ROOT / "build" / "bench"
VERSION: Final = 1
_LIBRARIES: Final = ("aiokafka", "faust-streaming", "msgspec", "orjson")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table. `beside` names the figures that it is compared with."""

    name: str
    unit: str
    runs: Sequence[float]
    more_is_better: bool
    beside: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """One cost over one size: points of a size and its runs; `wanted`: flat, less than linear, or linear."""

    name: str
    across: str
    unit: str
    points: Sequence[tuple[int, Sequence[float]]]
    wanted: str


@dataclass(slots=True)
class Result:
    """What one bench found. `settings` say what was run, `notes` what a reader has to know; `curves` are drawn."""

    bench: str
    settings: Mapping[str, Any]
    figures: list[Figure] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])

    def add(self, figures: Iterable[Figure]) -> None:
        self.figures += figures

    def document(self) -> dict[str, Any]:
        return {
            "format": VERSION,
            "bench": self.bench,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine() | {"load_before": self.load_before, "load_after": os.getloadavg()[0]},
            "versions": versions(),
            "commit": commit(),
            "settings": dict(self.settings),
            "figures": [_row(figure) for figure in self.figures if figure.runs],
            "ratios": self.ratios(),
            "curves": [asdict(curve) for curve in self.curves],
            "notes": self.notes,
        }

    def ratios(self) -> dict[str, dict[str, Any]]:
        """Ratio and direction by `name / beside`."""
        runs = {figure.name: figure.runs for figure in self.figures if figure.runs}
        return {
            f"{each.name} / {other}": {
                "ratio": ratio(each.runs, runs[other]),
                "more_is_better": each.more_is_better,
            }
            for each in self.figures
            for other in each.beside
            if each.runs and other in runs
        }

    def write(self) -> Path:
        """Puts it into its file; the one of a former run is replaced."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        file = FOLDER / f"{self.bench}.json"
        file.write_text(json.dumps(self.document(), indent=1) + "\n", encoding="utf-8")
        return file


def _row(figure: Figure) -> dict[str, Any]:
    """A figure with what its runs come to; `values` are the runs themselves."""
    row = asdict(figure)
    return {**row, "values": list(row.pop("runs")), **summary(figure.runs)._asdict()}


def read(file: Path) -> dict[str, Any]:
    """A result's document; exits with a clear text where it is none."""
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        sys.exit(f"{file}: no such result; `make bench` writes it")
    except json.JSONDecodeError as error:
        sys.exit(f"{file}: not JSON: {error}")
    if document.get("format") != VERSION:
        sys.exit(f"{file}: format {document.get('format')}, this version reads {VERSION}; run the bench anew")
    return document


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(psutil.virtual_memory().total / (1 << 30)),
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "kafka": KAFKA_VERSION,
        "core": "compiled" if is_compiled() else "interpreted",
        **{name: version(name) for name in _LIBRARIES},
    }


def commit() -> str:
    """The commit that was measured; with a plus where the tree had changes."""
    done = subprocess.run(
        ["git", "describe", "--always", "--abbrev=12", "--dirty=+"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def say(line: str) -> None:
    """Tells progress and figures to the person who runs a bench."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
