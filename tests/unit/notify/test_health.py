"""A notifier's probes: alive while its loop turns, ready when every partition has caught up."""

import pytest
from prometheus_client import CollectorRegistry

from streams.notify.health import LOOP_STILL_S, Health
from tests.support.clocks import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(CollectorRegistry(), clock)


def test_it_is_ready_when_what_it_was_given_has_caught_up(health: Health) -> None:
    assert health.unready() == "no partitions have been assigned yet"
    health.turned(True, [3, 1])
    assert health.unready() == "partition 1 is being read"
    health.turned(True, [])
    assert health.unready() is None
    health.turned(False, [])
    assert health.unready() == "partitions are being assigned"


def test_it_is_dead_when_its_loop_stands_still_and_not_before_its_first_turn(health: Health, clock: Clock) -> None:
    clock.now = 3600.0
    assert health.dead() is None
    health.turned(True, [])
    clock.now += LOOP_STILL_S
    assert health.dead() is None
    clock.now += 1
    assert health.dead() == "the event loop has not turned for 31 s"
