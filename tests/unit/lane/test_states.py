"""A lane's states: only the moves of the chart."""

import pytest

from streams.lane.states import MOVES, State, moved


@pytest.mark.parametrize("present", State)
@pytest.mark.parametrize("wanted", State)
def test_only_moves_of_the_chart_are_allowed(present: State, wanted: State) -> None:
    if wanted in MOVES[present]:
        assert moved(present, wanted) is wanted
    else:
        with pytest.raises(AssertionError, match=f"from {present} to {wanted}"):
            moved(present, wanted)


def test_every_state_but_the_closed_one_can_fail_and_failed_is_the_end() -> None:
    assert {state for state in State if State.FAILED in MOVES[state]} == set(State) - {State.CLOSED, State.FAILED}
    assert not MOVES[State.FAILED]
    assert not MOVES[State.CLOSED]


def test_every_state_is_reached_from_new() -> None:
    reached, todo = {State.NEW}, [State.NEW]
    while todo:
        for state in MOVES[todo.pop()] - reached:
            reached.add(state)
            todo.append(state)
    assert reached == set(State)
