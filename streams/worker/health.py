"""Does a worker make progress, and is it ready? The event loop looks at its lanes once a second; probes ask the result.

Live means progress, never that brokers can be reached: restarting a worker mends no broker, and a restore only makes an
outage longer. What waits for a broker has deadlines of its own (the block's, the restore's, a stalled source's).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from prometheus_client import CollectorRegistry

from streams.lane.states import State
from streams.worker.metrics import Metrics
from streams.worker.supervisor import Supervisor

LOOK_S: Final = 1.0
# The loop's longest turn is a part of a block, 20 ms, or the collection of a restored state, some seconds.
LOOP_STILL_S: Final = 30.0
# In deadlines of a block: an open block ends within one, so two without any progress means that none begins.
_STUCK_DEADLINES: Final = 2


class Inbox(Protocol):
    """What is looked at of a lane's inbox."""

    @property
    def idle(self) -> bool: ...

    @property
    def ready(self) -> bool: ...

    @property
    def waiting(self) -> int: ...


class Lane(Protocol):
    """What is looked at of a lane."""

    state: State
    blocks: int

    @property
    def inbox(self) -> Inbox: ...

    @property
    def clock(self) -> int: ...


class Fleet(Protocol):
    """What is looked at of a worker."""

    @property
    def lanes(self) -> Mapping[int, Lane]: ...

    @property
    def opening(self) -> Mapping[int, Lane]: ...

    @property
    def prepared(self) -> int | None: ...


class Health:
    """`look` belongs to the event loop, `dead` and `unready` to any thread. `stuck_s`: longer than any block."""

    def __init__(self, metrics: Metrics, block_deadline_s: float, now: Callable[[], float] = time.time) -> None:
        self.metrics = metrics
        self._stuck_s = _STUCK_DEADLINES * block_deadline_s
        self._now = now
        self._looked: float | None = None  # before the loop's first look brokers are asked, with deadlines of their own
        self._unready: str | None = "no partitions have been assigned yet"
        self._assignment = 0
        self._progress: dict[int, tuple[int, float]] = {}  # blocks by lane, since when that many
        self._caught_up: dict[int, float] = {}

    async def run(self, fleet: Fleet) -> None:
        """Looks for ever."""
        supervisor = Supervisor()
        while True:
            self.look(fleet)
            supervisor.tell(self.dead(), self._unready)
            await asyncio.sleep(LOOK_S)

    def look(self, fleet: Fleet) -> None:
        """One look at every lane."""
        self._looked = now = self._now()
        lanes = dict(fleet.lanes)
        for gone in set(self._progress) - set(lanes):
            del self._progress[gone]
            self._caught_up.pop(gone, None)
            self.metrics.closed(gone)
        for number, lane in lanes.items():
            self._look_at(number, lane, now)
        self._unready = _unready(fleet.prepared, lanes)
        self._tell(fleet.prepared, {**fleet.opening, **lanes})

    def dead(self) -> str | None:
        """Why this process has to be started again, None while it makes progress."""
        now = self._now()
        still = now - self._looked if self._looked is not None else 0.0
        if still > LOOP_STILL_S:
            return f"the event loop has not turned for {still:.0f} s"
        for number, (_, since) in list(self._progress.items()):
            if now - since > self._stuck_s:
                return f"lane {number} has had records to apply for {now - since:.0f} s, and no block of it ended"
        return None

    def unready(self) -> str | None:
        """Why this worker doesn't do its work yet, None when every lane is restored and running."""
        return self._unready

    def figures(self) -> CollectorRegistry:
        """The worker's figures, with what the probes say now."""
        dead = self.dead()
        self.metrics.live.set(dead is None)
        self.metrics.ready.set(dead is None and self._unready is None)
        return self.metrics.registry

    def _look_at(self, number: int, lane: Lane, now: float) -> None:
        blocks, since = self._progress.get(number, (-1, now))
        works = lane.state is State.RUNNING and lane.inbox.ready
        self._progress[number] = (lane.blocks, since if works and blocks == lane.blocks else now)
        if lane.inbox.idle or (lane.clock == 0 and number not in self._caught_up):
            self._caught_up[number] = now  # a lane that has never applied anything is behind from now on
        # while a lane waits it applies no ticks: its clock alone would be older than what it has caught up with
        reached = max(lane.clock / 1000, self._caught_up.get(number, 0.0))
        label = str(number)
        self.metrics.lag.labels(label).set(max(0.0, now - reached))
        self.metrics.waiting.labels(label).set(lane.inbox.waiting)
        self.metrics.clock.labels(label).set(lane.clock / 1000)

    def _tell(self, prepared: int | None, lanes: Mapping[int, Lane]) -> None:
        if prepared is not None and prepared != self._assignment:
            self._assignment = prepared
            self.metrics.rebalances.inc()
        counts = dict.fromkeys(State, 0)
        for lane in lanes.values():
            counts[lane.state] += 1
        for state, count in counts.items():
            self.metrics.lanes.labels(state.value).set(count)


def _unready(prepared: int | None, lanes: Mapping[int, Lane]) -> str | None:
    if prepared is None:
        return "partitions are being assigned or restored"
    waiting = [number for number, lane in sorted(lanes.items()) if lane.state is not State.RUNNING]
    return f"lane {waiting[0]} is {lanes[waiting[0]].state.value}" if waiting else None
