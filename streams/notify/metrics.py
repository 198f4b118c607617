"""The notifier's figures for Prometheus. Nothing personal: labels are channels, outcomes and laws."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics

from schemas.notices import Channel, Law
from streams.notify.laws import LAWS, Counts


class Metrics:
    """One registry of this process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.settled = Counter(
            "eligibility_notices_settled",
            "Messages by channel and what became of them: sent, refused or uncertain.",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.retries = Counter(
            "eligibility_notices_retries", "Attempts that will be repeated.", ["channel"], registry=self.registry
        )
        self._partitions = Gauge(
            "eligibility_notifier_partitions", "Partitions that this process tells of.", registry=self.registry
        )
        self._waiting = Gauge(
            "eligibility_notices_waiting", "Notices that are planned and not sent.", registry=self.registry
        )
        self._stuck = Gauge(
            "eligibility_notices_stuck", "Notices that nobody sends unless a person decides.", registry=self.registry
        )
        self._open = Gauge(
            "eligibility_notifier_channel_open",
            "1 while a channel's circuit is open.",
            ["channel"],
            registry=self.registry,
        )
        self._due = Gauge("eligibility_notices_due", "Clocks of law that run.", ["law"], registry=self.registry)
        self._overdue = Gauge(
            "eligibility_notices_overdue", "Clocks of law that have run out.", ["law"], registry=self.registry
        )
        for law in LAWS:
            self._due.labels(law)
            self._overdue.labels(law)

    def show(self, partitions: int, waiting: int, stuck: int, clocks: Mapping[Law, Counts]) -> None:
        """How it stands now."""
        self._partitions.set(partitions)
        self._waiting.set(waiting)
        self._stuck.set(stuck)
        for law, counts in clocks.items():
            self._due.labels(law).set(counts.due)
            self._overdue.labels(law).set(counts.overdue)

    def circuit(self, channel: Channel, is_open: bool) -> None:
        """Whether a channel's circuit is open."""
        self._open.labels(channel).set(is_open)
