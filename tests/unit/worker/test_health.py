"""Probes: live means progress of lanes and loop, ready means restored and running."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from streams.lane.states import State
from streams.monitor import Monitor, MonitorError
from streams.worker.health import LOOP_STILL_S, Health
from streams.worker.metrics import Metrics
from streams.worker.supervisor import SOCKET, Supervisor
from tests.support.clocks import Clock
from tests.support.monitor import counted, get

DEADLINE_S = 45.0
NOW = 1_000_000.0


@dataclass
class Waiting:
    idle: bool = True
    ready: bool = False
    waiting: int = 0


@dataclass
class OneLane:
    state: State = State.RUNNING
    blocks: int = 0
    clock: int = int(NOW * 1000)
    inbox: Waiting = field(default_factory=Waiting)


@dataclass
class Some:
    lanes: dict[int, OneLane] = field(default_factory=dict)
    opening: dict[int, OneLane] = field(default_factory=dict)
    prepared: int | None = 1


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("", 4)


@pytest.fixture
def health(metrics: Metrics, clock: Clock) -> Health:
    return Health(metrics, DEADLINE_S, clock)


def test_a_worker_is_ready_when_every_lane_runs(health: Health) -> None:
    assert health.unready() == "no partitions have been assigned yet"
    fleet = Some({0: OneLane(), 2: OneLane(State.PAUSED)})
    health.look(fleet)
    assert health.unready() == "lane 2 is paused"
    fleet.lanes[2].state = State.RUNNING
    health.look(fleet)
    assert health.unready() is None
    fleet.prepared = None
    health.look(fleet)
    assert health.unready() == "partitions are being assigned or restored"
    assert health.dead() is None


def test_a_worker_to_which_no_partition_falls_is_ready_to_take_over(health: Health) -> None:
    health.look(Some({}))
    assert health.unready() is None


def test_a_lane_with_work_that_ends_no_block_makes_the_worker_dead(health: Health, clock: Clock) -> None:
    lane = OneLane(inbox=Waiting(idle=False, ready=True, waiting=7))
    for _ in range(89):
        health.look(Some({0: lane}))
        clock.now += 1
    assert health.dead() is None
    for _ in range(3):
        health.look(Some({0: lane}))
        clock.now += 1
    assert health.dead() == "lane 0 has had records to apply for 92 s, and no block of it ended"
    lane.blocks += 1
    health.look(Some({0: lane}))
    assert health.dead() is None


@pytest.mark.parametrize(
    "lane",
    [
        OneLane(),
        OneLane(inbox=Waiting(idle=False, ready=False)),  # brokers that can't be reached give nothing to apply
        OneLane(State.PAUSED, inbox=Waiting(idle=False, ready=True)),  # so does a rebalance, which has its deadline
    ],
)
def test_a_lane_without_work_may_stand_still_for_ever(health: Health, clock: Clock, lane: OneLane) -> None:
    for _ in range(10):
        health.look(Some({0: lane}))
        clock.now += LOOP_STILL_S - 1
    assert health.dead() is None


def test_a_loop_that_does_not_turn_is_dead(health: Health, clock: Clock) -> None:
    clock.now += LOOP_STILL_S + 1
    assert health.dead() is None, "brokers are still being asked whether all is there"
    health.look(Some({}))
    clock.now += LOOP_STILL_S + 1
    assert health.dead() == "the event loop has not turned for 31 s"


def test_lag_is_the_time_since_a_lane_had_surely_applied_everything(
    health: Health, metrics: Metrics, clock: Clock
) -> None:
    lane = OneLane(clock=int((NOW - 500) * 1000), inbox=Waiting(idle=False, waiting=9))

    def lag() -> float:
        health.look(Some({5: lane}))
        return counted(metrics, "eligibility_lane_lag_seconds", "lane").get(("5",), 0)

    assert lag() == 500  # restored, its sources not looked at yet: its clock is all that is known
    lane.inbox = Waiting(idle=True)
    assert lag() == 0
    clock.now += 10
    lane.inbox = Waiting(idle=False, ready=True, waiting=1)
    assert lag() == 10  # caught up 10 s ago, whatever its clock says
    lane.clock = int((clock.now - 3) * 1000)
    assert lag() == 3
    assert counted(metrics, "eligibility_lane_waiting_records", "lane") == {("5",): 1}


def test_a_lane_that_never_applied_anything_is_behind_since_it_was_opened(
    health: Health, metrics: Metrics, clock: Clock
) -> None:
    fleet = Some({0: OneLane(clock=0, inbox=Waiting(idle=False))})
    health.look(fleet)
    clock.now += 4
    health.look(fleet)
    assert counted(metrics, "eligibility_lane_lag_seconds", "lane") == {("0",): 4}


def test_lanes_are_told_by_state_and_assignments_counted_once(health: Health, metrics: Metrics) -> None:
    fleet = Some({0: OneLane(), 1: OneLane()}, {2: OneLane(State.RESTORING)})
    health.look(fleet)
    health.look(fleet)
    assert counted(metrics, "eligibility_lanes", "state") == {("running",): 2, ("restoring",): 1}
    assert counted(metrics, "eligibility_rebalances_total") == {(): 1}
    del fleet.lanes[1]
    fleet.prepared = 2
    health.look(fleet)
    assert counted(metrics, "eligibility_rebalances_total") == {(): 2}
    assert counted(metrics, "eligibility_lane_clock_seconds", "lane").keys() == {("0",)}


@pytest.fixture
def monitor(metrics: Metrics, health: Health) -> Iterator[Monitor]:
    made = Monitor("127.0.0.1:0", health)
    made.start()
    yield made
    made.stop()


def ask(monitor: Monitor, path: str) -> tuple[int, str]:
    return get(monitor.port, path, 5)


def test_probes_answer_with_the_reason(monitor: Monitor, health: Health, clock: Clock) -> None:
    assert ask(monitor, "/healthz") == (200, "ok\n")
    assert ask(monitor, "/readyz") == (503, "no partitions have been assigned yet\n")
    health.look(Some({0: OneLane()}))
    assert ask(monitor, "/readyz?verbose") == (200, "ok\n")
    status, text = ask(monitor, "/metrics")
    assert status == 200
    assert "eligibility_worker_ready 1.0" in text
    assert "eligibility_worker_live 1.0" in text
    clock.now += 60
    assert ask(monitor, "/healthz")[0] == ask(monitor, "/readyz")[0] == 503
    assert "eligibility_worker_ready 0.0" in ask(monitor, "/metrics")[1]
    assert ask(monitor, "/table")[0] == 404


def test_an_address_in_use_is_told(monitor: Monitor, metrics: Metrics, health: Health) -> None:
    with pytest.raises(MonitorError, match=f"ELIGIBILITY_MONITOR_ADDRESS: 127.0.0.1:{monitor.port} cannot"):
        Monitor(f"127.0.0.1:{monitor.port}", health)


async def test_systemd_hears_of_progress_and_once_that_the_worker_is_ready(health: Health, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        supervisor = Supervisor({SOCKET: str(tmp_path / "notify")})
        heard = []
        for dead, unready in ((None, "lane 0 is paused"), (None, None), (None, None)):
            supervisor.tell(dead, unready)
            heard.append((await asyncio.to_thread(listening.recv, 1000)).decode().splitlines())
        supervisor.tell("the event loop has not turned for 31 s", None)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.recv(1000)
    assert heard == [
        ["WATCHDOG=1", "STATUS=lane 0 is paused"],
        ["WATCHDOG=1", "STATUS=every lane is restored and running", "READY=1"],
        ["WATCHDOG=1", "STATUS=every lane is restored and running"],
    ]
