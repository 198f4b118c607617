"""An audit that goes on beside a live system, from one position to the next, and its figures for Prometheus."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics

from streams.audit.asked import Asked
from streams.audit.examiner import Examiner
from streams.audit.findings import Kind
from streams.audit.lane import conclude, result
from streams.audit.logs import EVERYTHING, Origin, Position, Stream, partition_of_lane
from streams.audit.report import Report


class Figures:
    """What a watch has found, and up to which moment."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._findings = Counter(
            "eligibility_audit_findings",
            "Divergences of what was emitted from what the log implies, by class",
            ["class"],
            registry=self.registry,
        )
        for kind in Kind:
            self._findings.labels(kind.value)
        self._position = Gauge(
            "eligibility_audit_position_seconds",
            "The moment up to which everything was audited, seconds since the epoch",
            registry=self.registry,
        )
        self._counted: dict[Kind, int] = {}

    def take(self, report: Report) -> None:
        """A report of the watch; its counts only grow."""
        for kind, count in report.counts.items():
            self._findings.labels(kind.value).inc(count - self._counted.get(kind, 0))
            self._counted[kind] = count
        self._position.set(report.position.taken_at / 1000)


async def watch(origin: Origin, asked: Asked, anchors: list[str]) -> AsyncGenerator[Report, None]:
    """A report each time that one is asked for: everything up to where the ledgers stand then. Raises AuditError.

    The states of all lanes stay in memory, so that each round reads only what is new.
    """
    position = await origin.position()
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(origin.opened(position, lane, EVERYTHING)) for lane in range(position.lanes)
        ]
        examiners = [Examiner(lane, each, asked) for lane, each in enumerate(streams)]
        while True:
            for examiner in examiners:
                await examiner.advance(position)
                await conclude(origin, position, examiner)
            yield Report(position, [result(examiner) for examiner in examiners], anchors)
            position = await origin.position()
            for lane, each in enumerate(streams):
                _extend(each, position, lane)


def _extend(streams: dict[str, Stream], position: Position, lane: int) -> None:
    for name, stream in streams.items():
        stream.extend(position.ranges[name, partition_of_lane(name, lane)])
