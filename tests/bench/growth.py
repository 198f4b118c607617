"""How costs grow: accounts, partitions, workers, products, rules, history of an account, re-evaluation of all accounts.

    python -m tests.bench.growth [--full] [--only PART ...] [--accounts 10000 100000 200000] [--sweep-accounts 50000]

The short form takes ten minutes; --full takes an hour: 100 thousand, 1 and 5 million accounts, a million re-evaluated.
Each curve is told with its exponent: 0 is flat, 1 linear. Writes build/bench/growth.json.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from streams.local.kafka import LocalKafka
from tests.bench import growth_core, growth_lanes, growth_sweep
from tests.bench.results import Curve, Figure, Result, say
from tests.bench.sums import exponent, summary
from tests.bench.tables import table

_SHORT: Final[dict[str, Any]] = {
    "accounts": [10_000, 100_000, 200_000],
    "load": 60_000,
    "partitions": [4, 16, 64],
    "core_events": 10_000,
    "rounds": 2,
    "history": 1_000,
    "sweep_accounts": 50_000,
    "sweep_seconds": 25.0,
}
_FULL: Final[dict[str, Any]] = {
    "accounts": [10_000, 100_000, 1_000_000, 5_000_000],
    "load": 200_000,
    "partitions": [4, 8, 16, 32, 64],
    "core_events": 50_000,
    "rounds": 5,
    "history": 10_000,
    "sweep_accounts": 1_000_000,
    "sweep_seconds": 240.0,
}


def _accounts(given: argparse.Namespace, folder: Path, bootstrap: str) -> Iterable[Curve | Figure]:
    return growth_lanes.accounts(folder, bootstrap, given.accounts, given.load)


def _partitions(given: argparse.Namespace, folder: Path, bootstrap: str) -> Iterable[Curve | Figure]:
    return [growth_lanes.partitions(folder, bootstrap, given.partitions, given.load)]


def _workers(given: argparse.Namespace, folder: Path, bootstrap: str) -> Iterable[Curve | Figure]:
    return [growth_lanes.fleet(folder, bootstrap, (1, 2), 2 * given.load)]


def _products(given: argparse.Namespace, _folder: Path, _bootstrap: str) -> Iterable[Curve | Figure]:
    return growth_core.products(given.core_events, given.rounds)


def _rules(given: argparse.Namespace, _folder: Path, _bootstrap: str) -> Iterable[Curve | Figure]:
    return growth_core.rules(given.core_events, given.rounds)


def _history(given: argparse.Namespace, _folder: Path, _bootstrap: str) -> Iterable[Curve | Figure]:
    return [growth_core.history(20, given.history)]


def _sweep(given: argparse.Namespace, folder: Path, bootstrap: str) -> Iterable[Curve | Figure]:
    return growth_sweep.sweep(folder, bootstrap, given.sweep_accounts, given.sweep_seconds)


_PARTS: Final[dict[str, Callable[[argparse.Namespace, Path, str], Iterable[Curve | Figure]]]] = {
    "products": _products,
    "rules": _rules,
    "history": _history,
    "partitions": _partitions,
    "workers": _workers,
    "sweep": _sweep,
    "accounts": _accounts,
}


def main() -> None:
    given = _given()
    result = Result("growth", vars(given))
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        for name in given.only:
            say(f"== {name}")
            for each in _PARTS[name](given, Path(folder) / name, broker.bootstrap):
                if isinstance(each, Curve):
                    _tell(each)
                    result.curves.append(each)
                else:
                    result.add([each])
            result.write()  # what is found is kept, whatever comes later
    say("\n" + table(result))
    say(f"written: {result.write()}")


def _tell(curve: Curve) -> None:
    medians = [summary(runs).median for _, runs in curve.points]
    growth = exponent([size for size, _ in curve.points], medians) if len(medians) > 1 else 0.0
    shown = ", ".join(f"{size:,}: {value:,.1f}" for (size, _), value in zip(curve.points, medians, strict=True))
    say(f"{curve.name}, {curve.unit}: {shown}; exponent {growth:+.2f}, wanted {curve.wanted}")


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(_PARTS), default=list(_PARTS))
    for name, value in _SHORT.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, list):
            parser.add_argument(option, type=int, nargs="+")
        else:
            parser.add_argument(option, type=type(value))
    given = parser.parse_args()
    for name, value in (_FULL if given.full else _SHORT).items():
        if getattr(given, name) is None:
            setattr(given, name, value)
    return given


if __name__ == "__main__":
    main()
