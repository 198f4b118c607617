"""What a worker's monitor answers, and the figures in it."""

import re
import urllib.request
from urllib.error import HTTPError

from streams.worker.metrics import Metrics
from tests.support.processes import WorkerProcess


def get(port: int, path: str, within_s: float = 10) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=within_s) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def port_of(worker: WorkerProcess) -> int:
    worker.until_logged("metrics and probes at port")
    found = re.search(r"metrics and probes at port (\d+)", worker.log)
    assert found
    return int(found[1])


def value(text: str, name: str, **labels: str) -> float:
    """The sum of the samples of a name that have these labels."""
    total = 0.0
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name:
            own = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            if labels.items() <= own.items():
                total += float(found[3])
    return total


def counted(metrics: Metrics, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Values of a counter or gauge above 0, by labels."""
    found = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            if sample.name == name and sample.value:
                found[tuple(sample.labels[label] for label in labels)] = sample.value
    return found
