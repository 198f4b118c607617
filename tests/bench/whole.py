"""What `make bench` measures of ours alone: the machine, a worker by stage beside the floor, audit, restore, questions.

    python -m tests.bench.whole [--events 100000] [--rounds 3] [--only PART ...]

Each part prints its figures as it goes; all of them, with machine, versions and commit, are written to build/bench.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from streams.local.kafka import LocalKafka
from tests.bench import auditing, questions, restoring, w1_pure, w1_stages, web_load, web_reads, web_size
from tests.bench.results import Figure, Result, say
from tests.bench.tables import table
from tests.bench.w1_kafka import PARTITIONS


class _Asked(NamedTuple):
    events: int
    rounds: int
    folder: Path
    bootstrap: str

    @property
    def accounts(self) -> int:
        return self.events // 10


def _pure(asked: _Asked) -> list[Figure]:
    lanes = w1_pure.sources(asked.events, asked.accounts, PARTITIONS)
    runs = w1_pure.measured(lanes, 4_000, asked.rounds)
    return [Figure("pure machine", "us an event", runs, False)]


def _stages(asked: _Asked) -> list[Figure]:
    return w1_stages.measured(asked.folder, asked.bootstrap, w1_stages.Size(asked.events, asked.accounts, PARTITIONS))


def _audit(asked: _Asked) -> list[Figure]:
    """Ten times the others' size, W1's own: with fewer accounts the bare core does other work (decision 0192)."""
    return auditing.measured(asked.folder, asked.bootstrap, 10 * asked.events, 10 * asked.accounts, asked.rounds)


def _restore(asked: _Asked) -> list[Figure]:
    events = 2 * asked.events
    runs = restoring.restores(asked.folder, asked.bootstrap, events, events // 4, asked.rounds)
    own, drained = restoring.rates(runs)
    say(f"restore: worker {own}, bare drain {drained}")
    beside = "bare aiokafka drain of the changelog"
    return [
        Figure("restore of a worker", "records/s", own, True, (beside,)),
        Figure(beside, "records/s", drained, True),
    ]


def _questions(_asked: _Asked) -> list[Figure]:
    return questions.measured(2_000, 100_000)


def _web(_asked: _Asked) -> list[Figure]:
    return asyncio.run(
        web_reads.measured(web_reads.sizes(["--accounts", "2000", "--reads", "1000", "--streams", "100"]))
    )


def _web_load(asked: _Asked) -> list[Figure]:
    given = web_load.sizes(["--rounds", str(asked.rounds)])
    return asyncio.run(web_load.measured(asked.folder, asked.bootstrap, given))


def _web_size(_asked: _Asked) -> list[Figure]:
    return asyncio.run(web_size.measured(web_size.sizes([])))


_PARTS: Final[dict[str, Callable[[_Asked], list[Figure]]]] = {
    "pure": _pure,
    "stages": _stages,
    "audit": _audit,
    "restore": _restore,
    "questions": _questions,
    "web": _web,
    "web-load": _web_load,
    "web-size": _web_size,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(_PARTS), default=list(_PARTS))
    given = parser.parse_args()
    result = Result("whole", vars(given))
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        for name in given.only:
            say(f"== {name}")
            (place := Path(folder) / name).mkdir()
            result.add(_PARTS[name](_Asked(given.events, given.rounds, place, broker.bootstrap)))
    say("\n" + table(result))
    say(f"written: {result.write()}")


if __name__ == "__main__":
    main()
