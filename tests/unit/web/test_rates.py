"""How much a caller may ask."""

import pytest

from streams.web import rates as subject
from streams.web.rates import Rates
from tests.support.clocks import Clock


def test_a_burst_is_let_through_and_then_the_rate() -> None:
    clock = Clock(100.0)
    rates = Rates(2.0, 3.0, clock)
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.5
    assert [rates.wait("a"), rates.wait("a")] == [0, 0.5]
    clock.now += 60.0
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 0.5], "no more than a full bucket"


def test_what_is_refused_costs_nothing_and_a_dear_question_is_met_by_a_full_bucket() -> None:
    clock = Clock(100.0)
    rates = Rates(1.0, 5.0, clock)
    assert rates.wait("a") == 0
    assert rates.wait("a", 10.0) == 1.0
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 0]
    clock.now += 5.0
    assert rates.wait("a", 10.0) == 0


def test_callers_are_apart_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "CALLERS_MAX", 2)
    rates = Rates(1.0, 1.0, Clock(100.0))
    assert [rates.wait("a"), rates.wait("b"), rates.wait("b"), rates.wait("a")] == [0, 0, 1, 1]
    assert rates.wait("c") == 0
    assert rates.wait("b") == 0, "the one longest unused was forgotten"
