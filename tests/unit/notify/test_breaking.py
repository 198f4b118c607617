"""Trying again: longer and longer, never all at once; and not at all while a channel is down."""

from hypothesis import given
from hypothesis import strategies as st

from streams.notify.breaking import BACKOFF_MAX_MS, FAILURES_TO_OPEN, OPEN_MAX_MS, OPEN_MS, Breaker, backoff_ms


@given(st.integers(1, 1000), st.floats(0, 0.999))
def test_a_message_waits_a_random_share_of_a_doubled_and_bounded_time(attempts: int, share: float) -> None:
    longest = min(1000 * 2 ** min(attempts, 20), BACKOFF_MAX_MS)
    assert 0 < backoff_ms(attempts, lambda: share) == int(longest * share) + 1 <= longest


def opened(at: int = 0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.lets(at)
        breaker.failed(at)
    return breaker


def test_a_channel_that_fails_is_left_alone_and_then_tried_by_one() -> None:
    breaker = opened()
    assert breaker.is_open
    assert not breaker.lets(OPEN_MS - 1)
    assert breaker.lets(OPEN_MS)
    assert not breaker.lets(OPEN_MS), "one is being tried"
    breaker.worked()
    assert not breaker.is_open
    assert breaker.lets(OPEN_MS)


def test_each_time_it_fails_again_it_is_left_alone_for_twice_as_long_up_to_a_bound() -> None:
    breaker, at, waits = opened(), OPEN_MS, []
    for _ in range(12):
        assert breaker.lets(at)
        breaker.failed(at)
        wait = next(ms for ms in range(OPEN_MS, OPEN_MAX_MS + 1, OPEN_MS) if breaker._until == at + ms)
        waits.append(wait)
        at += wait
    assert waits[:3] == [2 * OPEN_MS, 4 * OPEN_MS, 8 * OPEN_MS]
    assert waits[-1] == OPEN_MAX_MS


def test_one_success_forgets_the_failures() -> None:
    breaker = Breaker()
    for _ in range(3 * FAILURES_TO_OPEN):
        breaker.failed(0)
        breaker.worked()
    assert not breaker.is_open
